/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels.c: chooses the kernels of the process. Knows gf256 and the sets of
 * kernels.
 */
#include "kernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gf256.h"
#include "raptorq.h"

uint8_t rq_nibbles[256][32];
uint64_t rq_bit_matrices[256];

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const RqKernels *available[RQ_KERNEL_SETS];
static size_t n_available;
static _Atomic (const RqKernels *) chosen;

/* Row i of the matrix, in byte 7 - i, tells which bits of x give bit i. */
static uint64_t
bit_matrix (uint8_t c)
{
  uint64_t matrix = 0;

  for (unsigned i = 0; i < 8; i++) {
    for (unsigned j = 0; j < 8; j++) {
      uint64_t bit = rq_gf_mul (c, (uint8_t) (1u << j)) >> i & 1;

      matrix |= bit << (8 * (7 - i) + j);
    }
  }
  return matrix;
}

static void
fill_tables (void)
{
  for (unsigned c = 0; c < 256; c++) {
    for (unsigned x = 0; x < 16; x++) {
      rq_nibbles[c][x] = rq_gf_mul ((uint8_t) c, (uint8_t) x);
      rq_nibbles[c][16 + x] = rq_gf_mul ((uint8_t) c, (uint8_t) (x << 4));
    }
    rq_bit_matrices[c] = bit_matrix ((uint8_t) c);
  }
}

static const RqKernels *
find (const char *name)
{
  for (size_t i = 0; name != NULL && i < n_available; i++) {
    if (strcmp (name, available[i]->name) == 0)
      return available[i];
  }
  return NULL;
}

/* Slowest first, so that the last one is the choice. */
static void
choose (void)
{
  const RqKernels *forced;

  fill_tables ();
  available[n_available++] = &rq_kernels_scalar;
#ifdef RQ_HAVE_SSSE3
  if (__builtin_cpu_supports ("ssse3"))
    available[n_available++] = &rq_kernels_ssse3;
#endif
#ifdef RQ_HAVE_AVX2
  if (__builtin_cpu_supports ("avx2"))
    available[n_available++] = &rq_kernels_avx2;
#endif
#ifdef RQ_HAVE_AVX2GFNI
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("gfni"))
    available[n_available++] = &rq_kernels_avx2gfni;
#endif
#ifdef RQ_HAVE_AVX512
  if (__builtin_cpu_supports ("avx512f") &&
      __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("gfni"))
    available[n_available++] = &rq_kernels_avx512;
#endif
#ifdef RQ_HAVE_NEON
  available[n_available++] = &rq_kernels_neon;
#endif
  forced = find (getenv ("RQ_KERNELS"));
  atomic_store (&chosen, forced != NULL ? forced : available[n_available - 1]);
}

const RqKernels *
rq_kernels (void)
{
  pthread_once (&once, choose);
  return atomic_load_explicit (&chosen, memory_order_acquire);
}

size_t
rq_kernels_list (const RqKernels *list[RQ_KERNEL_SETS])
{
  pthread_once (&once, choose);
  memcpy (list, available, sizeof available);
  return n_available;
}

const char *
rq_kernels_name (void)
{
  return rq_kernels ()->name;
}

RqStatus
rq_kernels_force (const char *name)
{
  const RqKernels *kernels;

  pthread_once (&once, choose);
  kernels = name != NULL ? find (name) : available[n_available - 1];
  if (kernels == NULL)
    return RQ_ERR_ARGUMENT;
  atomic_store (&chosen, kernels);
  return RQ_OK;
}
