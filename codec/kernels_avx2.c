/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels_avx2.c: kernels for x86 with AVX2. Knows kernels.h only; compiled
 * with -mavx2 and called only where the machine has it.
 */
#include "kernels.h"

#include <immintrin.h>

#define VECTOR 32u
#define INLINE static inline __attribute__ ((always_inline))

INLINE __m256i
load (const uint8_t *from)
{
  return _mm256_loadu_si256 ((const __m256i *) from);
}

INLINE void
store (uint8_t *to, __m256i v)
{
  _mm256_storeu_si256 ((__m256i *) to, v);
}

/* Gathers @vectors * 32 bytes with all sums in registers. */
INLINE void
gather_vectors (uint8_t *dst, const uint8_t *init, const uint8_t *base,
    size_t stride, const uint16_t *list, size_t n, const unsigned vectors)
{
  __m256i sum[8];

  for (unsigned v = 0; v < vectors; v++)
    sum[v] = init != NULL ? load (init + v * VECTOR) : _mm256_setzero_si256 ();
  for (size_t i = 0; i < n; i++) {
    const uint8_t *from = base + list[i] * stride;

    for (unsigned v = 0; v < vectors; v++)
      sum[v] = _mm256_xor_si256 (sum[v], load (from + v * VECTOR));
  }
  for (unsigned v = 0; v < vectors; v++)
    store (dst + v * VECTOR, sum[v]);
}

static void
gather (uint8_t *dst, const uint8_t *init, const RqSlots *slots,
    const uint16_t *list, size_t n, size_t width)
{
  const uint8_t *base = slots->base;
  size_t stride = slots->stride;
  size_t at = 0;

  for (; at + 8 * VECTOR <= width; at += 8 * VECTOR)
    gather_vectors (dst + at, init != NULL ? init + at : NULL, base + at,
        stride, list, n, 8);
  for (; at + 4 * VECTOR <= width; at += 4 * VECTOR)
    gather_vectors (dst + at, init != NULL ? init + at : NULL, base + at,
        stride, list, n, 4);
  for (; at < width; at += 2 * VECTOR)
    gather_vectors (dst + at, init != NULL ? init + at : NULL, base + at,
        stride, list, n, 2);
}

INLINE void
multiply_vectors (uint8_t *dst, const uint8_t *base, size_t stride,
    const uint8_t *factors, size_t n, const unsigned vectors)
{
  const __m256i low_bits = _mm256_set1_epi8 (15);
  __m256i sum[4];

  for (unsigned v = 0; v < vectors; v++)
    sum[v] = load (dst + v * VECTOR);
  for (size_t i = 0; i < n; i++) {
    const __m128i *table = (const __m128i *) rq_nibbles[factors[i]];
    __m256i low = _mm256_broadcastsi128_si256 (_mm_loadu_si128 (table));
    __m256i high = _mm256_broadcastsi128_si256 (_mm_loadu_si128 (table + 1));

    for (unsigned v = 0; v < vectors; v++) {
      __m256i x = load (base + i * stride + v * VECTOR);
      __m256i y = _mm256_and_si256 (_mm256_srli_epi64 (x, 4), low_bits);

      x = _mm256_shuffle_epi8 (low, _mm256_and_si256 (x, low_bits));
      y = _mm256_shuffle_epi8 (high, y);
      sum[v] = _mm256_xor_si256 (sum[v], _mm256_xor_si256 (x, y));
    }
  }
  for (unsigned v = 0; v < vectors; v++)
    store (dst + v * VECTOR, sum[v]);
}

static void
multiply_add (uint8_t *dst, const RqSlots *slots, const uint8_t *factors,
    size_t n, size_t width)
{
  size_t at = 0;

  for (; at + 4 * VECTOR <= width; at += 4 * VECTOR)
    multiply_vectors (dst + at, slots->base + at, slots->stride, factors, n, 4);
  for (; at < width; at += 2 * VECTOR)
    multiply_vectors (dst + at, slots->base + at, slots->stride, factors, n, 2);
}

/* Octets times alpha: doubled, and reduced by 0x11d where negative. */
INLINE __m256i
times_alpha (__m256i x)
{
  __m256i carry = _mm256_cmpgt_epi8 (_mm256_setzero_si256 (), x);

  return _mm256_xor_si256 (_mm256_add_epi8 (x, x),
      _mm256_and_si256 (carry, _mm256_set1_epi8 (0x1d)));
}

INLINE void
horner_vectors (uint8_t *acc, uint8_t *sums, size_t sum_stride,
    const uint8_t *pairs, const uint8_t *base, size_t stride,
    const uint16_t *order, size_t n, const unsigned vectors)
{
  __m256i a[4];

  for (unsigned v = 0; v < vectors; v++)
    a[v] = load (acc + v * VECTOR);
  for (size_t i = 0; i < n; i++) {
    uint8_t *first = sums + pairs[2 * i] * sum_stride;
    uint8_t *second = sums + pairs[2 * i + 1] * sum_stride;

    for (unsigned v = 0; v < vectors; v++)
      a[v] = times_alpha (a[v]);
    if (order[i] != RQ_NO_SLOT) {
      const uint8_t *from = base + order[i] * stride;

      for (unsigned v = 0; v < vectors; v++)
        a[v] = _mm256_xor_si256 (a[v], load (from + v * VECTOR));
    }
    for (unsigned v = 0; v < vectors; v++) {
      uint8_t *x = first + v * VECTOR;
      uint8_t *y = second + v * VECTOR;

      store (x, _mm256_xor_si256 (a[v], load (x)));
      store (y, _mm256_xor_si256 (a[v], load (y)));
    }
  }
  for (unsigned v = 0; v < vectors; v++)
    store (acc + v * VECTOR, a[v]);
}

static void
horner (uint8_t *acc, const RqSlots *sums, const uint8_t *pairs,
    const RqSlots *slots, const uint16_t *order, size_t n, size_t width)
{
  size_t at = 0;

  for (; at + 4 * VECTOR <= width; at += 4 * VECTOR)
    horner_vectors (acc + at, sums->base + at, sums->stride, pairs,
        slots->base + at, slots->stride, order, n, 4);
  for (; at < width; at += 2 * VECTOR)
    horner_vectors (acc + at, sums->base + at, sums->stride, pairs,
        slots->base + at, slots->stride, order, n, 2);
}

const RqKernels rq_kernels_avx2 = {
  .name = "avx2",
  .gather = gather,
  .multiply_add = multiply_add,
  .horner = horner,
};
