/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-codec-plan.c: how long the planner takes. Knows the codec's inner
 * planner, cache and arena; a program of its own because liblcrq, which
 * bench-codec has beside the codec, defines some of the same names.
 *
 * bench-codec-plan K LOSS ROUNDS
 *   LOSS percent of the source symbols are replaced by repair symbols; with 0
 *   it is the plan for encoding. Prints microseconds: median, least, most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cache.h"
#include "planner.h"

/* Repair symbols beyond those needed: a plan that fails is another thing. */
#define OVERHEAD 2u
#define ROUNDS_MAX 1000u

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return 1e6 * (double) time.tv_sec + 1e-3 * (double) time.tv_nsec;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

static uint32_t
number (const char *text, uint32_t least, uint32_t most)
{
  char *end;
  unsigned long value = strtoul (text, &end, 10);

  if (*text == '\0' || *end != '\0' || value < least || value > most) {
    fprintf (stderr, "bench-codec-plan: %s: not from %u to %u\n", text,
        (unsigned) least, (unsigned) most);
    exit (2);
  }
  return (uint32_t) value;
}

/* Internal symbol IDs of a receiver's symbols, losses spread at random. */
static uint32_t
receive (const RqParams *params, uint32_t k, uint32_t loss, uint32_t *isis)
{
  uint32_t left = (uint32_t) ((uint64_t) k * loss / 100);
  uint32_t repair = left > 0 ? left + OVERHEAD : 0;
  uint32_t n = 0;

  for (uint32_t i = 0; i < params->k_prime; i++) {
    if (i < k && (uint32_t) rand () % (k - i) < left)
      left--;
    else
      isis[n++] = i;
  }
  for (uint32_t i = 0; i < repair; i++)
    isis[n++] = params->k_prime + i;
  return n;
}

static double
time_plan (const RqConstraint *constraint, const uint32_t *isis, uint32_t n)
{
  static RqArena result, scratch;
  RqProgram program;
  uint32_t deficiency;
  RqStatus status;
  double start;

  rq_arena_reset (&result);
  start = now ();
  status =
      rq_plan (&program, constraint, isis, n, &result, &scratch, &deficiency);
  start = now () - start;
  if (status != RQ_OK) {
    fprintf (stderr, "bench-codec-plan: %s\n", rq_status_message (status));
    exit (1);
  }
  return start;
}

int
main (int argc, char **argv)
{
  uint32_t k, loss, rounds;
  static double times[ROUNDS_MAX];
  RqCacheEntry *entry;
  RqParams params;
  uint32_t *isis;

  if (argc != 4) {
    fprintf (stderr, "usage: bench-codec-plan K LOSS ROUNDS\n");
    return 2;
  }
  k = number (argv[1], 1, RQ_K_MAX);
  loss = number (argv[2], 0, 100);
  rounds = number (argv[3], 1, ROUNDS_MAX);

  rq_params_init (&params, k);
  entry = rq_cache_get (NULL, params.k_prime);
  isis = malloc ((2 * params.k_prime + OVERHEAD) * sizeof *isis);
  if (entry == NULL || isis == NULL)
    return 1;
  for (uint32_t i = 0; i < rounds; i++) {
    uint32_t n = receive (&params, k, loss, isis);

    times[i] = time_plan (rq_cache_entry_constraint (entry), isis, n);
  }
  qsort (times, rounds, sizeof *times, compare);
  printf ("%.3f %.3f %.3f\n", times[rounds / 2], times[0], times[rounds - 1]);
  rq_cache_entry_unref (entry);
  free (isis);
  return 0;
}
