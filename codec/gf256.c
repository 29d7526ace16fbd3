/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gf256.c: elimination on small matrices of octets. Knows the tables.
 */
#include "gf256.h"

#include <stddef.h>

static void
swap_rows (uint8_t *a, uint8_t *b, unsigned n)
{
  for (unsigned i = 0; i < n; i++) {
    uint8_t octet = a[i];

    a[i] = b[i];
    b[i] = octet;
  }
}

static void
scale_row (uint8_t *row, uint8_t factor, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    row[i] = rq_gf_mul (row[i], factor);
}

static void
add_row (uint8_t *row, const uint8_t *other, uint8_t factor, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    row[i] ^= rq_gf_mul (other[i], factor);
}

unsigned
rq_gf_reduce (uint8_t *m, unsigned rows, unsigned columns, unsigned stride,
    unsigned pivots)
{
  unsigned rank = 0;

  for (unsigned c = 0; c < pivots; c++) {
    uint8_t *pivot = m + (size_t) rank * stride;
    unsigned r = rank;

    while (r < rows && m[(size_t) r * stride + c] == 0)
      r++;
    if (r == rows)
      continue;
    if (r != rank)
      swap_rows (pivot, m + (size_t) r * stride, columns);
    scale_row (pivot, rq_gf_inverse (pivot[c]), columns);
    for (r = 0; r < rows; r++) {
      uint8_t *row = m + (size_t) r * stride;

      if (r != rank && row[c] != 0)
        add_row (row, pivot, row[c], columns);
    }
    rank++;
  }
  return rank;
}
