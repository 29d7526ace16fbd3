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

/* Different ESIs: a stretch, random ones of 24 bits, and the largest. */
static void
encode (Case *c, uint32_t n)
{
  RqEncoder *encoder = check_encoder (cache, &c->source);
  uint32_t room = (RQ_ESI_MAX - 60000) / n;

  for (uint32_t i = 0; i < n; i++) {
    uint32_t esi =
        i % 2 == 0 ? c->k + i : 60000 + i * room + check_random_below (room);

    if (i == 1)
      esi = RQ_ESI_MAX;

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

static bool
is_canary (const uint8_t *memory, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    if (memory[i] != CANARY)
      return false;
  }
  return true;
}

/* Nothing before, between and behind the places was written. */
static void
check_guards (const Case *c)
{
  CHECK (is_canary (c->memory, GUARD));
  for (uint32_t i = 0; i < c->k; i++)
    CHECK (is_canary (c->places[i] + c->t, c->stride - c->t));
}

static void
check_whole (const Case *c)
{
  check_guards (c);
  for (uint32_t i = 0; i < c->k; i++)
    CHECK (memcmp (c->places[i], c->source.at[i], c->t) == 0);
}

static void
check_untouched (const Case *c)
{
  check_guards (c);
  for (uint32_t i = 0; i < c->k; i++) {
    if (c->has[i])
      CHECK (memcmp (c->places[i], c->source.at[i], c->t) == 0);
    else
      CHECK (is_canary (c->places[i], c->t));
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

static uint32_t
square_root (uint32_t n)
{
  uint32_t root = 1;

  while (root * root < n)
    root++;
  return root;
}

/* One missing symbol, two, five, the square root, sixty, all: those of them that
   the block has. */
static void
check_counts (uint32_t k, uint32_t t, uint32_t most)
{
  const uint32_t counts[] = { 1, 2, 5, square_root (k), 60, most };
  uint32_t last = 0;

  for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
    if (counts[i] <= last || counts[i] > most)
      continue;
    last = counts[i];
    check_case (k, t, last, true);
  }
}

static void
small_blocks_come_back_by_all_engines (void)
{
  static const uint32_t ts[] = { 1, 2, 7, 31, 63, 64, 65, 127, 200, 511, 1280,
    1344 };

  for (uint32_t k = 1; k <= 12; k++) {
    for (unsigned j = 0; j < sizeof ts / sizeof *ts; j++)
      check_counts (k, ts[j], k);
    for (uint32_t t = 3; t < 140; t += 10)
      check_case (k, t, 1 + t % k, true);
  }
}

static void
blocks_come_back_by_all_engines (void)
{
  /* With padding and without: 26, 101, 257, 511 and 1002 are K'. */
  static const uint32_t ks[] = { 26, 27, 100, 101, 257, 511, 1001, 1002, 2000 };
  static const uint32_t ts[] = { 1, 7, 63, 64, 65, 127, 200, 1280, 1344 };

  for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++) {
    for (unsigned j = 0; j < sizeof ts / sizeof *ts; j++) {
      /* Larger blocks cost more: not with all sizes. */
      if ((ks[i] > 200 && j % 3 != i % 3) || (ks[i] > 1000 && j != i))
        continue;
      check_counts (ks[i], ts[j], ks[i] < 100 ? ks[i] : 90);
    }
  }
}

static void
large_blocks_need_no_generator (void)
{
  check_case (2400, 100, 150, false);
  check_case (5000, 1, 1, false);
  check_case (5000, 1344, 2, false);
  check_case (5008, 33, 71, false);
  check_case (5000, 64, 280, false);
}

/* ---- Symbols that are not independent --------------------------------------- */

#define SMALL_K 12u

/* What the encoder makes of unit vectors: the factors of the symbols received. */
static void
find_factors (const Case *c, uint8_t factors[][SMALL_K])
{
  CheckSymbols units = check_symbols_new (c->k, SMALL_K);
  RqEncoder *encoder;

  for (uint32_t i = 0; i < c->k; i++)
    units.at[i][i] = 1;
  encoder = check_encoder (cache, &units);
  for (uint32_t i = 0; i < c->missing + SPARE; i++) {
    uint8_t *row = factors[i];

    CHECK_EQUAL (
        rq_encoder_write (encoder, c->received[i].esi, 1, &row), RQ_OK);
  }
  rq_encoder_free (encoder);
  check_symbols_free (&units);
}

/* The rank of the first @n_repair rows in the columns of the missing symbols,
   found in the plainest way. */
static uint32_t
plain_rank (const Case *c, const uint8_t factors[][SMALL_K], uint32_t n_repair)
{
  uint8_t work[SMALL_K + SPARE][SMALL_K];
  uint8_t swapped[SMALL_K];
  uint32_t rank = 0;

  memcpy (work, factors, sizeof work);
  for (uint32_t column = 0; column < c->k; column++) {
    uint32_t r = rank;

    while (r < n_repair && (c->has[column] || work[r][column] == 0))
      r++;
    if (r >= n_repair)
      continue;
    memcpy (swapped, work[r], SMALL_K);
    memcpy (work[r], work[rank], SMALL_K);
    memcpy (work[rank], swapped, SMALL_K);
    for (r = rank + 1; r < n_repair; r++) {
      uint8_t factor =
          rq_gf_mul (work[r][column], rq_gf_inverse (work[rank][column]));

      for (uint32_t j = 0; j < c->k; j++)
        work[r][j] ^= rq_gf_mul (factor, work[rank][j]);
    }
    rank++;
  }
  return rank;
}

/* All engines say what the rank of these symbols says; a plan may know of fewer
   that are missing. */
static void
check_rank (Case *c, uint32_t n_repair, uint32_t rank)
{
  for (Engine engine = DENSE; engine < ENGINES; engine++) {
    uint32_t deficiency = 0;
    RqStatus status;

    fill_places (c);
    status = recover (c, engine, n_repair, &deficiency);
    if (rank == c->missing) {
      CHECK_EQUAL (status, RQ_OK);
      check_whole (c);
      continue;
    }
    CHECK_EQUAL (status, RQ_NEED_MORE);
    check_untouched (c);
    if (engine == PLAN)
      CHECK (deficiency >= 1 && deficiency <= c->missing - rank);
    else
      CHECK_EQUAL (deficiency, c->missing - rank);
  }
}

static void
engines_agree_on_what_is_missing (void)
{
  unsigned failed = 0;
  unsigned mended = 0;

  for (unsigned round = 0; round < 2000; round++) {
    uint32_t k = 1 + check_random_below (SMALL_K);
    uint32_t missing = 1 + check_random_below (k);
    uint8_t factors[SMALL_K + SPARE][SMALL_K] = { { 0 } };
    bool was_singular = false;
    Case c;

    case_init (&c, k, 3, missing);
    find_factors (&c, factors);
    for (uint32_t more = 0; more <= SPARE; more++) {
      uint32_t rank = plain_rank (&c, factors, missing + more);

      check_rank (&c, missing + more, rank);
      failed += rank < missing;
      mended += was_singular && rank == missing;
      was_singular = rank < missing;
    }
    case_clear (&c);
  }
  CHECK (failed > 3);
  CHECK (mended > 3);
}

/* Repair symbol @i becomes the next one from @esi on that has no part of the
   first two missing symbols; returns the ESI after it. */
static uint32_t
receive_useless (Case *c, uint32_t i, uint32_t esi)
{
  CheckSymbols parts = check_symbols_new (c->k, 2);
  RqEncoder *encoder;
  uint8_t factors[2];
  uint8_t *out[] = { factors };
  uint32_t n = 0;

  for (uint32_t j = 0; j < c->k && n < 2; j++) {
    if (!c->has[j]) {
      parts.at[j][n] = 1;
      n++;
    }
  }
  encoder = check_encoder (cache, &parts);
  do {
    CHECK (esi <= RQ_ESI_MAX);
    CHECK_EQUAL (rq_encoder_write (encoder, esi++, 1, out), RQ_OK);
  } while (factors[0] != 0 || factors[1] != 0);
  rq_encoder_free (encoder);
  check_symbols_free (&parts);

  encoder = check_encoder (cache, &c->source);
  c->received[i].esi = esi - 1;
  CHECK_EQUAL (rq_encoder_write (encoder, esi - 1, 1, c->repair.at + i), RQ_OK);
  rq_encoder_free (encoder);
  return esi;
}

static void
two_that_are_missing_are_counted (void)
{
  enum
  {
    MISSING = 3,
    USELESS = MISSING + 2
  };
  uint8_t factors[SMALL_K + SPARE][SMALL_K] = { { 0 } };
  uint32_t esi = 10;
  Case c;

  case_init (&c, 10, 7, MISSING);
  for (uint32_t i = 0; i < USELESS; i++)
    esi = receive_useless (&c, i, esi);
  find_factors (&c, factors);
  for (uint32_t n = MISSING; n <= MISSING + SPARE; n++) {
    uint32_t rank = plain_rank (&c, factors, n);

    CHECK_EQUAL (rank, n <= USELESS ? 1 : n - USELESS + 1);
    check_rank (&c, n, rank);
  }
  case_clear (&c);
}

/* An encoder that keeps intermediate symbols, and so uses no generator. */
static RqEncoder *
program_encoder (const CheckSymbols *source)
{
  RqEncoder *encoder = check_encoder (cache, source);
  CheckSymbols out = check_symbols_new (2000, (uint32_t) source->stride);

  for (unsigned i = 0; i < 2; i++)
    CHECK_EQUAL (rq_encoder_write (encoder, source->n, out.n, out.at), RQ_OK);
  CHECK_EQUAL (rq_encoder_portion (encoder, 2), 1);
  check_symbols_free (&out);
  return encoder;
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
    encoder = program_encoder (&source);
    for (unsigned round = 0; round < 50; round++) {
      uint32_t isi = round < 10 ? check_random_below (k_prime)
                                : check_random_below (RQ_ESI_MAX + 1);
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
  RUN (small_blocks_come_back_by_all_engines);
  RUN (blocks_come_back_by_all_engines);
  RUN (large_blocks_need_no_generator);
  RUN (engines_agree_on_what_is_missing);
  RUN (two_that_are_missing_are_counted);
  RUN (generator_rows_are_what_the_encoder_makes);
  RUN (running_out_of_memory_writes_nothing);
  rq_cache_free (cache);
  return 0;
}
