/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels_c.c: kernels for any machine, in C with the compilers' own vectors,
 * which become whatever registers there are. Knows kernels.h only.
 */
#include "kernels.h"

#include <string.h>

#define SET_UNITS 1
#define SET_PRODUCTS 2.5
#define SET_PLAN 380.0
#define SET_NAME "scalar"
#define SET_SYMBOL rq_kernels_scalar

/* Two words of eight octets. */
typedef uint64_t Vec __attribute__ ((vector_size (16)));
#define VEC_SIZE 16u

/* A vector times alpha^0 to alpha^7; made once for all rows. */
typedef struct
{
  Vec power[8];
} Operand;

typedef uint8_t Factor;

#define PRODUCT_ROWS 5
#define PRODUCT_VECS 2
#define PRODUCT_INPUTS 1

#define OCTETS 0x0101010101010101u

static inline Vec
vec_load (const uint8_t *from)
{
  Vec v;

  memcpy (&v, from, sizeof v);
  return v;
}

static inline void
vec_store (uint8_t *to, Vec v)
{
  memcpy (to, &v, sizeof v);
}

#define vec_zero() ((Vec){ 0 })
#define vec_xor(a, b) ((a) ^ (b))
#define vec_xor3(a, b, c) ((a) ^ (b) ^ (c))

/* Octets times alpha: shift, and reduce by 0x11d where a bit fell out. */
static inline Vec
vec_alpha (Vec v)
{
  Vec carry = v >> 7 & OCTETS;
  Vec fell_out = (carry << 8) - carry;

  return (v & 0x7f * OCTETS) << 1 ^ (fell_out & 0x1d * OCTETS);
}

/* Bits to octets, the first bit to the first octet in memory. */
static inline Vec
vec_bits (uint64_t bits, unsigned i)
{
  uint8_t octets[VEC_SIZE];

  for (unsigned b = 0; b < VEC_SIZE; b++)
    octets[b] = bits >> (VEC_SIZE * i + b) & 1;
  return vec_load (octets);
}

#define factor_of(c) (c)

static inline Operand
operand_of (Vec v)
{
  Operand x;

  for (unsigned b = 0; b < 8; b++, v = vec_alpha (v))
    x.power[b] = v;
  return x;
}

static inline Vec
operand_times (Operand x, Factor f)
{
  Vec product = vec_zero ();

  for (unsigned b = 0; b < 8; b++)
    product ^= x.power[b] & -(uint64_t) (f >> b & 1);
  return product;
}

#include "kernels-loops.h"
