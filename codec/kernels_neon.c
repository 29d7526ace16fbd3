/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels_neon.c: kernels for 64-bit ARM, all of which have NEON. Knows
 * kernels.h only.
 */
#include "kernels.h"

#include <arm_neon.h>

/* Sixteen of the 32 registers hold sums. */
#define SET_UNITS 4
#define SET_PRODUCTS 13.5
#define SET_PLAN 475.0
#define SET_NAME "neon"
#define SET_SYMBOL rq_kernels_neon

typedef uint8x16_t Vec;
#define VEC_SIZE 16u

/* The low and the high nibbles of octets. */
typedef struct
{
  uint8x16_t low;
  uint8x16_t high;
} Operand;

/* Products of all low and all high nibbles. */
typedef struct
{
  uint8x16_t low;
  uint8x16_t high;
} Factor;

/* Sixteen sums, eight halves of operands and a factor. */
#define PRODUCT_ROWS 4
#define PRODUCT_VECS 4
#define PRODUCT_INPUTS 1

#define vec_load(from) vld1q_u8 (from)
#define vec_store(to, v) vst1q_u8 (to, v)
#define vec_zero() vdupq_n_u8 (0)
#define vec_xor(a, b) veorq_u8 (a, b)
#define vec_xor3(a, b, c) vec_xor (vec_xor (a, b), c)

/* Doubled, and reduced by 0x11d where the highest bit was set. */
static inline Vec
vec_alpha (Vec v)
{
  Vec carry = vcltzq_s8 (vreinterpretq_s8_u8 (v));

  return vec_xor (vshlq_n_u8 (v, 1), vandq_u8 (carry, vdupq_n_u8 (0x1d)));
}

static inline Vec
vec_bits (uint64_t bits, unsigned i)
{
  const Vec masks = vreinterpretq_u8_u64 (vdupq_n_u64 (0x8040201008040201u));
  Vec spread = vcombine_u8 (vdup_n_u8 ((uint8_t) (bits >> (16 * i))),
      vdup_n_u8 ((uint8_t) (bits >> (16 * i + 8))));

  return vandq_u8 (vtstq_u8 (spread, masks), vdupq_n_u8 (1));
}

static inline Factor
factor_of (uint8_t c)
{
  Factor factor;

  factor.low = vld1q_u8 (rq_nibbles[c]);
  factor.high = vld1q_u8 (rq_nibbles[c] + 16);
  return factor;
}

static inline Operand
operand_of (Vec v)
{
  Operand x;

  x.low = vandq_u8 (v, vdupq_n_u8 (15));
  x.high = vshrq_n_u8 (v, 4);
  return x;
}

static inline Vec
operand_times (Operand x, Factor f)
{
  return vec_xor (vqtbl1q_u8 (f.low, x.low), vqtbl1q_u8 (f.high, x.high));
}

#include "kernels-loops.h"
