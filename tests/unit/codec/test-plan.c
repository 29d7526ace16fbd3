/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-plan.c: plans and programs of all K', and of symbols that do not do.
 * Knows the codec's inner functions.
 */
#include <stdlib.h>

#include "cache.h"
#include "check.h"
#include "planner.h"
#include "tables.h"
#include "tuple.h"
#include "wanted.h"

/* Larger K' are taken one in eight: they differ less and cost more. */
#define ALL_BELOW 5000u

/* The intermediate symbols give the source symbols back, the padding too: so
   they fulfil the rows of all of them. */
static void
check_program (uint32_t k_prime)
{
  RqCache *cache = rq_cache_new (0);
  RqCacheEntry *entry = rq_cache_get (cache, k_prime);
  CheckSymbols source = check_symbols_new (k_prime, 1);
  CheckSymbols out = check_symbols_new (k_prime, 1);
  RqWantedList list = { 0 };
  RqArena scratch = { 0 };

  CHECK (entry != NULL && rq_cache_make_program (cache, entry) != NULL);
  check_symbols_fill (&source);
  CHECK (rq_wanted_prepare (&list, k_prime));
  for (uint32_t i = 0; i < k_prime; i++)
    rq_wanted_add (&list, rq_cache_entry_program (entry), i, out.at[i]);
  rq_wanted_finish (&list);
  CHECK_EQUAL (rq_program_run (rq_cache_entry_program (entry),
                   (const uint8_t *const *) source.at, k_prime, 1, &list.wanted,
                   NULL, 0, &scratch),
      RQ_OK);
  CHECK (check_same (&source, &out));
  rq_wanted_clear (&list);
  rq_arena_clear (&scratch);
  rq_cache_entry_unref (entry);
  rq_cache_free (cache);
  check_symbols_free (&source);
  check_symbols_free (&out);
}

static void
every_k_prime_has_a_systematic_program (void)
{
  for (unsigned i = 0; i < RQ_SYSTEMATIC_ROWS; i++) {
    if (rq_systematic[i].k_prime < ALL_BELOW || i % 8 == 0 ||
        i == RQ_SYSTEMATIC_ROWS - 1)
      check_program (rq_systematic[i].k_prime);
  }
}

/* One symbol after the other is left out: each time one is missing, and never
   is a deficiency told that is larger than what is missing. */
static void
too_few_symbols_are_told (void)
{
  RqCacheEntry *entry = rq_cache_get (NULL, 101);
  const RqConstraint *constraint = rq_cache_entry_constraint (entry);
  RqArena result = { 0 };
  RqArena scratch = { 0 };
  uint32_t isis[101];

  for (uint32_t i = 0; i < 101; i++)
    isis[i] = i < 50 ? i : 1000 + 3 * i;
  for (uint32_t n = 0; n < 101; n++) {
    RqProgram program;
    uint32_t deficiency = 0;

    CHECK_EQUAL (
        rq_plan (&program, constraint, isis, n, &result, &scratch, &deficiency),
        RQ_NEED_MORE);
    CHECK (deficiency >= 1 && deficiency <= 101 - n + 1);
  }
  rq_arena_clear (&result);
  rq_arena_clear (&scratch);
  rq_cache_entry_unref (entry);
}

/* Symbols of the highest degree only: no row to begin with, so that most
   columns become inactive. */
static void
symbols_of_high_degree_only_are_planned (void)
{
  enum
  {
    K_PRIME = 305,
    N = K_PRIME + 6
  };
  RqCacheEntry *entry = rq_cache_get (NULL, K_PRIME);
  const RqConstraint *constraint = rq_cache_entry_constraint (entry);
  RqArena result = { 0 };
  RqArena scratch = { 0 };
  RqProgram program;
  uint32_t isis[N];
  uint32_t deficiency;
  uint32_t n = 0;

  CHECK_EQUAL (constraint->params.k_prime, K_PRIME);
  for (uint32_t isi = K_PRIME; n < N; isi++) {
    if (rq_tuple (&constraint->params, isi).d == 30)
      isis[n++] = isi;
  }
  CHECK_EQUAL (
      rq_plan (&program, constraint, isis, N, &result, &scratch, &deficiency),
      RQ_OK);
  CHECK (program.rank > K_PRIME / 4);
  CHECK_EQUAL (
      program.pivots.n + program.rank + program.n_free, constraint->params.l);
  rq_arena_clear (&result);
  rq_arena_clear (&scratch);
  rq_cache_entry_unref (entry);
}

/* The same for so many that solving them would take seconds. */
static void
a_system_too_dense_is_not_solved (void)
{
  RqCacheEntry *entry = rq_cache_get (NULL, 5000);
  const RqConstraint *constraint = rq_cache_entry_constraint (entry);
  uint32_t wanted = constraint->params.k_prime + 6;
  uint32_t *isis = calloc (wanted, sizeof *isis);
  RqArena result = { 0 };
  RqArena scratch = { 0 };
  RqProgram program;
  uint32_t deficiency = 0;
  uint32_t n = 0;

  for (uint32_t isi = constraint->params.k_prime; n < wanted; isi++) {
    if (rq_tuple (&constraint->params, isi).d == 30)
      isis[n++] = isi;
  }
  CHECK_EQUAL (rq_plan (&program, constraint, isis, wanted, &result, &scratch,
                   &deficiency),
      RQ_NEED_MORE);
  CHECK_EQUAL (deficiency, 1);
  rq_arena_clear (&result);
  rq_arena_clear (&scratch);
  rq_cache_entry_unref (entry);
  free (isis);
}

int
main (void)
{
  RUN (every_k_prime_has_a_systematic_program);
  RUN (too_few_symbols_are_told);
  RUN (symbols_of_high_degree_only_are_planned);
  RUN (a_system_too_dense_is_not_solved);
  return 0;
}
