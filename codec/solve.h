/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solve.h: the second phase of a plan: how the inactive columns follow from the
 * rows that peeling left and from the HDPC rows. Knows peel, program, invert
 * and kernels.
 *
 * The residual of a left row is its symbol plus what the pivots would be if all
 * inactive columns were zero. Over GF(2) the basis rows give rank of the
 * inactive columns ("bound") from their residuals and from the other n_free
 * inactive columns ("free"); those follow from the HDPC rows.
 */
#ifndef RQ_SOLVE_H
#define RQ_SOLVE_H

#include "peel.h"
#include "program.h"
#include "program.h"
#include "program.h"
#include "program.h"

typedef struct
{
  uint32_t rank;
  uint32_t n_free;
  /** Symbols that are missing at least; when not 0 nothing else is valid. */
  uint32_t deficiency;

  uint32_t *basis_row; /**< rank row numbers */
  uint16_t *order; /**< inactive indices: bound ones, then free */

  /** Bound column k = sum of the residuals i whose bit i is set in row k of
      inverse, plus the free columns f where octet f of row k of back is 1. */
  RqSlots inverse; /**< words of 64 bits */
  RqSlots back; /**< octets */

  /** HDPC sums less bound[h * rank + k] * bound column k give s', and free
      column f = the sum of free[f * H + h] * s'[h]. */
  uint8_t *bound;
  uint8_t *free;
} RqSolution;

/**
 * Fills @solution with memory of @arena, from the slots and the pivots of
 * @program; inactive column i has the slot n_pivots + i. False when out of
 * memory.
 */
bool rq_solve (RqSolution *solution, const RqRows *rows,
    const RqPeeling *peeling, const RqProgram *program, RqArena *arena);

#endif
