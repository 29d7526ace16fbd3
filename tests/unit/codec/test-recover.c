/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-recover.c: a few missing symbols come back by each engine alike. Knows
 * the codec's inner functions.
 */
#include "recover.h"

#include "alloc.h"
#include "cache.h"
#include "check.h"
#include "gf256.h"
#include "planner.h"
#include "wanted.h"

#define GUARD 64u
#define CANARY 0xa5
#define SPARE 4u

typedef enum
{
  DENSE,
  ZEROS,
  ZEROS_WITHOUT_GENERATOR,
  PLAN,
  ENGINES,
} Engine;

/* A block, its repair symbols of random ESIs, and places with guards between. */
typedef struct
{
  uint32_t k;
  uint32_t t;
  uint32_t missing;
  RqCacheEntry *entry;
  CheckSymbols source;
  CheckSymbols repair;
  RqRepair *received;
  uint8_t *has;
  uint8_t *memory;
  size_t stride;
  uint8_t **places;
  RqArena memory_arena;
  RqArena scratch_arena;
} Case;

static RqCache *cache;

static void
lose (Case *c)
{
  uint32_t left = c->missing;

  for (uint32_t i = 0; i < c->k; i++) {
    c->has[i] = check_random_below (c->k - i) >= left;
    left -= !c->has[i];
  }
}

/* Puts the symbols that are there into their places. */
static void
fill_places (Case *c)
{
  memset (c->memory, CANARY, c->k * c->stride + GUARD);
  for (uint32_t i = 0; i < c->k; i++) {
    if (c->has[i])
      memcpy (c->places[i], c->source.at[i], c->t);
  }
}

/* Different ESIs: a stretch, and random ones of 24 bits. */
static void
encode (Case *c, uint32_t n)
{
  RqEncoder *encoder = check_encoder (cache, &c->source);

  for (uint32_t i = 0; i < n; i++) {
    uint32_t esi =
        i % 2 == 0 ? c->k + i : 60000 + i * 20000 + check_random_below (20000);

    c->received[i] = (RqRepair){ esi, c->repair.at[i] };
    CHECK_EQUAL (rq_encoder_write (encoder, esi, 1, c->repair.at + i), RQ_OK);
  }
  rq_encoder_free (encoder);
}

static void
case_init (Case *c, uint32_t k, uint32_t t, uint32_t missing)
{
  memset (c, 0, sizeof *c);
  c->k = k;
  c->t = t;
  c->missing = missing;
  c->entry = rq_cache_get (cache, rq_params_k_prime (k));
  CHECK (c->entry != NULL);
  CHECK (rq_cache_make_program (cache, c->entry) != NULL);
  c->source = check_symbols_new (k, t);
  check_symbols_fill (&c->source);
  c->repair = check_symbols_new (missing + SPARE, t);
  c->received = calloc (missing + SPARE, sizeof *c->received);
  c->has = malloc (k);
  c->stride = t + GUARD + 3;
  c->memory = malloc (k * c->stride + GUARD);
  c->places = malloc (k * sizeof *c->places);
  CHECK (c->received && c->has && c->memory && c->places);
  for (uint32_t i = 0; i < k; i++)
    c->places[i] = c->memory + GUARD + i * c->stride;
  encode (c, missing + SPARE);
  lose (c);
}

static void
case_clear (Case *c)
{
  check_symbols_free (&c->source);
  check_symbols_free (&c->repair);
  free (c->received);
  free (c->has);
  free (c->memory);
  free (c->places);
  rq_arena_clear (&c->memory_arena);
  rq_arena_clear (&c->scratch_arena);
  rq_cache_entry_unref (c->entry);
}

/* By a plan of the symbols that are there, whatever would be the cheapest. */
static RqStatus
recover_by_plan (Case *c, uint32_t n_repair, uint32_t *deficiency)
{
  const RqConstraint *constraint = rq_cache_entry_constraint (c->entry);
  uint32_t k_prime = constraint->params.k_prime;
  uint32_t *isis = malloc ((k_prime + n_repair) * sizeof *isis);
  const uint8_t **inputs = malloc ((k_prime + n_repair) * sizeof *inputs);
  RqWantedList wanted = { 0 };
  RqProgram program;
  RqStatus status;
  uint32_t n = 0;

  CHECK (isis != NULL && inputs != NULL);
  for (uint32_t i = 0; i < k_prime; i++) {
    if (i < c->k && !c->has[i])
      continue;
    isis[n] = i;
    inputs[n++] = i < c->k ? c->places[i] : rq_zero_symbol;
  }
  for (uint32_t i = 0; i < n_repair; i++) {
    isis[n] = c->received[i].esi + k_prime - c->k;
    inputs[n++] = c->received[i].symbol;
  }
  rq_arena_reset (&c->memory_arena);
  status = rq_plan (&program, constraint, isis, n, &c->memory_arena,
      &c->scratch_arena, deficiency);
  if (status == RQ_OK && !rq_wanted_prepare (&wanted, c->missing))
    status = RQ_ERR_MEMORY;
  if (status == RQ_OK) {
    for (uint32_t i = 0; i < c->k; i++) {
      if (!c->has[i])
        rq_wanted_add (&wanted, &program, i, c->places[i]);
    }
    rq_wanted_finish (&wanted);
    status = rq_program_run (
        &program, inputs, n, c->t, &wanted.wanted, NULL, 0, &c->scratch_arena);
  }
  rq_wanted_clear (&wanted);
  free (isis);
  free (inputs);
  return status;
}

static RqStatus
recover (Case *c, Engine engine, uint32_t n_repair, uint32_t *deficiency)
{
  RqRecovery recovery = { .program = rq_cache_entry_program (c->entry),
    .k = c->k,
    .t = c->t,
    .symbols = c->places,
    .has = c->has,
    .missing = c->missing,
    .repair = c->received,
    .n_repair = n_repair,
    .memory = &c->memory_arena,
    .scratch = &c->scratch_arena };

  if (engine == PLAN)
    return recover_by_plan (c, n_repair, deficiency);
  if (engine != ZEROS_WITHOUT_GENERATOR)
    recovery.generator = rq_cache_make_generator (cache, c->entry);
  return engine == DENSE ? rq_recover_dense (&recovery, deficiency)
                         : rq_recover_zeros (&recovery, deficiency);
}

/* Everything is right, and nothing beside it was written. */
static void
check_whole (const Case *c)
{
  for (uint32_t i = 0; i < c->k; i++) {
    CHECK (memcmp (c->places[i], c->source.at[i], c->t) == 0);
    for (size_t g = 0; g < GUARD; g++)
      CHECK_EQUAL (c->places[i][c->t + g], CANARY);
  }
}

static void
check_untouched (const Case *c)
{
  for (uint32_t i = 0; i < c->k; i++) {
    for (uint32_t b = 0; !c->has[i] && b < c->t; b++)
      CHECK_EQUAL (c->places[i][b], CANARY);
  }
}

/* All engines, with as many repair symbols as are missing and with some more. */
static void
check_case (uint32_t k, uint32_t t, uint32_t missing, bool may_have_generator)
{
  Case c;

  case_init (&c, k, t, missing);
  for (Engine engine = DENSE; engine < ENGINES; engine++) {
    if (!may_have_generator && (engine == DENSE || engine == ZEROS))
      continue;
    for (uint32_t more = 0; more <= SPARE; more += SPARE) {
      uint32_t deficiency = 0;
      RqStatus status;

      fill_places (&c);
      status = recover (&c, engine, missing + more, &deficiency);
      if (status == RQ_NEED_MORE) {
        CHECK (more == 0 && deficiency > 0 && deficiency <= missing);
        check_untouched (&c);
      } else {
        CHECK_EQUAL (status, RQ_OK);
        check_whole (&c);
      }
    }
  }
  case_clear (&c);
}

static void
all_engines_recover_the_same (void)
{
  static const uint32_t ks[] = { 1, 2, 5, 9, 10, 11, 26, 27, 100, 101, 257, 500,
    1002 };
  static const uint32_t ts[] = { 1, 7, 63, 64, 65, 127, 200, 321, 1280 };

  for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++) {
    for (unsigned j = 0; j < sizeof ts / sizeof *ts; j++) {
      uint32_t k = ks[i];
      uint32_t most = k < 60 ? k : 60;

      if (k > 200 && j % 3 != i % 3)
        continue;
      check_case (k, ts[j], 1, true);
      check_case (k, ts[j], 1 + check_random_below (most), true);
      check_case (k, ts[j], most, true);
    }
  }
}

static void
large_blocks_need_no_generator (void)
{
  check_case (2400, 100, 150, false);
  check_case (5008, 33, 70, false);
  check_case (5000, 64, 280, false);
}

/* Where as many repair symbols as are missing do not do, all engines say so, and
   by how many; a plan may know of fewer. */
static void
engines_agree_on_what_is_missing (void)
{
  unsigned failed = 0;

  for (unsigned round = 0; round < 3000; round++) {
    uint32_t k = 3 + check_random_below (8);
    uint32_t missing = 1 + check_random_below (k);
    uint32_t deficiency[ENGINES] = { 0 };
    RqStatus status[ENGINES];
    Case c;

    case_init (&c, k, 3, missing);
    for (Engine engine = DENSE; engine < ENGINES; engine++) {
      fill_places (&c);
      status[engine] = recover (&c, engine, missing, &deficiency[engine]);
      CHECK_EQUAL (status[engine], status[0]);
      if (engine != PLAN)
        CHECK_EQUAL (deficiency[engine], deficiency[0]);
      else if (status[0] == RQ_NEED_MORE)
        CHECK (deficiency[PLAN] >= 1 && deficiency[PLAN] <= deficiency[0]);
    }
    failed += status[0] == RQ_NEED_MORE;
    case_clear (&c);
  }
  CHECK (failed > 5);
}

static void
generator_rows_are_what_the_encoder_makes (void)
{
  static const uint32_t ks[] = { 4, 10, 55, 101, 300 };

  for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++) {
    uint32_t k_prime = rq_params_k_prime (ks[i]);
    RqCacheEntry *entry = rq_cache_get (cache, k_prime);
    const RqGenerator *generator = rq_cache_make_generator (cache, entry);
    CheckSymbols source = check_symbols_new (k_prime, 1);
    RqEncoder *encoder;
    uint8_t *row;

    CHECK (generator != NULL);
    row = malloc (generator->stride);
    CHECK (row != NULL);
    check_symbols_fill (&source);
    encoder = check_encoder (cache, &source);
    for (unsigned round = 0; round < 50; round++) {
      uint32_t isi = round < 10 ? check_random_below (k_prime)
                                : check_random_below (RQ_ESI_MAX);
      uint8_t symbol;
      uint8_t *out[] = { &symbol };
      uint8_t sum = 0;

      rq_generator_row (generator, isi, row);
      for (uint32_t j = 0; j < k_prime; j++) {
        if (isi < k_prime)
          CHECK_EQUAL (row[j], j == isi);
        sum ^= rq_gf_mul (row[j], source.at[j][0]);
      }
      for (size_t j = k_prime; j < generator->stride; j++)
        CHECK_EQUAL (row[j], 0);
      CHECK_EQUAL (rq_encoder_write (encoder, isi, 1, out), RQ_OK);
      CHECK_EQUAL (sum, symbol);
    }
    rq_encoder_free (encoder);
    free (row);
    check_symbols_free (&source);
    rq_cache_entry_unref (entry);
  }
}

static void
running_out_of_memory_writes_nothing (void)
{
  for (Engine engine = DENSE; engine < ENGINES; engine++) {
    unsigned failed = 0;
    Case c;

    case_init (&c, 300, 500, 20);
    CHECK (rq_cache_make_generator (cache, c.entry) != NULL);
    for (long n = 0;; n++) {
      uint32_t deficiency;
      RqStatus status;

      rq_arena_clear (&c.memory_arena);
      rq_arena_clear (&c.scratch_arena);
      fill_places (&c);
      rq_test_fail_alloc_after (n);
      status = recover (&c, engine, 20 + SPARE, &deficiency);
      rq_test_fail_alloc_after (-1);
      if (status == RQ_OK)
        break;
      CHECK_EQUAL (status, RQ_ERR_MEMORY);
      check_untouched (&c);
      failed++;
    }
    check_whole (&c);
    CHECK (failed > 0);
    case_clear (&c);
  }
}

int
main (void)
{
  cache = rq_cache_new (64u << 20);
  CHECK (cache != NULL);
  RUN (all_engines_recover_the_same);
  RUN (large_blocks_need_no_generator);
  RUN (engines_agree_on_what_is_missing);
  RUN (generator_rows_are_what_the_encoder_makes);
  RUN (running_out_of_memory_writes_nothing);
  rq_cache_free (cache);
  return 0;
}
