/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * invert.c: inverts matrices of octets. Knows gf256, kernels and arena.
 *
 * Gauss-Jordan in place: the column that became a unit vector gives its place to
 * the one of the inverse that came to be. This is done to panels of as many
 * columns as a unit has octets; what it did to the panel, as a matrix, is then
 * multiplied to the other columns at once.
 */
#include "invert.h"

#include <string.h>

#include "gf256.h"

#define PANEL RQ_SLICE_UNIT

typedef struct
{
  const RqMatrix *m;
  const RqKernels *kernels;
  uint8_t **row_at;
  uint8_t *used; /* rows that are some column's */
  uint32_t first_unused; /* or some used row before it */
  uint8_t *panel; /* of all rows, PANEL octets each */
  uint8_t **panel_at;
  uint8_t *factors; /* one for each row */
  uint8_t *pivots; /* copies of a panel's pivot rows */
  const uint8_t **pivot_at;
} Inverter;

static bool
take_memory (Inverter *inverter, RqArena *arena)
{
  const RqMatrix *m = inverter->m;
  uint32_t n = m->n_rows;

  inverter->row_at = rq_arena_take (arena, n, sizeof *inverter->row_at);
  inverter->used = rq_arena_take_zeroed (arena, n, 1);
  inverter->panel = rq_arena_take (arena, n, PANEL);
  inverter->panel_at = rq_arena_take (arena, n, sizeof *inverter->panel_at);
  inverter->factors = rq_arena_take (arena, n, 1);
  inverter->pivots =
      rq_arena_take (arena, m->n < PANEL ? m->n : PANEL, m->rows.stride);
  inverter->pivot_at = rq_arena_take (arena, PANEL, sizeof *inverter->pivot_at);
  if (inverter->row_at == NULL || inverter->used == NULL ||
      inverter->panel == NULL || inverter->panel_at == NULL ||
      inverter->factors == NULL || inverter->pivots == NULL ||
      inverter->pivot_at == NULL)
    return false;
  for (uint32_t r = 0; r < n; r++) {
    inverter->row_at[r] = m->rows.base + r * m->rows.stride;
    inverter->panel_at[r] = inverter->panel + r * PANEL;
  }
  return true;
}

/* ---- A panel ---------------------------------------------------------------- */

static uint32_t
find_row (Inverter *inverter, uint32_t c)
{
  uint32_t n = inverter->m->n_rows;
  uint32_t r;

  while (inverter->first_unused < n && inverter->used[inverter->first_unused])
    inverter->first_unused++;
  r = inverter->first_unused;
  while (r < n && (inverter->used[r] || inverter->panel_at[r][c] == 0))
    r++;
  return r;
}

/* Makes a unit vector of column @c of the panel, with its 1 in row @pivot. Rows
   are written only as whole vectors: octets written one by one would delay the
   next look at them. */
static void
eliminate (Inverter *inverter, uint32_t c, uint32_t pivot)
{
  uint32_t n = inverter->m->n_rows;
  uint8_t *row = inverter->panel_at[pivot];
  const uint8_t inverse = rq_gf_inverse (row[c]);
  uint8_t scaled[PANEL];
  uint8_t *const out[] = { scaled };
  const uint8_t *const in[] = { row };
  const uint8_t *const scaled_in[] = { scaled };
  const RqProducts scale = { .out = out,
    .n_out = 1,
    .in = in,
    .n_in = 1,
    .factors = &inverse,
    .stride = 1 };
  const RqProducts add = { .out = inverter->panel_at,
    .init = (const uint8_t *const *) inverter->panel_at,
    .n_out = n,
    .in = scaled_in,
    .n_in = 1,
    .factors = inverter->factors,
    .stride = 1 };

  inverter->kernels->multiply (&scale, 0, PANEL);
  for (uint32_t r = 0; r < n; r++)
    inverter->factors[r] = inverter->panel[r * PANEL + c];
  inverter->factors[pivot] = 0;
  /* In column c a row shall come from f to f / pivot, not to 0. */
  scaled[c] = 1 ^ inverse;
  inverter->kernels->multiply (&add, 0, PANEL);
  scaled[c] = inverse;
  memcpy (row, scaled, PANEL);
}

/* ---- The other columns ------------------------------------------------------- */

/* Adds to all rows what the panel of @n columns from @first says of its pivot
   rows: those at @row_of, as many as @has tells. A column without a pivot has no
   part in it. */
static void
apply_panel (Inverter *inverter, uint32_t first, uint32_t n,
    const uint32_t *row_of, const uint8_t *has)
{
  const RqMatrix *m = inverter->m;
  size_t stride = m->rows.stride;
  const RqProducts products = { .out = inverter->row_at,
    .init = (const uint8_t *const *) inverter->row_at,
    .n_out = m->n_rows,
    .in = inverter->pivot_at,
    .n_in = n,
    .factors = inverter->panel,
    .stride = PANEL };

  for (uint32_t c = 0; c < n; c++) {
    uint8_t *copy = inverter->pivots + c * stride;

    inverter->pivot_at[c] = copy;
    if (has[c]) {
      memcpy (copy, inverter->row_at[row_of[c]], stride);
      memset (inverter->row_at[row_of[c]], 0, stride);
    } else {
      memset (copy, 0, stride);
    }
  }
  inverter->kernels->multiply (&products, 0, stride);
  for (uint32_t r = 0; r < m->n_rows; r++)
    memcpy (inverter->row_at[r] + first, inverter->panel_at[r], n);
}

static uint32_t
work_panel (Inverter *inverter, uint32_t first, uint32_t n, uint32_t *row_of)
{
  const RqMatrix *m = inverter->m;
  uint8_t has[PANEL] = { 0 };
  uint32_t rank = 0;

  for (uint32_t r = 0; r < m->n_rows; r++) {
    memcpy (inverter->panel_at[r], inverter->row_at[r] + first, n);
    memset (inverter->panel_at[r] + n, 0, PANEL - n);
  }
  for (uint32_t c = 0; c < n; c++) {
    uint32_t r = find_row (inverter, c);

    if (r == m->n_rows)
      continue;
    inverter->used[r] = 1;
    row_of[c] = r;
    has[c] = 1;
    eliminate (inverter, c, r);
    rank++;
  }
  apply_panel (inverter, first, n, row_of, has);
  return rank;
}

bool
rq_invert (const RqMatrix *m, uint32_t *row_of, uint32_t *rank, RqArena *arena)
{
  Inverter inverter = { .m = m, .kernels = rq_kernels () };

  if (!take_memory (&inverter, arena))
    return false;
  *rank = 0;
  for (uint32_t first = 0; first < m->n; first += PANEL) {
    uint32_t n = m->n - first < PANEL ? m->n - first : PANEL;

    *rank += work_panel (&inverter, first, n, row_of + first);
  }
  return true;
}
