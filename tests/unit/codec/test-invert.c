/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-invert.c: inverting matrices of octets. Knows the codec's inner
 * functions.
 */
#include "invert.h"

#include "alloc.h"
#include "check.h"
#include "gf256.h"

#define N_MAX 150u
#define ROWS_MAX (N_MAX + 8)

static uint8_t original[ROWS_MAX][N_MAX];
static uint32_t row_of[N_MAX];
static RqArena arena;

/* Rows have @spare units more than they need. */
static RqMatrix
matrix_new_wide (uint32_t n_rows, uint32_t n, uint32_t spare)
{
  RqMatrix m = { .n_rows = n_rows, .n = n };

  rq_arena_reset (&arena);
  m.rows.stride =
      ((n + RQ_SLICE_UNIT - 1) / RQ_SLICE_UNIT + spare) * RQ_SLICE_UNIT;
  m.rows.base = rq_arena_take_zeroed (&arena, n_rows, m.rows.stride);
  CHECK (m.rows.base != NULL);
  return m;
}

static RqMatrix
matrix_new (uint32_t n_rows, uint32_t n)
{
  return matrix_new_wide (n_rows, n, 0);
}

static uint8_t *
row_at (const RqMatrix *m, uint32_t r)
{
  return m->rows.base + r * m->rows.stride;
}

/* The bits of check_random() are sums of 64: more rows of them are dependent. */
static uint8_t
random_octet (void)
{
  return (uint8_t) (check_random () * UINT64_C (0x2545f4914f6cdd1d) >> 56);
}

static void
fill (const RqMatrix *m)
{
  for (uint32_t r = 0; r < m->n_rows; r++) {
    for (uint32_t c = 0; c < m->n; c++)
      row_at (m, r)[c] = random_octet ();
  }
}

static void
keep_original (const RqMatrix *m)
{
  for (uint32_t r = 0; r < m->n_rows; r++)
    memcpy (original[r], row_at (m, r), m->n);
}

/* Adds @factor times row @from to row @to. */
static void
add_row (uint8_t *to, const uint8_t *from, uint8_t factor, uint32_t n)
{
  for (uint32_t c = 0; c < n; c++)
    to[c] ^= rq_gf_mul (factor, from[c]);
}

/* The rank of what was kept, found in the plainest way. */
static uint32_t
plain_rank (const RqMatrix *m)
{
  static uint8_t work[ROWS_MAX][N_MAX];
  uint8_t swapped[N_MAX];
  uint32_t rank = 0;

  memcpy (work, original, sizeof work);
  for (uint32_t c = 0; c < m->n && rank < m->n_rows; c++) {
    uint32_t r = rank;

    while (r < m->n_rows && work[r][c] == 0)
      r++;
    if (r == m->n_rows)
      continue;
    memcpy (swapped, work[r], m->n);
    memcpy (work[r], work[rank], m->n);
    memcpy (work[rank], swapped, m->n);
    for (r = rank + 1; r < m->n_rows; r++)
      add_row (work[r], work[rank],
          rq_gf_mul (work[r][c], rq_gf_inverse (work[rank][c])), m->n);
    rank++;
  }
  return rank;
}

/* The inverse times the rows chosen is the unit matrix, and no row is taken
   twice. */
static void
check_inverse (const RqMatrix *m)
{
  uint8_t taken[ROWS_MAX] = { 0 };

  for (uint32_t c = 0; c < m->n; c++) {
    const uint8_t *inverse;

    CHECK (row_of[c] < m->n_rows && !taken[row_of[c]]);
    taken[row_of[c]] = 1;
    inverse = row_at (m, row_of[c]);
    for (uint32_t k = 0; k < m->n; k++) {
      uint8_t sum = 0;

      for (uint32_t d = 0; d < m->n; d++)
        sum ^= rq_gf_mul (inverse[d], original[row_of[d]][k]);
      CHECK_EQUAL (sum, c == k);
    }
  }
}

/* Inverts @m, its rank being told right; whether it has an inverse. */
static bool
check_matrix (const RqMatrix *m)
{
  uint32_t rank = UINT32_MAX;

  keep_original (m);
  CHECK (rq_invert (m, row_of, &rank, &arena));
  CHECK_EQUAL (rank, plain_rank (m));
  if (rank < m->n)
    return false;
  check_inverse (m);
  return true;
}

static void
matrices_of_all_sizes_are_inverted (void)
{
  unsigned singular = 0;

  for (uint32_t n = 1; n <= 70; n++) {
    for (uint32_t extra = 0; extra <= 6; extra++) {
      RqMatrix m = matrix_new_wide (n + extra, n, (n + extra) % 3);

      fill (&m);
      if (check_matrix (&m))
        continue;
      /* One in 255 or so of the square ones. */
      CHECK (extra < 3);
      singular++;
    }
  }
  CHECK (singular < 8);
}

static void
large_matrices_are_inverted (void)
{
  static const uint32_t sizes[] = { 100, 127, 128, 129, N_MAX };

  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    RqMatrix m = matrix_new (sizes[i] + 4, sizes[i]);

    fill (&m);
    CHECK (check_matrix (&m));
  }
}

/* Row @to becomes a sum of all others, times factors. */
static void
make_dependent (const RqMatrix *m, uint32_t to)
{
  memset (row_at (m, to), 0, m->n);
  for (uint32_t r = 0; r < m->n_rows; r++) {
    if (r != to)
      add_row (row_at (m, to), row_at (m, r), random_octet (), m->n);
  }
}

static void
clear_column (const RqMatrix *m, uint32_t column)
{
  for (uint32_t r = 0; r < m->n_rows; r++)
    row_at (m, r)[column] = 0;
}

/* All rows become sums of the first @rank ones. */
static void
lower_rank (const RqMatrix *m, uint32_t rank)
{
  for (uint32_t r = rank; r < m->n_rows; r++) {
    memset (row_at (m, r), 0, m->n);
    for (uint32_t from = 0; from < rank; from++)
      add_row (row_at (m, r), row_at (m, from), random_octet (), m->n);
  }
}

static void
rank_is_told (void)
{
  for (unsigned round = 0; round < 300; round++) {
    uint32_t n = 2 + check_random_below (80);
    uint32_t extra = round % 7;
    RqMatrix square = matrix_new (n, n);

    fill (&square);
    if (round % 3 == 0)
      make_dependent (&square, check_random_below (n));
    else if (round % 3 == 1)
      memcpy (row_at (&square, n - 1), row_at (&square, round % (n - 1)), n);
    else
      memset (row_at (&square, check_random_below (n)), 0, n);
    CHECK (!check_matrix (&square));
    /* Rows beyond are of no help. */
    for (unsigned way = 0; way < 2; way++) {
      RqMatrix m = matrix_new (n + extra, n);

      fill (&m);
      if (way == 0)
        clear_column (&m, check_random_below (n));
      else
        lower_rank (&m, check_random_below (n));
      CHECK (!check_matrix (&m));
    }
  }
}

static void
nothing_has_rank_0 (void)
{
  for (uint32_t n = 1; n <= 65; n += 32) {
    RqMatrix m = matrix_new (n + 2, n);
    uint32_t rank = UINT32_MAX;

    CHECK (rq_invert (&m, row_of, &rank, &arena));
    CHECK_EQUAL (rank, 0);
  }
}

/* The first n rows miss two; the others make up for it. */
static void
rows_too_many_mend_it (void)
{
  unsigned mended = 0;

  for (unsigned round = 0; round < 100; round++) {
    uint32_t n = 3 + check_random_below (80);
    uint32_t extra = 2 + check_random_below (5);
    RqMatrix m = matrix_new (n + extra, n);

    fill (&m);
    memset (row_at (&m, 0), 0, n);
    memcpy (row_at (&m, n - 1), row_at (&m, 1), n);
    if (check_matrix (&m))
      mended++;
    else
      CHECK (extra <= 4);
  }
  CHECK (mended > 90);
}

static void
running_out_of_memory_is_told (void)
{
  unsigned failed = 0;

  for (long n = 0;; n++) {
    RqArena own = { 0 };
    RqMatrix m = matrix_new (70, 70);
    uint32_t rank;
    bool done;

    fill (&m);
    rq_test_fail_alloc_after (n);
    done = rq_invert (&m, row_of, &rank, &own);
    rq_test_fail_alloc_after (-1);
    rq_arena_clear (&own);
    if (done)
      break;
    failed++;
  }
  CHECK (failed > 0);
}

int
main (void)
{
  RUN (matrices_of_all_sizes_are_inverted);
  RUN (large_matrices_are_inverted);
  RUN (rank_is_told);
  RUN (nothing_has_rank_0);
  RUN (rows_too_many_mend_it);
  RUN (running_out_of_memory_is_told);
  rq_arena_clear (&arena);
  return 0;
}
