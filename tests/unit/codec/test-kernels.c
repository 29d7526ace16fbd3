/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-kernels.c: every set of kernels against plain loops over octets. Knows
 * the codec's inner functions.
 */
#include "check.h"
#include "gf256.h"
#include "kernels.h"

#define SLOTS 24u
#define WIDTH_MAX 1024u
#define STRIDE (WIDTH_MAX + 3)
#define CANARY 0xa5
#define GUARD 64u

static const RqKernels *kernels;

/* Slots at odd places; what is written lies between guards. */
typedef struct
{
  uint8_t memory[SLOTS * STRIDE + 1];
  uint8_t init[WIDTH_MAX + 1];
  uint8_t written[GUARD + WIDTH_MAX + GUARD + 64];
  uint8_t expected[WIDTH_MAX];
  uint16_t list[2 * SLOTS];
  RqSlots slots;
  uint8_t *dst;
  size_t width;
  size_t n;
} Bench;

static Bench bench;

static void
prepare (void)
{
  for (size_t i = 0; i < sizeof bench.memory; i++)
    bench.memory[i] = (uint8_t) check_random ();
  for (size_t i = 0; i < sizeof bench.init; i++)
    bench.init[i] = (uint8_t) check_random ();
  memset (bench.written, CANARY, sizeof bench.written);
  bench.slots = (RqSlots){ bench.memory + check_random_below (2), STRIDE };
  bench.dst = bench.written + GUARD + check_random_below (64);
  bench.width =
      RQ_SLICE_UNIT * (1 + check_random_below (WIDTH_MAX / RQ_SLICE_UNIT));
  bench.n = check_random_below (2 * SLOTS);
  for (size_t i = 0; i < bench.n; i++)
    bench.list[i] = (uint16_t) check_random_below (SLOTS);
}

static const uint8_t *
slot (size_t i)
{
  return bench.slots.base + i * bench.slots.stride;
}

static void
check_written (void)
{
  const uint8_t *end = bench.written + sizeof bench.written;

  CHECK (memcmp (bench.dst, bench.expected, bench.width) == 0);
  for (const uint8_t *p = bench.written; p < bench.dst; p++)
    CHECK_EQUAL (*p, CANARY);
  for (const uint8_t *p = bench.dst + bench.width; p < end; p++)
    CHECK_EQUAL (*p, CANARY);
}

static void
gather_adds_the_listed_slots (void)
{
  for (unsigned round = 0; round < 500; round++) {
    const uint8_t *init;

    prepare ();
    init = round % 3 == 0 ? NULL : bench.init + round % 2;
    for (size_t k = 0; k < bench.width; k++) {
      bench.expected[k] = init != NULL ? init[k] : 0;
      for (size_t i = 0; i < bench.n; i++)
        bench.expected[k] ^= slot (bench.list[i])[k];
    }
    kernels->gather (
        bench.dst, init, &bench.slots, bench.list, bench.n, bench.width);
    check_written ();
  }
}

static void
gather_may_write_where_it_begins (void)
{
  prepare ();
  for (size_t k = 0; k < bench.width; k++) {
    bench.dst[k] = (uint8_t) check_random ();
    bench.expected[k] = bench.dst[k] ^ slot (bench.list[0])[k];
  }
  kernels->gather (
      bench.dst, bench.dst, &bench.slots, bench.list, 1, bench.width);
  check_written ();
}

static void
multiply_add_multiplies_every_octet (void)
{
  for (unsigned round = 0; round < 300; round++) {
    uint8_t factors[SLOTS];

    prepare ();
    bench.n %= SLOTS;
    for (size_t i = 0; i < bench.n; i++)
      factors[i] = (uint8_t) (round < 256 && i == 0 ? round : check_random ());
    for (size_t k = 0; k < bench.width; k++) {
      bench.expected[k] = bench.dst[k] = (uint8_t) check_random ();
      for (size_t i = 0; i < bench.n; i++)
        bench.expected[k] ^= rq_gf_mul (factors[i], slot (i)[k]);
    }
    kernels->multiply_add (
        bench.dst, &bench.slots, factors, bench.n, bench.width);
    check_written ();
  }
}

static void
horner_adds_every_step_to_two_sums (void)
{
  enum
  {
    SUMS = 5
  };
  static uint8_t sums[SUMS * STRIDE];
  static uint8_t expected_sums[SUMS * STRIDE];

  for (unsigned round = 0; round < 100; round++) {
    RqSlots to = { sums, STRIDE };
    uint8_t pairs[4 * SLOTS];

    prepare ();
    memset (bench.dst, 0, bench.width);
    memset (bench.expected, 0, bench.width);
    memset (sums, 0, sizeof sums);
    memset (expected_sums, 0, sizeof expected_sums);
    for (size_t i = 0; i < bench.n; i++) {
      if (check_random_below (4) == 0)
        bench.list[i] = RQ_NO_SLOT;
      pairs[2 * i] = (uint8_t) check_random_below (SUMS);
      pairs[2 * i + 1] = (uint8_t) ((pairs[2 * i] + 1) % SUMS);
      for (size_t k = 0; k < bench.width; k++) {
        uint8_t acc = rq_gf_mul (2, bench.expected[k]);

        if (bench.list[i] != RQ_NO_SLOT)
          acc ^= slot (bench.list[i])[k];
        bench.expected[k] = acc;
        expected_sums[pairs[2 * i] * STRIDE + k] ^= acc;
        expected_sums[pairs[2 * i + 1] * STRIDE + k] ^= acc;
      }
    }
    kernels->horner (
        bench.dst, &to, pairs, &bench.slots, bench.list, bench.n, bench.width);
    check_written ();
    CHECK (memcmp (sums, expected_sums, sizeof sums) == 0);
  }
}

int
main (void)
{
  const RqKernels *list[8];
  size_t n = rq_kernels_list (list);
  const char *forced = getenv ("RQ_KERNELS");

  for (size_t i = 0; i < n; i++) {
    kernels = list[i];
    printf ("kernels: %s\n", kernels->name);
    if (forced != NULL && strcmp (forced, kernels->name) == 0)
      CHECK (rq_kernels () == kernels);
    RUN (gather_adds_the_listed_slots);
    RUN (gather_may_write_where_it_begins);
    RUN (multiply_add_multiplies_every_octet);
    RUN (horner_adds_every_step_to_two_sums);
  }
  return 0;
}
