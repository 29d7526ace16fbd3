/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tuple.c: random generator, degree generator, tuple generator and the columns
 * of an encoding symbol. Knows params and tables.
 */
#include "tuple.h"

#include "tables.h"

uint32_t
rq_rand (uint32_t y, uint8_t i, uint32_t m)
{
  return (rq_v0[(uint8_t) (y + i)] ^ rq_v1[(uint8_t) ((y >> 8) + i)] ^
             rq_v2[(uint8_t) ((y >> 16) + i)] ^
             rq_v3[(uint8_t) ((y >> 24) + i)]) %
      m;
}

/* Where to begin in the table of degrees: the least degree of all v with these
   six highest bits. Few v have another one, so the search is short. */
static const uint8_t least_degree[64] = { 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
  2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3,
  3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 5, 6, 6, 7, 7, 8, 9, 11, 13, 15, 20, 28,
  30 };

static uint32_t
degree (const RqParams *params, uint32_t v)
{
  uint32_t d = least_degree[v >> 14];

  while (v >= rq_degree[d])
    d++;
  return d < params->w - 2 ? d : params->w - 2;
}

RqTuple
rq_tuple (const RqParams *params, uint32_t isi)
{
  uint32_t a = (53591 + params->j * 997) | 1;
  uint32_t y = 10267 * (params->j + 1) + isi * a;
  RqTuple tuple;

  tuple.d = degree (params, rq_rand (y, 0, 1u << 20));
  tuple.a = 1 + rq_rand (y, 1, params->w - 1);
  tuple.b = rq_rand (y, 2, params->w);
  tuple.d1 = tuple.d < 4 ? 2 + rq_rand (isi, 3, 2) : 2;
  tuple.a1 = 1 + rq_rand (isi, 4, params->p1 - 1);
  tuple.b1 = rq_rand (isi, 5, params->p1);
  return tuple;
}

/* Adds modulo m without a division; both are below m. */
static inline uint32_t
add_modulo (uint32_t x, uint32_t y, uint32_t m)
{
  x += y;
  return x >= m ? x - m : x;
}

unsigned
rq_tuple_columns (const RqParams *params, uint32_t isi,
    uint16_t columns[RQ_TUPLE_COLUMNS_MAX], unsigned *lt_columns)
{
  RqTuple tuple = rq_tuple (params, isi);
  uint32_t column = tuple.b;
  unsigned n = 0;

  for (uint32_t i = 0; i < tuple.d; i++) {
    columns[n++] = (uint16_t) column;
    column = add_modulo (column, tuple.a, params->w);
  }
  *lt_columns = n;
  column = tuple.b1;
  for (uint32_t i = 0; i < tuple.d1; i++) {
    while (column >= params->p)
      column = add_modulo (column, tuple.a1, params->p1);
    columns[n++] = (uint16_t) (params->w + column);
    column = add_modulo (column, tuple.a1, params->p1);
  }
  return n;
}
