/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rows.h: the rows of one plan: the LDPC rows and one row for each symbol that
 * is there, source or repair. Knows constraint, tuple and arena.
 *
 * Row numbers are those of the constraint (LDPC and source rows, of which some
 * may be absent), followed by the repair rows.
 */
#ifndef RQ_ROWS_H
#define RQ_ROWS_H

#include "constraint.h"

/** The input of a row that has no symbol. */
#define RQ_NO_INPUT UINT32_MAX

typedef struct
{
  const RqConstraint *constraint;
  uint32_t n_rows; /**< row numbers; also those absent */
  uint8_t *absent;
  uint32_t *input; /**< index of the row's symbol, or RQ_NO_INPUT */

  uint32_t n_repair;
  RqRowHead *repair_head; /**< as RqConstraint.head */
  uint32_t *repair_start; /**< n_repair + 1 places in repair_columns */
  uint16_t *repair_columns;
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

/* Chooses without a branch: which kind of row comes next is not foreseeable. */
static inline RqRow
rq_rows_get (const RqRows *rows, uint32_t r)
{
  const RqConstraint *c = rows->constraint;
  bool repair = r >= c->n_rows;
  const uint32_t *start = repair ? rows->repair_start : c->row_start;
  const uint16_t *columns = repair ? rows->repair_columns : c->row_columns;
  uint32_t i = repair ? r - c->n_rows : r;

  return (RqRow){ columns + start[i], start[i + 1] - start[i] };
}

static inline RqRowHead
rq_rows_head (const RqRows *rows, uint32_t r)
{
  const RqConstraint *c = rows->constraint;
  bool repair = r >= c->n_rows;
  const RqRowHead *head = repair ? rows->repair_head : c->head;

  return head[repair ? r - c->n_rows : r];
}

#endif
