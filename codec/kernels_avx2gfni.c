/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels_avx2gfni.c: kernels for x86 with AVX2 and GFNI but without AVX-512.
 * Knows kernels.h only; compiled with -mavx2 -mgfni and called only where the
 * machine has both.
 */
#include "kernels.h"

#include "kernels-avx2.h"

#define SET_PRODUCTS 33.0
#define SET_PLAN 840.0
#define SET_NAME "avx2gfni"
#define SET_SYMBOL rq_kernels_avx2gfni

typedef __m256i Factor;
typedef __m256i Operand;

/* Ten sums, two operands and a factor. */
#define PRODUCT_ROWS 5
#define PRODUCT_VECS 2
#define PRODUCT_INPUTS 1

#define factor_of(c) _mm256_set1_epi64x ((long long) rq_bit_matrices[c])
#define operand_of(v) (v)
#define operand_times(x, f) _mm256_gf2p8affine_epi64_epi8 (x, f, 0)

#define vec_alpha(v)                                                           \
  operand_times (v, _mm256_set1_epi64x ((long long) RQ_ALPHA_MATRIX))

#include "kernels-loops.h"
