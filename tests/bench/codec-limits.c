/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-limits.c: the ceilings of gather-XOR and of multiplying by a matrix
 * over GF(256), with kernels of its own that do nothing else. Knows nothing of
 * the codec.
 */
#include "codec-limits.h"

#include <stdlib.h>
#include <string.h>

#include "codec-clock.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define WITH_X86 1
#endif

#define ROUNDS 5u

/** Sources of a sum. */
#define GATHER 8u

/* The matrix: OUTPUTS sums of SOURCES symbols, SYMBOL bytes each: what encoding
   10 % of a hundred symbols is. */
#define OUTPUTS 10u
#define SOURCES 100u
#define SYMBOL 1280u

static const gsize level_bytes[CODEC_N_LEVELS] = { 16u << 10, 384u << 10,
  8u << 20, 256u << 20 };
static const gchar *const level_names[CODEC_N_LEVELS] = { "L1", "L2", "L3",
  "memory" };

/** @out = the sum of GATHER sources of @n bytes, one after the other. */
typedef void (*GatherFunc) (guint8 *out, const guint8 *sources, gsize n);

/** A matrix in the forms that the kernels want. */
typedef struct
{
  guint8 factor[SOURCES][OUTPUTS];
  guint64 affine[SOURCES][OUTPUTS]; /* 8x8 bit matrices */
  guint8 nibbles[SOURCES][OUTPUTS][32]; /* products of both nibbles */
  guint8 product[256][256];
} Matrix;

/** Multiplies SOURCES symbols; OUTPUTS symbols come out. */
typedef void (*MatrixFunc) (
    const Matrix *matrix, const guint8 *sources, guint8 *out);

/* ---- Plain C --------------------------------------------------------------- */

static void
gather_plain (guint8 *out, const guint8 *sources, gsize n)
{
  gsize i;

  for (i = 0; i < n; i += sizeof (guint64)) {
    guint64 sum = 0;
    guint k;

    for (k = 0; k < GATHER; k++) {
      guint64 word;

      memcpy (&word, sources + k * n + i, sizeof (word));
      sum ^= word;
    }
    memcpy (out + i, &sum, sizeof (sum));
  }
}

static void
matrix_plain (const Matrix *matrix, const guint8 *sources, guint8 *out)
{
  guint r, k, i;

  memset (out, 0, OUTPUTS * SYMBOL);
  for (r = 0; r < OUTPUTS; r++) {
    for (k = 0; k < SOURCES; k++) {
      const guint8 *product = matrix->product[matrix->factor[k][r]];

      for (i = 0; i < SYMBOL; i++)
        out[r * SYMBOL + i] ^= product[sources[k * SYMBOL + i]];
    }
  }
}

/* ---- AVX2 ------------------------------------------------------------------ */

#ifdef WITH_X86

__attribute__ ((target ("avx2"), noinline)) static void
gather_avx2 (guint8 *out, const guint8 *sources, gsize n)
{
  gsize i;
  guint k;

  for (i = 0; i < n; i += 64) {
    __m256i a = _mm256_setzero_si256 ();
    __m256i b = a;

#pragma GCC unroll 8
    for (k = 0; k < GATHER; k++) {
      const __m256i *at = (const __m256i *) (sources + k * n + i);

      a = _mm256_xor_si256 (a, _mm256_load_si256 (at));
      b = _mm256_xor_si256 (b, _mm256_load_si256 (at + 1));
    }
    _mm256_store_si256 ((__m256i *) (out + i), a);
    _mm256_store_si256 ((__m256i *) (out + i + 32), b);
  }
}

/* Rows whose sums stay in registers beside the nibbles of two vectors. */
#define AVX2_ROWS 5u

__attribute__ ((target ("avx2"))) static void
matrix_part_avx2 (
    const Matrix *matrix, const guint8 *sources, guint8 *out, guint first)
{
  const __m256i low_bits = _mm256_set1_epi8 (15);
  __m256i sum[AVX2_ROWS][2];
  guint r, k, j;

  for (r = 0; r < AVX2_ROWS; r++)
    sum[r][0] = sum[r][1] = _mm256_setzero_si256 ();
  for (k = 0; k < SOURCES; k++) {
    const __m256i *at = (const __m256i *) (sources + k * SYMBOL);
    __m256i low[2], high[2];

#pragma GCC unroll 2
    for (j = 0; j < 2; j++) {
      __m256i x = _mm256_load_si256 (at + j);

      low[j] = _mm256_and_si256 (x, low_bits);
      high[j] = _mm256_and_si256 (_mm256_srli_epi64 (x, 4), low_bits);
    }
#pragma GCC unroll 5
    for (r = 0; r < AVX2_ROWS; r++) {
      const __m128i *table = (const __m128i *) matrix->nibbles[k][first + r];
      __m256i of_low = _mm256_broadcastsi128_si256 (_mm_loadu_si128 (table));
      __m256i of_high =
          _mm256_broadcastsi128_si256 (_mm_loadu_si128 (table + 1));

#pragma GCC unroll 2
      for (j = 0; j < 2; j++) {
        sum[r][j] =
            _mm256_xor_si256 (sum[r][j], _mm256_shuffle_epi8 (of_low, low[j]));
        sum[r][j] = _mm256_xor_si256 (
            sum[r][j], _mm256_shuffle_epi8 (of_high, high[j]));
      }
    }
  }
  for (r = 0; r < AVX2_ROWS; r++) {
    __m256i *to = (__m256i *) (out + (first + r) * SYMBOL);

    _mm256_store_si256 (to, sum[r][0]);
    _mm256_store_si256 (to + 1, sum[r][1]);
  }
}

__attribute__ ((target ("avx2"), noinline)) static void
matrix_avx2 (const Matrix *matrix, const guint8 *sources, guint8 *out)
{
  guint i, r;

  for (r = 0; r < OUTPUTS; r += AVX2_ROWS) {
    for (i = 0; i < SYMBOL; i += 64)
      matrix_part_avx2 (matrix, sources + i, out + i, r);
  }
}

/* ---- AVX-512 and GFNI ------------------------------------------------------ */

#define TARGET_512 target ("avx512f,avx512bw,gfni")
/* Of _mm512_ternarylogic_epi64(): the sum of all three. */
#define XOR3 0x96

__attribute__ ((TARGET_512, noinline)) static void
gather_avx512 (guint8 *out, const guint8 *sources, gsize n)
{
  gsize i;
  guint k;

  for (i = 0; i < n; i += 64) {
    __m512i a = _mm512_load_si512 (sources + i);
    __m512i b = _mm512_load_si512 (sources + n + i);

#pragma GCC unroll 3
    for (k = 2; k < GATHER; k += 2) {
      const guint8 *at = sources + k * n + i;
      __m512i *sum = k == 4 ? &b : &a;

      *sum = _mm512_ternarylogic_epi64 (
          *sum, _mm512_load_si512 (at), _mm512_load_si512 (at + n), XOR3);
    }
    _mm512_store_si512 (out + i, _mm512_xor_si512 (a, b));
  }
}

__attribute__ ((TARGET_512)) static void
matrix_part_gfni (const Matrix *matrix, const guint8 *sources, guint8 *out)
{
  __m512i sum[OUTPUTS][2];
  guint r, k, j;

  for (r = 0; r < OUTPUTS; r++)
    sum[r][0] = sum[r][1] = _mm512_setzero_si512 ();
  for (k = 0; k < SOURCES; k += 2) {
    const guint8 *at = sources + k * SYMBOL;
    __m512i x[2], y[2];

#pragma GCC unroll 2
    for (j = 0; j < 2; j++) {
      x[j] = _mm512_load_si512 (at + 64 * j);
      y[j] = _mm512_load_si512 (at + SYMBOL + 64 * j);
    }
#pragma GCC unroll 10
    for (r = 0; r < OUTPUTS; r++) {
      __m512i p = _mm512_set1_epi64 ((gint64) matrix->affine[k][r]);
      __m512i q = _mm512_set1_epi64 ((gint64) matrix->affine[k + 1][r]);

#pragma GCC unroll 2
      for (j = 0; j < 2; j++)
        sum[r][j] = _mm512_ternarylogic_epi64 (sum[r][j],
            _mm512_gf2p8affine_epi64_epi8 (x[j], p, 0),
            _mm512_gf2p8affine_epi64_epi8 (y[j], q, 0), XOR3);
    }
  }
  for (r = 0; r < OUTPUTS; r++) {
    _mm512_store_si512 (out + r * SYMBOL, sum[r][0]);
    _mm512_store_si512 (out + r * SYMBOL + 64, sum[r][1]);
  }
}

__attribute__ ((TARGET_512, noinline)) static void
matrix_gfni (const Matrix *matrix, const guint8 *sources, guint8 *out)
{
  guint i;

  for (i = 0; i < SYMBOL; i += 128)
    matrix_part_gfni (matrix, sources + i, out + i);
}

#endif

/* ---- Choosing -------------------------------------------------------------- */

static GatherFunc
choose_gather (const gchar **name)
{
#ifdef WITH_X86
  if (__builtin_cpu_supports ("avx512f") &&
      __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("gfni")) {
    *name = "AVX-512";
    return gather_avx512;
  }
  if (__builtin_cpu_supports ("avx2")) {
    *name = "AVX2";
    return gather_avx2;
  }
#endif
  *name = "plain C";
  return gather_plain;
}

static MatrixFunc
choose_matrix (const gchar **name)
{
#ifdef WITH_X86
  if (__builtin_cpu_supports ("avx512f") &&
      __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("gfni")) {
    *name = "GFNI, AVX-512";
    return matrix_gfni;
  }
  if (__builtin_cpu_supports ("avx2")) {
    *name = "AVX2, by nibbles";
    return matrix_avx2;
  }
#endif
  *name = "plain C, by table";
  return matrix_plain;
}

/* ---- Measuring ------------------------------------------------------------- */

static guint8
multiply (guint8 a, guint8 b)
{
  guint x = a, product = 0;

  for (; b != 0; b >>= 1) {
    if (b & 1)
      product ^= x;
    x = x & 0x80 ? (x << 1) ^ 0x11d : x << 1;
  }
  return (guint8) product;
}

/* Byte 7 - i of it has the bits of x that bit i of factor * x is the sum of. */
static guint64
make_affine (guint8 factor)
{
  guint64 rows = 0;
  guint i, j;

  for (j = 0; j < 8; j++) {
    guint8 column = multiply (factor, (guint8) (1u << j));

    for (i = 0; i < 8; i++)
      rows |= (guint64) (column >> i & 1) << (8 * (7 - i) + j);
  }
  return rows;
}

static void
fill_matrix (Matrix *matrix)
{
  guint k, r, x;

  for (k = 0; k < 256; k++) {
    for (x = 0; x < 256; x++)
      matrix->product[k][x] = multiply ((guint8) k, (guint8) x);
  }
  for (k = 0; k < SOURCES; k++) {
    for (r = 0; r < OUTPUTS; r++) {
      guint8 factor = (guint8) (1 + (k * OUTPUTS + r) % 255);

      matrix->factor[k][r] = factor;
      matrix->affine[k][r] = make_affine (factor);
      for (x = 0; x < 16; x++) {
        matrix->nibbles[k][r][x] = multiply (factor, (guint8) x);
        matrix->nibbles[k][r][16 + x] = multiply (factor, (guint8) (x << 4));
      }
    }
  }
}

/* At a huge page, so that addresses cost as little as they can. */
static guint8 *
take_memory (gsize bytes)
{
  void *memory = NULL;
  gsize i;

  if (posix_memalign (&memory, 2u << 20, bytes) != 0)
    g_error ("out of memory");
  for (i = 0; i < bytes; i++)
    ((guint8 *) memory)[i] = (guint8) (i * 167 + (i >> 8) * 91);
  return memory;
}

/* One figure: calls of one kernel, or of the other. */
typedef struct
{
  GatherFunc gather;
  MatrixFunc matrix_func;
  const Matrix *matrix;
  const guint8 *sources;
  guint8 *out;
  gsize bytes; /* of a sum */
} Job;

static gdouble
time_calls (const Job *job, guint n)
{
  gdouble seconds = codec_now ();
  guint i;

  for (i = 0; i < n; i++) {
    if (job->gather != NULL)
      job->gather (job->out, job->sources, job->bytes);
    else
      job->matrix_func (job->matrix, job->sources, job->out);
  }
  return codec_now () - seconds;
}

/* Calls a second in the best of ROUNDS, because it is a ceiling. */
static gdouble
measure (const Job *job, gdouble least)
{
  gdouble seconds = G_MAXDOUBLE;
  guint n = 1;
  guint i;

  while (time_calls (job, n) < least)
    n *= 2;
  for (i = 0; i < ROUNDS; i++)
    seconds = MIN (seconds, time_calls (job, n));
  return n / seconds;
}

static gdouble
measure_gather (GatherFunc gather, gsize bytes, gdouble least)
{
  guint8 *sources = take_memory (bytes);
  guint8 *out = take_memory (bytes / GATHER);
  guint8 *right = g_malloc (bytes / GATHER);
  Job job = {
    .gather = gather, .sources = sources, .out = out, .bytes = bytes / GATHER
  };
  gdouble rate = measure (&job, least);

  gather_plain (right, sources, bytes / GATHER);
  if (memcmp (out, right, bytes / GATHER) != 0)
    g_error ("the kernel for gather-XOR is wrong");
  free (sources);
  free (out);
  g_free (right);
  return rate * (gdouble) bytes * 1e-9;
}

static gdouble
measure_matrix (MatrixFunc func, gdouble least)
{
  Matrix *matrix = g_new (Matrix, 1);
  guint8 *sources = take_memory (SOURCES * SYMBOL);
  guint8 *out = take_memory (OUTPUTS * SYMBOL);
  guint8 *right = g_malloc (OUTPUTS * SYMBOL);
  Job job = {
    .matrix_func = func, .matrix = matrix, .sources = sources, .out = out
  };
  gdouble rate;

  fill_matrix (matrix);
  rate = measure (&job, least);
  matrix_plain (matrix, sources, right);
  if (memcmp (out, right, OUTPUTS * SYMBOL) != 0)
    g_error ("the kernel for matrices is wrong");
  free (sources);
  free (out);
  g_free (right);
  g_free (matrix);
  return rate * OUTPUTS * SOURCES * SYMBOL * 1e-9;
}

void
codec_limits_measure (CodecLimits *limits, gdouble least)
{
  GatherFunc gather = choose_gather (&limits->gather_kernel);
  MatrixFunc matrix = choose_matrix (&limits->matrix_kernel);
  guint i;

  g_print ("limits of this core: gather-XOR of %u (%s)", GATHER,
      limits->gather_kernel);
  for (i = 0; i < CODEC_N_LEVELS; i++) {
    limits->gather_xor[i] = measure_gather (gather, level_bytes[i], least);
    g_print ("%s %.3g GB/s in %s", i > 0 ? "," : "", limits->gather_xor[i],
        level_names[i]);
  }
  limits->matrix = measure_matrix (matrix, least);
  g_print ("; matrix (%s) %.3g GB/s multiplied and added\n",
      limits->matrix_kernel, limits->matrix);
}
