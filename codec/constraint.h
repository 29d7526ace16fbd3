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

/** Shapes of rows. Those of one shape are summed alike: what a row has less
    than its shape is made up for by zeros. */
#define RQ_SHAPES 16u
#define RQ_SHAPE_LDPC (RQ_SHAPES - 1)

/** The shape of a symbol's row with @lt LT columns, 1 to 30. */
static inline uint8_t
rq_row_shape (uint32_t lt)
{
  return (uint8_t) ((lt - 1) / 2);
}

/** LT columns of a row of @shape at most, without the one it gives. */
static inline uint32_t
rq_shape_lt (unsigned shape)
{
  return 2 * shape + 1;
}

/** The same with the two or, up to three LT columns, three PI columns. */
static inline uint32_t
rq_shape_all (unsigned shape)
{
  return shape == 0 ? 4 : 2 * shape + 3;
}

/** Most columns of a symbol's row, zeros included. */
#define RQ_ROW_COLUMNS_MAX 40u

/** What peeling asks of a row. */
typedef struct
{
  uint16_t lt; /**< LT columns */
  uint16_t sum; /**< XOR of them */
  uint16_t shape;
} RqRowHead;

typedef struct
{
  RqParams params;
  uint32_t n_rows; /**< S + K' */

  RqRowHead *head; /**< of each row */
  uint32_t *row_start; /**< n_rows + 1 places in row_columns */
  /** Of each row the LT, then the PI columns; then zeros (column L) as many as
      its shape wants, its own column included. */
  uint16_t *row_columns;

  uint32_t *column_start; /**< W + 1 places in column_rows */
  uint16_t *column_rows; /**< rows that have this LT column */

  /** The pair of HDPC rows that column j adds to; j < K' + S - 1. */
  uint8_t *hdpc_pair;
  /** For each of the H HDPC rows the H - 1 pairs it is part of. */
  uint16_t *pairs_of_rows;

  RqArena arena; /**< holds all of it */
} RqConstraint;

/**
 * Writes the row of the symbol @isi: @columns, at most RQ_ROW_COLUMNS_MAX, and
 * @head. Returns how many columns, zeros included.
 */
unsigned rq_symbol_row (
    const RqParams *params, uint32_t isi, uint16_t *columns, RqRowHead *head);

/** The pairs of H rows that a column of an HDPC row may add to. */
#define RQ_HDPC_PAIRS(h) ((h) * ((h) -1) / 2)

/** Fills @constraint for @k_prime; false when out of memory. */
bool rq_constraint_init (RqConstraint *constraint, uint32_t k_prime);

void rq_constraint_clear (RqConstraint *constraint);

#endif
