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

static RqMatrix
matrix_new (uint32_t n_rows, uint32_t n)
{
  RqMatrix m = { .n_rows = n_rows, .n = n };

  rq_arena_reset (&arena);
  m.rows.stride = (n + RQ_SLICE_UNIT - 1) / RQ_SLICE_UNIT * RQ_SLICE_UNIT;
  m.rows.base = rq_arena_take_zeroed (&arena, n_rows, m.rows.stride);
  CHECK (m.rows.base != NULL);
  return m;
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

static void
square_matrices_are_inverted (void)
{
  static const uint32_t large[] = { 63, 64, 65, 100, 127, 128, 129, N_MAX };
  const uint32_t n_large = 4 * sizeof large / sizeof *large;
  unsigned inverted = 0;

  for (uint32_t i = 0; i < 300 + n_large; i++) {
    uint32_t n = i < 300 ? 1 + i % 20
                         : large[(i - 300) % (sizeof large / sizeof *large)];
    RqMatrix m = matrix_new (n, n);
    uint32_t rank;

    fill (&m);
    keep_original (&m);
    CHECK (rq_invert (&m, row_of, &rank, &arena));
    if (rank == n) {
      check_inverse (&m);
      inverted++;
    }
  }
  /* One in 255 or so is singular. */
  CHECK (inverted > 300 + n_large - 15);
}

/* Row @to becomes a sum of others, times factors. */
static void
make_dependent (const RqMatrix *m, uint32_t to)
{
  memset (row_at (m, to), 0, m->n);
  for (uint32_t r = 0; r < m->n_rows; r++) {
    uint8_t factor = r == to ? 0 : random_octet ();

    for (uint32_t c = 0; c < m->n; c++)
      row_at (m, to)[c] ^= rq_gf_mul (factor, row_at (m, r)[c]);
  }
}

static void
rank_is_told (void)
{
  for (unsigned round = 0; round < 200; round++) {
    uint32_t n = 2 + check_random_below (80);
    RqMatrix m = matrix_new (n, n);
    uint32_t column = check_random_below (n);
    uint32_t rank;

    fill (&m);
    if (round % 2 == 0) {
      make_dependent (&m, check_random_below (n));
    } else {
      for (uint32_t r = 0; r < n; r++)
        row_at (&m, r)[column] = 0;
    }
    CHECK (rq_invert (&m, row_of, &rank, &arena));
    CHECK (rank < n);
    /* Random ones hardly ever miss more. */
    CHECK (rank + 2 >= n);
  }
}

static void
rows_too_many_mend_it (void)
{
  for (unsigned round = 0; round < 100; round++) {
    uint32_t n = 2 + check_random_below (80);
    uint32_t extra = 2 + check_random_below (4);
    RqMatrix m = matrix_new (n + extra, n);
    uint32_t rank;

    fill (&m);
    /* Two of the first n are of no use. */
    memset (row_at (&m, 0), 0, n);
    memcpy (row_at (&m, n - 1), row_at (&m, n), n);
    keep_original (&m);
    CHECK (rq_invert (&m, row_of, &rank, &arena));
    if (rank == n)
      check_inverse (&m);
    else
      CHECK (extra <= 2);
  }
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
  RUN (square_matrices_are_inverted);
  RUN (rank_is_told);
  RUN (rows_too_many_mend_it);
  RUN (running_out_of_memory_is_told);
  rq_arena_clear (&arena);
  return 0;
}
