/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rows.h: the rows of one plan: the LDPC rows and one row for each symbol that
 * is there, source or repair. Knows constraint, tuple and arena.
 *
 * Row numbers are those of the constraint (LDPC and source rows, of which some
 * may be absent), followed by the repair rows. An input that is not there is RQ_NO_INPUT.
 */
#ifndef RQ_ROWS_H
#define RQ_ROWS_H

#include "constraint.h"
#include "program.h"

typedef struct
{
  const RqConstraint *constraint;
  uint32_t n_rows; /**< row numbers; also those absent */
  uint8_t *absent;
  uint32_t *input; /**< index of the row's symbol */
  uint16_t *degree; /**< LT columns */

  uint32_t n_repair;
  uint32_t *repair_start; /**< n_repair + 1 places in repair_columns */
  uint16_t *repair_columns;
  uint16_t *repair_sum; /**< XOR of the LT columns */
  uint32_t *repair_of_start; /**< W + 1 places in repair_of */
  uint32_t *repair_of; /**< repair rows (from 0) of an LT column */
} RqRows;

/** The columns of a row. */
typedef struct
{
  const uint16_t *columns;
  uint32_t n;
} RqRow;

/**
 * Fills @rows; symbol i has the internal symbol ID @isis[i], each another. All
 * memory is of @arena. False when out of memory.
 */
bool rq_rows_init (RqRows *rows, const RqConstraint *constraint,
    const uint32_t *isis, uint32_t n, RqArena *arena);

static inline RqRow
rq_rows_get (const RqRows *rows, uint32_t r)
{
  const RqConstraint *c = rows->constraint;
  RqRow row;

  if (r < c->n_rows) {
    row.columns = c->row_columns + c->row_start[r];
    row.n = c->row_start[r + 1] - c->row_start[r];
  } else {
    r -= c->n_rows;
    row.columns = rows->repair_columns + rows->repair_start[r];
    row.n = rows->repair_start[r + 1] - rows->repair_start[r];
  }
  return row;
}

#endif
