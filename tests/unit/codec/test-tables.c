/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-tables.c: parameters, tuples and octets of RFC 6330. Knows the codec's
 * inner functions.
 */
#include "check.h"
#include "gf256.h"
#include "params.h"
#include "tables.h"
#include "tuple.h"

static bool
is_prime (uint32_t n)
{
  for (uint32_t i = 2; i * i <= n; i++) {
    if (n % i == 0)
      return false;
  }
  return n > 1;
}

/* Section 5.6 and 5.3.3.3: S, W and P1 are prime, and the sums hold. */
static void
every_k_prime_has_consistent_parameters (void)
{
  uint32_t previous = 0;

  for (unsigned i = 0; i < RQ_SYSTEMATIC_ROWS; i++) {
    uint32_t k_prime = rq_systematic[i].k_prime;
    RqParams p;
    RqParams smallest;

    CHECK (k_prime > previous);
    CHECK (rq_params_init (&p, k_prime));
    CHECK (rq_params_init (&smallest, previous + 1));
    CHECK_EQUAL (smallest.k_prime, k_prime);
    CHECK_EQUAL (p.k_prime, k_prime);
    CHECK_EQUAL (p.l, p.k_prime + p.s + p.h);
    CHECK_EQUAL (p.l, p.w + p.p);
    CHECK_EQUAL (p.w, p.b + p.s);
    CHECK (is_prime (p.s) && is_prime (p.w) && is_prime (p.p1));
    CHECK (p.p1 >= p.p && p.p >= p.h);
    CHECK (p.l <= RQ_L_MAX && p.h <= RQ_H_MAX);
    CHECK_EQUAL (rq_params_largest_k_prime (k_prime), k_prime);
    CHECK_EQUAL (rq_params_largest_k_prime (k_prime - 1), previous);
    previous = k_prime;
  }
  CHECK_EQUAL (previous, RQ_K_MAX);
  CHECK_EQUAL (rq_params_largest_k_prime (UINT64_MAX), RQ_K_MAX);
}

static void
k_out_of_range_has_no_parameters (void)
{
  RqParams p;

  CHECK (!rq_params_init (&p, 0));
  CHECK (!rq_params_init (&p, RQ_K_MAX + 1));
  CHECK (rq_params_init (&p, 1));
  CHECK_EQUAL (p.k_prime, 10);
}

/* The sums of the tables, which show a single wrong digit. */
static void
tables_are_those_of_the_rfc (void)
{
  const uint32_t *v[] = { rq_v0, rq_v1, rq_v2, rq_v3 };
  uint32_t sum = 0;

  CHECK_EQUAL (rq_v0[0], 251291136);
  CHECK_EQUAL (rq_v1[0], 807385413);
  CHECK_EQUAL (rq_v2[0], 1629829892);
  CHECK_EQUAL (rq_v3[0], 1191369816);
  CHECK_EQUAL (rq_degree[1], 5243);
  CHECK_EQUAL (rq_degree[RQ_DEGREES - 1], 1u << 20);
  for (unsigned i = 0; i < 4; i++) {
    for (unsigned k = 0; k < 256; k++)
      sum = sum * 31 + v[i][k];
  }
  CHECK_EQUAL (sum, 2608972017u);
}

static void
tuples_are_within_their_ranges (void)
{
  for (unsigned i = 0; i < RQ_SYSTEMATIC_ROWS; i += 7) {
    RqParams p;

    rq_params_init (&p, rq_systematic[i].k_prime);
    for (unsigned n = 0; n < 200; n++) {
      uint32_t isi = n < 100 ? n : check_random_below (1u << 25);
      RqTuple tuple = rq_tuple (&p, isi);

      CHECK (tuple.d >= 1 && tuple.d <= 30 && tuple.d <= p.w - 2);
      CHECK (tuple.a >= 1 && tuple.a < p.w && tuple.b < p.w);
      CHECK (tuple.d1 == 2 || tuple.d1 == 3);
      CHECK (tuple.a1 >= 1 && tuple.a1 < p.p1 && tuple.b1 < p.p1);
    }
  }
}

static void
columns_are_different_and_lt_ones_come_first (void)
{
  for (unsigned i = 0; i < RQ_SYSTEMATIC_ROWS; i += 5) {
    RqParams p;

    rq_params_init (&p, rq_systematic[i].k_prime);
    for (unsigned n = 0; n < 200; n++) {
      uint16_t columns[RQ_TUPLE_COLUMNS_MAX];
      unsigned lt;
      unsigned count =
          rq_tuple_columns (&p, check_random_below (1u << 25), columns, &lt);

      CHECK (count <= RQ_TUPLE_COLUMNS_MAX && lt >= 1 && lt + 2 <= count);
      for (unsigned a = 0; a < count; a++) {
        CHECK (columns[a] < p.l);
        CHECK ((columns[a] < p.w) == (a < lt));
        for (unsigned b = 0; b < a; b++)
          CHECK (columns[a] != columns[b]);
      }
    }
  }
}

/* Multiplication as the RFC defines it: of polynomials modulo 0x11d. */
static uint8_t
multiply_slowly (unsigned a, unsigned b)
{
  unsigned product = 0;

  for (; b != 0; b >>= 1) {
    if (b & 1)
      product ^= a;
    a <<= 1;
    if (a & 0x100)
      a ^= 0x11d;
  }
  return (uint8_t) product;
}

static void
octets_multiply_as_polynomials (void)
{
  for (unsigned a = 0; a < 256; a++) {
    for (unsigned b = 0; b < 256; b++)
      CHECK_EQUAL (
          rq_gf_mul ((uint8_t) a, (uint8_t) b), multiply_slowly (a, b));
    if (a != 0)
      CHECK_EQUAL (rq_gf_mul ((uint8_t) a, rq_gf_inverse ((uint8_t) a)), 1);
  }
}

int
main (void)
{
  RUN (every_k_prime_has_consistent_parameters);
  RUN (k_out_of_range_has_no_parameters);
  RUN (tables_are_those_of_the_rfc);
  RUN (tuples_are_within_their_ranges);
  RUN (columns_are_different_and_lt_ones_come_first);
  RUN (octets_multiply_as_polynomials);
  return 0;
}
