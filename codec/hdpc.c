/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hdpc.c: the HDPC rows over the inactive columns. Knows peel and kernels.
 *
 * MT * GAMMA is worked off by Horner's scheme: acc = alpha * acc + column j,
 * and each acc is added to two rows. Columns are bits here, so octets are kept
 * sliced: eight words, word b with bit b of 64 octets. Times alpha is then a
 * rotation of words and three additions.
 */
#include "hdpc.h"

#include <string.h>

#define PLANES 8

typedef struct
{
  uint64_t plane[PLANES];
} Octets64;

static inline void
times_alpha (Octets64 *x)
{
  uint64_t top = x->plane[7];

  memmove (x->plane + 1, x->plane, 7 * sizeof top);
  x->plane[0] = top;
  x->plane[2] ^= top;
  x->plane[3] ^= top;
  x->plane[4] ^= top;
}

static inline void
add (Octets64 *to, const Octets64 *x)
{
  for (unsigned i = 0; i < PLANES; i++)
    to->plane[i] ^= x->plane[i];
}

/* Sums of 64 inactive columns, the @word'th ones. */
static void
sum_word (const RqConstraint *c, const RqPeeling *peeling,
    const uint16_t *place, const RqSlots *pivots, uint32_t word,
    Octets64 sums[RQ_H_MAX])
{
  const RqParams *p = &c->params;
  uint32_t n_pivots = peeling->n_pivots;
  uint32_t last = p->k_prime + p->s - 1;
  Octets64 acc = { { 0 } };

  memset (sums, 0, p->h * sizeof *sums);
  for (uint32_t j = 0; j <= last; j++) {
    uint32_t at = place[j];

    times_alpha (&acc);
    if (at < n_pivots) {
      const uint64_t *bits =
          (const uint64_t *) (pivots->base + at * pivots->stride);

      acc.plane[0] ^= bits[word];
    } else if ((at - n_pivots) / 64 == word) {
      acc.plane[0] ^= (uint64_t) 1 << ((at - n_pivots) % 64);
    }
    if (j < last) {
      add (&sums[c->hdpc_pairs[2 * j]], &acc);
      add (&sums[c->hdpc_pairs[2 * j + 1]], &acc);
    }
  }
  for (uint32_t h = 0; h < p->h; h++) {
    uint32_t at = place[p->l - p->h + h] - n_pivots;

    add (&sums[h], &acc);
    times_alpha (&acc);
    if (at / 64 == word)
      sums[h].plane[0] ^= (uint64_t) 1 << (at % 64);
  }
}

static uint8_t
octet (const Octets64 *x, unsigned i)
{
  unsigned value = 0;

  for (unsigned b = 0; b < PLANES; b++)
    value |= (unsigned) (x->plane[b] >> i & 1) << b;
  return (uint8_t) value;
}

uint8_t *
rq_hdpc_over_inactive (const RqConstraint *constraint, const RqPeeling *peeling,
    const uint16_t *place, const RqSlots *pivots, RqArena *arena)
{
  uint32_t u = peeling->n_inactive;
  uint32_t h_count = constraint->params.h;
  uint8_t *rows = rq_arena_take (arena, h_count, u);
  Octets64 sums[RQ_H_MAX];

  if (rows == NULL)
    return NULL;
  for (uint32_t c = 0; c < u; c++) {
    if (c % 64 == 0)
      sum_word (constraint, peeling, place, pivots, c / 64, sums);
    for (uint32_t h = 0; h < h_count; h++)
      rows[(size_t) h * u + c] = octet (&sums[h], c % 64);
  }
  return rows;
}
