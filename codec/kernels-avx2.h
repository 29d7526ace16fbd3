/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels-avx2.h: the vectors of AVX2, without multiplication; included by the
 * sets of kernels that are made of them. Knows nothing.
 */
#include <immintrin.h>

typedef __m256i Vec;
#define VEC_SIZE 32u

#define SET_UNITS 4

#define vec_load(from) _mm256_loadu_si256 ((const __m256i *) (from))
#define vec_store(to, v) _mm256_storeu_si256 ((__m256i *) (to), v)
#define vec_zero() _mm256_setzero_si256 ()
#define vec_xor(a, b) _mm256_xor_si256 (a, b)
#define vec_xor3(a, b, c) vec_xor (vec_xor (a, b), c)

static inline Vec
vec_bits (uint64_t bits, unsigned i)
{
  const Vec bytes = _mm256_setr_epi64x (
      0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
  const Vec masks = _mm256_set1_epi64x ((long long) 0x8040201008040201u);
  Vec spread = _mm256_shuffle_epi8 (
      _mm256_set1_epi32 ((int) (uint32_t) (bits >> (32 * i))), bytes);
  Vec set = _mm256_cmpeq_epi8 (_mm256_and_si256 (spread, masks), masks);

  return _mm256_and_si256 (set, _mm256_set1_epi8 (1));
}
