/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels.c: chooses the kernels, once for the process. Knows gf256 and the
 * sets of kernels.
 */
#include "kernels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gf256.h"

uint8_t rq_nibbles[256][32];

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const RqKernels *chosen;
static const RqKernels *available[8];
static size_t n_available;

static void
fill_nibbles (void)
{
  for (unsigned c = 0; c < 256; c++) {
    for (unsigned x = 0; x < 16; x++) {
      rq_nibbles[c][x] = rq_gf_mul ((uint8_t) c, (uint8_t) x);
      rq_nibbles[c][16 + x] = rq_gf_mul ((uint8_t) c, (uint8_t) (x << 4));
    }
  }
}

/* Slowest first, so that the last one is the choice. */
static void
choose (void)
{
  const char *forced = getenv ("RQ_KERNELS");

  fill_nibbles ();
  available[n_available++] = &rq_kernels_scalar;
#ifdef RQ_HAVE_AVX2
  if (__builtin_cpu_supports ("avx2"))
    available[n_available++] = &rq_kernels_avx2;
#endif
  chosen = available[n_available - 1];
  for (size_t i = 0; forced != NULL && i < n_available; i++) {
    if (strcmp (forced, available[i]->name) == 0)
      chosen = available[i];
  }
}

const RqKernels *
rq_kernels (void)
{
  pthread_once (&once, choose);
  return chosen;
}

size_t
rq_kernels_list (const RqKernels *list[8])
{
  pthread_once (&once, choose);
  memcpy (list, available, sizeof available);
  return n_available;
}
