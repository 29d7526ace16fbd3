/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tuple.h: which intermediate symbols an encoding symbol is the sum of
 * (RFC 6330 sections 5.3.5.1 to 5.3.5.4). Knows params and tables.
 */
#ifndef RQ_TUPLE_H
#define RQ_TUPLE_H

#include "params.h"

/** Most columns of an encoding symbol: LT degree 30 and PI degree 3. */
#define RQ_TUPLE_COLUMNS_MAX 33u

typedef struct
{
  uint32_t d, a, b, d1, a1, b1;
} RqTuple;

/** Rand[y, i, m] of section 5.3.5.1; @m > 0. */
uint32_t rq_rand (uint32_t y, uint8_t i, uint32_t m);

/** Tuple[K', isi] of section 5.3.5.4. */
RqTuple rq_tuple (const RqParams *params, uint32_t isi);

/**
 * Writes the columns of encoding symbol @isi to @columns, those of the LT part
 * (below W) first, and returns their number. No column comes twice.
 *
 * @param lt_columns  how many of them are below W
 */
unsigned rq_tuple_columns (const RqParams *params, uint32_t isi,
    uint16_t columns[RQ_TUPLE_COLUMNS_MAX], unsigned *lt_columns);

#endif
