/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * params.h: the parameters that follow from K (RFC 6330 sections 5.3.1 and
 * 5.3.3.3). Knows the tables only.
 */
#ifndef RQ_PARAMS_H
#define RQ_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

/** Largest L and H of any K'; slots fit into 16 bits. */
#define RQ_L_MAX 57326u
#define RQ_H_MAX 16u

typedef struct
{
  uint32_t k_prime; /**< source symbols with the padding */
  uint32_t j; /**< systematic index */
  uint32_t s; /**< LDPC symbols */
  uint32_t h; /**< HDPC symbols */
  uint32_t w; /**< LT symbols */
  uint32_t l; /**< intermediate symbols, K' + S + H */
  uint32_t p; /**< permanently inactive symbols, L - W */
  uint32_t p1; /**< smallest prime >= P */
  uint32_t b; /**< LT symbols that are no LDPC symbols */
} RqParams;

/** Fills @params for @k source symbols; false when @k is out of range. */
bool rq_params_init (RqParams *params, uint32_t k);

/** Smallest K' that is >= @k; @k must be in range. */
uint32_t rq_params_k_prime (uint32_t k);

/** Largest K' that is <= @symbols; 0 when there is none. */
uint32_t rq_params_largest_k_prime (uint64_t symbols);

#endif
