/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gf256.h: arithmetic on octets (RFC 6330 section 5.7.2). Knows the tables.
 */
#ifndef RQ_GF256_H
#define RQ_GF256_H

#include <stdint.h>

#include "tables.h"

static inline uint8_t
rq_gf_mul (uint8_t a, uint8_t b)
{
  return a != 0 && b != 0 ? rq_oct_exp[rq_oct_log[a] + rq_oct_log[b]] : 0;
}

/** 1 / @a; @a is not 0. */
static inline uint8_t
rq_gf_inverse (uint8_t a)
{
  return rq_oct_exp[255 - rq_oct_log[a]];
}

#endif
