/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels_avx2.c: kernels for x86 with AVX2. Knows kernels.h only; compiled
 * with -mavx2 and called only where the machine has it.
 */
#include "kernels.h"

#include "kernels-avx2.h"

#define SET_PRODUCTS 16.0
#define SET_PLAN 820.0
#define SET_NAME "avx2"
#define SET_SYMBOL rq_kernels_avx2

/* The low and the high nibbles of octets. */
typedef struct
{
  __m256i low;
  __m256i high;
} Operand;

/* Products of all low and all high nibbles. */
typedef struct
{
  __m256i low;
  __m256i high;
} Factor;

/* Ten sums, four halves of operands and a factor: a little more than there are
   registers, and faster than blocks that fit. */
#define PRODUCT_ROWS 5
#define PRODUCT_VECS 2
#define PRODUCT_INPUTS 1

/* Doubled, and reduced by 0x11d where negative. */
static inline Vec
vec_alpha (Vec v)
{
  Vec carry = _mm256_cmpgt_epi8 (vec_zero (), v);

  return vec_xor (_mm256_add_epi8 (v, v),
      _mm256_and_si256 (carry, _mm256_set1_epi8 (0x1d)));
}

static inline Factor
factor_of (uint8_t c)
{
  const __m128i *table = (const __m128i *) rq_nibbles[c];
  Factor factor;

  factor.low = _mm256_broadcastsi128_si256 (_mm_loadu_si128 (table));
  factor.high = _mm256_broadcastsi128_si256 (_mm_loadu_si128 (table + 1));
  return factor;
}

static inline Operand
operand_of (Vec v)
{
  const Vec low_bits = _mm256_set1_epi8 (15);
  Operand x;

  x.low = _mm256_and_si256 (v, low_bits);
  x.high = _mm256_and_si256 (_mm256_srli_epi64 (v, 4), low_bits);
  return x;
}

static inline Vec
operand_times (Operand x, Factor f)
{
  return vec_xor (
      _mm256_shuffle_epi8 (f.low, x.low), _mm256_shuffle_epi8 (f.high, x.high));
}

#include "kernels-loops.h"
