/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peel.h: the first phase of a plan (RFC 6330 section 5.4.2.2): which row gives
 * which column, in which order, and which columns become inactive. Knows rows.
 */
#ifndef RQ_PEEL_H
#define RQ_PEEL_H

#include <stdbool.h>

#include "rows.h"

typedef struct
{
  /** Row pivot_row[i] gives column pivot_column[i]: its other active columns
      are given by pivots before i. */
  uint32_t n_pivots;
  uint32_t *pivot_row;
  uint16_t *pivot_column;

  /** Columns to be solved for; the P permanently inactive ones first. */
  uint32_t n_inactive;
  uint16_t *inactive;

  /** There are so many inactive columns that it is not worth going on. */
  bool too_dense;

  /** Rows that are no pivots. */
  uint32_t n_left;
  uint32_t *left_row;
} RqPeeling;

/** Fills @peeling with memory of @arena; false when out of memory. */
bool rq_peel (RqPeeling *peeling, const RqRows *rows, RqArena *arena);

#endif
