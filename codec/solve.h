/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solve.h: the second phase of a plan: how the inactive columns follow from the
 * rows that peeling left and from the HDPC rows. Knows peel, gf256, kernels.
 *
 * The residual of a left row is its symbol plus what the pivots would be if all
 * inactive columns were zero. Over GF(2) the basis rows give rank of the
 * inactive columns ("bound") from their residuals and from the other n_free
 * inactive columns ("free"); those follow from the HDPC rows.
 */
#ifndef RQ_SOLVE_H
#define RQ_SOLVE_H

#include "peel.h"

typedef struct
{
  uint32_t rank;
  uint32_t n_free;
  /** Symbols that are missing at least; when not 0 nothing else is valid. */
  uint32_t deficiency;

  uint32_t *basis_row; /**< rank row numbers */
  uint16_t *order; /**< inactive indices: bound ones, then free */

  /** Bound column k = sum of the residuals i whose bit i is set in
      inverse[k * words], plus the free columns f with back[k * n_free + f]. */
  uint64_t *inverse;
  uint32_t words;
  uint8_t *back;

  /** HDPC sums less bound[h * rank + k] * bound column k give s', and free
      column f = the sum of free[f * H + h] * s'[h]. */
  uint8_t *bound;
  uint8_t *free;
} RqSolution;

/**
 * Fills @solution with memory of @arena; @place[column] is the pivot's number,
 * or n_pivots + index of the inactive column. False when out of memory.
 */
bool rq_solve (RqSolution *solution, const RqRows *rows,
    const RqPeeling *peeling, const uint16_t *place, RqArena *arena);

#endif
