/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels_ssse3.c: kernels for x86 with SSSE3. Knows kernels.h only; compiled
 * with -mssse3 and called only where the machine has it.
 */
#include "kernels.h"

#include <tmmintrin.h>

/* Eight of the sixteen registers hold sums. */
#define SET_UNITS 2
#define SET_PRODUCTS 13.5
#define SET_PLAN 475.0
#define SET_NAME "ssse3"
#define SET_SYMBOL rq_kernels_ssse3

typedef __m128i Vec;
#define VEC_SIZE 16u

/* The low and the high nibbles of octets. */
typedef struct
{
  __m128i low;
  __m128i high;
} Operand;

/* Products of all low and all high nibbles. */
typedef struct
{
  __m128i low;
  __m128i high;
} Factor;

/* Ten sums, four halves of operands and a factor: see kernels_avx2.c. */
#define PRODUCT_ROWS 5
#define PRODUCT_VECS 2
#define PRODUCT_INPUTS 1

#define vec_load(from) _mm_loadu_si128 ((const __m128i *) (from))
#define vec_store(to, v) _mm_storeu_si128 ((__m128i *) (to), v)
#define vec_zero() _mm_setzero_si128 ()
#define vec_xor(a, b) _mm_xor_si128 (a, b)
#define vec_xor3(a, b, c) vec_xor (vec_xor (a, b), c)

/* Doubled, and reduced by 0x11d where negative. */
static inline Vec
vec_alpha (Vec v)
{
  Vec carry = _mm_cmpgt_epi8 (vec_zero (), v);

  return vec_xor (
      _mm_add_epi8 (v, v), _mm_and_si128 (carry, _mm_set1_epi8 (0x1d)));
}

static inline Vec
vec_bits (uint64_t bits, unsigned i)
{
  const Vec bytes = _mm_set_epi64x (0x0101010101010101, 0);
  const Vec masks = _mm_set1_epi64x ((long long) 0x8040201008040201u);
  Vec spread = _mm_shuffle_epi8 (
      _mm_cvtsi32_si128 ((int) (uint16_t) (bits >> (16 * i))), bytes);
  Vec set = _mm_cmpeq_epi8 (_mm_and_si128 (spread, masks), masks);

  return _mm_and_si128 (set, _mm_set1_epi8 (1));
}

static inline Factor
factor_of (uint8_t c)
{
  const __m128i *table = (const __m128i *) rq_nibbles[c];
  Factor factor;

  factor.low = _mm_loadu_si128 (table);
  factor.high = _mm_loadu_si128 (table + 1);
  return factor;
}

static inline Operand
operand_of (Vec v)
{
  const Vec low_bits = _mm_set1_epi8 (15);
  Operand x;

  x.low = _mm_and_si128 (v, low_bits);
  x.high = _mm_and_si128 (_mm_srli_epi64 (v, 4), low_bits);
  return x;
}

static inline Vec
operand_times (Operand x, Factor f)
{
  return vec_xor (
      _mm_shuffle_epi8 (f.low, x.low), _mm_shuffle_epi8 (f.high, x.high));
}

#include "kernels-loops.h"
