/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * params.c: the parameters that follow from K. Knows the tables only.
 */
#include "params.h"

#include "raptorq.h"
#include "tables.h"

/* Index of the first row whose K' is >= k; RQ_SYSTEMATIC_ROWS if none. */
static unsigned
first_row_at_least (uint64_t k)
{
  unsigned low = 0;
  unsigned high = RQ_SYSTEMATIC_ROWS;

  while (low < high) {
    unsigned middle = (low + high) / 2;

    if (rq_systematic[middle].k_prime < k)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool
is_prime (uint32_t n)
{
  for (uint32_t i = 2; i * i <= n; i++) {
    if (n % i == 0)
      return false;
  }
  return n > 1;
}

bool
rq_params_init (RqParams *params, uint32_t k)
{
  const RqSystematicRow *row;

  if (k == 0 || k > RQ_K_MAX)
    return false;
  row = &rq_systematic[first_row_at_least (k)];
  params->k_prime = row->k_prime;
  params->j = row->j;
  params->s = row->s;
  params->h = row->h;
  params->w = row->w;
  params->l = params->k_prime + params->s + params->h;
  params->p = params->l - params->w;
  params->p1 = params->p;
  while (!is_prime (params->p1))
    params->p1++;
  params->b = params->w - params->s;
  return true;
}

uint32_t
rq_params_k_prime (uint32_t k)
{
  return rq_systematic[first_row_at_least (k)].k_prime;
}

uint32_t
rq_params_largest_k_prime (uint64_t symbols)
{
  unsigned row = first_row_at_least (symbols);

  if (row < RQ_SYSTEMATIC_ROWS && rq_systematic[row].k_prime == symbols)
    return rq_systematic[row].k_prime;
  return row == 0 ? 0 : rq_systematic[row - 1].k_prime;
}
