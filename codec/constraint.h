/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * constraint.h: the constraint matrix of a K' (RFC 6330 section 5.3.3.4.2) in
 * the form the planner needs. Knows tuple, params and arena. Immutable once
 * made, so that any number of threads may read it.
 *
 * Rows are numbered: 0 to S-1 the LDPC rows, then the K' rows of the source
 * symbols. The HDPC rows are kept as the pairs that Horner's scheme needs.
 */
#ifndef RQ_CONSTRAINT_H
#define RQ_CONSTRAINT_H

#include "arena.h"
#include "params.h"

typedef struct
{
  RqParams params;
  uint32_t n_rows; /**< S + K' */

  uint32_t *row_start; /**< n_rows + 1 places in row_columns */
  uint16_t *row_columns; /**< those below W first */

  uint32_t *column_start; /**< W + 1 places in column_rows */
  uint16_t *column_rows; /**< rows that have this LT column */

  uint16_t *degree; /**< LT columns of each row */
  uint16_t *column_sum; /**< XOR of the LT columns of each row */

  /** The two HDPC rows that column j adds to, at 2 * j; j < K' + S - 1. */
  uint8_t *hdpc_pairs;

  RqArena arena; /**< holds all of it */
} RqConstraint;

/** Fills @constraint for @k_prime; false when out of memory. */
bool rq_constraint_init (RqConstraint *constraint, uint32_t k_prime);

void rq_constraint_clear (RqConstraint *constraint);

#endif
