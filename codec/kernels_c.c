/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels_c.c: kernels in plain C, for any machine; loops that the compiler
 * makes vectors of. Knows kernels.h only.
 */
#include "kernels.h"

#include <string.h>

/* One unit of a slice, held in registers while sources are added. */
#define WORDS (RQ_SLICE_UNIT / 8)

typedef struct
{
  uint64_t word[WORDS];
} Unit;

static inline Unit
unit_load (const uint8_t *from)
{
  Unit unit;

  memcpy (&unit, from, sizeof unit);
  return unit;
}

static inline void
unit_store (uint8_t *to, const Unit *unit)
{
  memcpy (to, unit, sizeof *unit);
}

static inline void
unit_add (Unit *sum, const uint8_t *from)
{
  Unit other = unit_load (from);

  for (unsigned i = 0; i < WORDS; i++)
    sum->word[i] ^= other.word[i];
}

/* Eight octets times alpha: shift, and reduce by 0x11d where a bit fell out. */
static inline uint64_t
word_times_alpha (uint64_t x)
{
  uint64_t carry = (x >> 7) & 0x0101010101010101u;

  return ((x & 0x7f7f7f7f7f7f7f7fu) << 1) ^ carry ^ (carry << 2) ^
      (carry << 3) ^ (carry << 4);
}

static inline void
unit_times_alpha (Unit *unit)
{
  for (unsigned i = 0; i < WORDS; i++)
    unit->word[i] = word_times_alpha (unit->word[i]);
}

static void
gather (uint8_t *dst, const uint8_t *init, const RqSlots *slots,
    const uint16_t *list, size_t n, size_t width)
{
  for (size_t at = 0; at < width; at += RQ_SLICE_UNIT) {
    const uint8_t *base = slots->base + at;
    Unit sum = { { 0 } };

    if (init != NULL)
      sum = unit_load (init + at);
    for (size_t i = 0; i < n; i++)
      unit_add (&sum, base + list[i] * slots->stride);
    unit_store (dst + at, &sum);
  }
}

/* The bits of the factor from the highest: sum = alpha * sum + bit * x. */
static inline void
unit_multiply_add (Unit *sum, const uint8_t *from, uint8_t factor)
{
  Unit x = unit_load (from);
  Unit product = { { 0 } };

  for (int bit = 7; bit >= 0; bit--) {
    uint64_t mask = (uint64_t) 0 - ((factor >> bit) & 1u);

    unit_times_alpha (&product);
    for (unsigned i = 0; i < WORDS; i++)
      product.word[i] ^= x.word[i] & mask;
  }
  for (unsigned i = 0; i < WORDS; i++)
    sum->word[i] ^= product.word[i];
}

static void
multiply_add (uint8_t *dst, const RqSlots *slots, const uint8_t *factors,
    size_t n, size_t width)
{
  for (size_t at = 0; at < width; at += RQ_SLICE_UNIT) {
    Unit sum = unit_load (dst + at);

    for (size_t i = 0; i < n; i++)
      unit_multiply_add (
          &sum, slots->base + i * slots->stride + at, factors[i]);
    unit_store (dst + at, &sum);
  }
}

static inline void
add_into (uint8_t *dst, const Unit *unit)
{
  Unit sum = *unit;

  unit_add (&sum, dst);
  unit_store (dst, &sum);
}

static void
horner (uint8_t *acc, const RqSlots *sums, const uint8_t *pairs,
    const RqSlots *slots, const uint16_t *order, size_t n, size_t width)
{
  for (size_t at = 0; at < width; at += RQ_SLICE_UNIT) {
    Unit unit = unit_load (acc + at);

    for (size_t i = 0; i < n; i++) {
      unit_times_alpha (&unit);
      if (order[i] != RQ_NO_SLOT)
        unit_add (&unit, slots->base + order[i] * slots->stride + at);
      add_into (sums->base + pairs[2 * i] * sums->stride + at, &unit);
      add_into (sums->base + pairs[2 * i + 1] * sums->stride + at, &unit);
    }
    unit_store (acc + at, &unit);
  }
}

const RqKernels rq_kernels_scalar = {
  .name = "scalar",
  .gather = gather,
  .multiply_add = multiply_add,
  .horner = horner,
};
