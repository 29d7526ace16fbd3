/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels_avx512.c: kernels for x86 with AVX-512 and GFNI. Knows kernels.h
 * only; compiled with -mavx512f -mavx512bw -mgfni and called only where the
 * machine has them.
 */
#include "kernels.h"

#include <immintrin.h>

#define SET_UNITS 8
#define SET_PRODUCTS 58.0
#define SET_PLAN 1100.0
#define SET_NAME "avx512"
#define SET_SYMBOL rq_kernels_avx512

typedef __m512i Vec;
typedef __m512i Factor;
typedef __m512i Operand;
#define VEC_SIZE 64u

/* Twenty sums, eight operands and two factors. */
#define PRODUCT_ROWS 5
#define PRODUCT_VECS 4
#define PRODUCT_INPUTS 2

#define vec_load(from) _mm512_loadu_si512 ((const void *) (from))
#define vec_store(to, v) _mm512_storeu_si512 ((void *) (to), v)
#define vec_zero() _mm512_setzero_si512 ()
#define vec_xor(a, b) _mm512_xor_si512 (a, b)
#define vec_xor3(a, b, c) _mm512_ternarylogic_epi64 (a, b, c, 0x96)
#define factor_of(c) _mm512_set1_epi64 ((long long) rq_bit_matrices[c])
#define operand_of(v) (v)
#define operand_times(x, f) _mm512_gf2p8affine_epi64_epi8 (x, f, 0)

#define vec_alpha(v)                                                           \
  operand_times (v, _mm512_set1_epi64 ((long long) RQ_ALPHA_MATRIX))
#define vec_bits(bits, i)                                                      \
  _mm512_maskz_mov_epi8 ((__mmask64) (bits), _mm512_set1_epi8 (1))

#include "kernels-loops.h"
