/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tables.h: the tables of RFC 6330. Knows nothing else of the codec.
 */
#ifndef RQ_TABLES_H
#define RQ_TABLES_H

#include <stdint.h>

#define RQ_SYSTEMATIC_ROWS 477
#define RQ_DEGREES 31

/** One row of table 2 in section 5.6. */
typedef struct
{
  uint16_t k_prime;
  uint16_t j;
  uint16_t s;
  uint16_t h;
  uint16_t w;
} RqSystematicRow;

extern const RqSystematicRow rq_systematic[RQ_SYSTEMATIC_ROWS];

/** f[d] of table 1 in section 5.3.5.2. */
extern const uint32_t rq_degree[RQ_DEGREES];

/** V0 to V3 of section 5.5. */
extern const uint32_t rq_v0[256];
extern const uint32_t rq_v1[256];
extern const uint32_t rq_v2[256];
extern const uint32_t rq_v3[256];

/** OCT_EXP and OCT_LOG of section 5.7; OCT_LOG[0] is not defined, here 0. */
extern const uint8_t rq_oct_exp[510];
extern const uint8_t rq_oct_log[256];

#endif
