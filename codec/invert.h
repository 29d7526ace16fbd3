/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * invert.h: inverts matrices of octets with some hundred rows. Knows gf256,
 * kernels and arena.
 */
#ifndef RQ_INVERT_H
#define RQ_INVERT_H

#include <stdbool.h>

#include "arena.h"
#include "kernels.h"

typedef struct
{
  RqSlots rows; /**< n_rows rows of n columns; strides are whole units */
  uint32_t n_rows;
  uint32_t n;
} RqMatrix;

/**
 * Chooses n independent rows of @m and inverts what they are: for the equations
 * m * x = y then
 *   x[c] = the sum over d of octet d of row row_of[c] times y[row_of[d]].
 *
 * @param row_of  n row numbers, filled in
 * @param rank    of @m, filled in; when it is less than n, @m is of no more use
 * @return false when out of memory
 */
bool rq_invert (
    const RqMatrix *m, uint32_t *row_of, uint32_t *rank, RqArena *arena);

#endif
