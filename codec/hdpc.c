/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hdpc.c: the HDPC rows over the inactive columns. Knows constraint and
 * kernels.
 *
 * MT * GAMMA is worked off by Horner's scheme: acc = alpha * acc + column j,
 * and each acc is added to a pair of rows; the last one to all, with a power of
 * alpha each. Here a column is a row of bits over the inactive columns.
 */
#include "hdpc.h"

#include <string.h>

#include "tables.h"

/* Sums of word @w: 64 inactive columns. @pairs has a sum more, for what is of no
   use. */
static void
sum_word (const RqConstraint *constraint, const uint16_t *slot,
    const RqSlots *word, uint8_t *pairs, uint8_t *acc, const RqSlots *rows)
{
  const RqParams *p = &constraint->params;
  const RqKernels *kernels = rq_kernels ();
  const RqSlots pair_slots = { pairs, RQ_SLICE_UNIT };
  uint32_t last = p->k_prime + p->s - 1;
  uint32_t n_pairs = RQ_HDPC_PAIRS (p->h);
  const uint8_t spare = (uint8_t) n_pairs;
  const uint16_t *list = constraint->pairs_of_rows;

  memset (pairs, 0, n_pairs * RQ_SLICE_UNIT);
  kernels->horner_bits (acc, pairs, constraint->hdpc_pair, word, slot, last);
  kernels->horner_bits (acc, pairs, &spare, word, slot + last, 1);
  for (uint32_t h = 0; h < p->h; h++)
    kernels->gather (rows->base + h * rows->stride, NULL, &pair_slots,
        list + h * (p->h - 1), p->h - 1, RQ_SLICE_UNIT);
}

/* Adds the last column, with a power of alpha to each row. */
static void
add_last_column (const RqSlots *rows, uint32_t n, const uint8_t *acc)
{
  uint8_t *row_at[RQ_H_MAX];
  const uint8_t *const in[] = { acc };
  const RqProducts products = { .out = row_at,
    .init = (const uint8_t *const *) row_at,
    .n_out = n,
    .in = in,
    .n_in = 1,
    .factors = rq_oct_exp,
    .stride = 1 };

  for (uint32_t h = 0; h < n; h++)
    row_at[h] = rows->base + h * rows->stride;
  rq_kernels ()->multiply (&products, 0, rows->stride);
}

/* Adds the unit matrix of the HDPC symbols themselves, which are inactive. */
static void
add_own_columns (const RqConstraint *constraint, const uint16_t *slot,
    const RqSlots *bits, const RqSlots *rows)
{
  const RqParams *p = &constraint->params;

  for (uint32_t h = 0; h < p->h; h++) {
    const uint64_t *word =
        (const uint64_t *) (bits->base + slot[p->l - p->h + h] * bits->stride);
    uint32_t w = 0;

    while (word[w] == 0)
      w++;
    rows->base[h * rows->stride + w * 64 +
        (uint32_t) __builtin_ctzll (word[w])] ^= 1;
  }
}

bool
rq_hdpc_over_inactive (const RqConstraint *constraint, const uint16_t *slot,
    const RqSlots *bits, uint32_t words, RqSlots *rows, RqArena *arena)
{
  const RqParams *p = &constraint->params;
  uint8_t *pairs =
      rq_arena_take (arena, RQ_HDPC_PAIRS (p->h) + 1, RQ_SLICE_UNIT);
  uint8_t *acc = rq_arena_take_zeroed (arena, words, 64);

  rows->stride = (size_t) words * 64;
  rows->base = rq_arena_take (arena, p->h, rows->stride);
  if (pairs == NULL || acc == NULL || rows->base == NULL)
    return false;
  for (uint32_t w = 0; w < words; w++) {
    const RqSlots word = { bits->base + 8 * w, bits->stride };
    const RqSlots sums = { rows->base + 64 * w, rows->stride };

    sum_word (constraint, slot, &word, pairs, acc + 64 * w, &sums);
  }
  add_last_column (rows, p->h, acc);
  add_own_columns (constraint, slot, bits, rows);
  return true;
}
