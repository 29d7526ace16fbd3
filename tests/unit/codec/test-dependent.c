/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-dependent.c: a decoder whose repair symbols do not do, whichever engine it
 * takes, until one comes that does. Knows the codec's inner functions.
 */
#include "alloc.h"
#include "cache.h"
#include "check.h"
#include "selector.h"

#define CANARY 0xa5
#define T 1280u

/* More than the decoder takes at its first try. */
#define EXTRA 6u

/* A block of which symbols are missing; one of them, lost, has no part in the
   first missing + EXTRA repair symbols, but in the last. */
typedef struct
{
  RqCache *cache;
  uint32_t missing;
  uint32_t lost;
  CheckSymbols source;
  CheckSymbols repair;
  uint32_t *esis;
  uint32_t n_repair;
  CheckSymbols block;
  uint8_t *before;
  RqDecoder *decoder;
} Case;

/* The least number of missing symbols for which @engine is taken. */
static uint32_t
missing_for (RqEngine engine, RqCache *cache, uint32_t k)
{
  RqCacheEntry *entry = rq_cache_get (cache, rq_params_k_prime (k));
  RqSituation situation = { .kernels = rq_kernels (),
    .params = &rq_cache_entry_constraint (entry)->params,
    .t = T,
    .has_program = true,
    .has_generator = true };
  uint32_t n = 1;

  CHECK (rq_cache_make_generator (cache, entry) != NULL);
  while (n <= k && rq_select_decoding (&situation, n) != engine)
    n++;
  rq_cache_entry_unref (entry);
  CHECK (n <= k);
  return n;
}

/* The next ESI from @esi on in whose symbol the lost one has a part, or not. */
static uint32_t
find_esi (RqEncoder *parts, uint32_t esi, bool has_part)
{
  uint8_t part;
  uint8_t *out[] = { &part };

  for (;; esi++) {
    CHECK_EQUAL (rq_encoder_write (parts, esi, 1, out), RQ_OK);
    if ((part != 0) == has_part)
      return esi;
  }
}

static void
choose_repair (Case *c)
{
  CheckSymbols unit = check_symbols_new (c->source.n, 1);
  RqEncoder *encoder = check_encoder (c->cache, &c->source);
  RqEncoder *parts;
  uint32_t esi = c->source.n;

  unit.at[c->lost][0] = 1;
  parts = check_encoder (c->cache, &unit);
  for (uint32_t i = 0; i < c->n_repair; i++) {
    esi = find_esi (parts, esi, i == c->n_repair - 1);
    c->esis[i] = esi;
    CHECK_EQUAL (rq_encoder_write (encoder, esi++, 1, c->repair.at + i), RQ_OK);
  }
  rq_encoder_free (parts);
  rq_encoder_free (encoder);
  check_symbols_free (&unit);
}

static void
case_init (Case *c, RqCache *cache, uint32_t k, uint32_t missing)
{
  uint32_t left = missing;

  memset (c, 0, sizeof *c);
  c->cache = cache;
  c->missing = missing;
  c->n_repair = missing + EXTRA + 1;
  c->source = check_symbols_new (k, T);
  check_symbols_fill (&c->source);
  c->repair = check_symbols_new (c->n_repair, T);
  c->esis = calloc (c->n_repair, sizeof *c->esis);
  c->block = check_symbols_new (k, T);
  c->before = malloc ((size_t) k * T);
  CHECK (c->esis != NULL && c->before != NULL);
  memset (c->block.data, CANARY, (size_t) k * T + 1);
  c->decoder = check_decoder (cache, &c->block);
  for (uint32_t i = 0; i < k; i++) {
    if (check_random_below (k - i) < left) {
      c->lost = i;
      left--;
    } else {
      (void) rq_decoder_add (c->decoder, i, c->source.at[i]);
    }
  }
  CHECK_EQUAL (rq_decoder_missing (c->decoder), missing);
  memcpy (c->before, c->block.at[0], (size_t) k * T);
  choose_repair (c);
}

static void
case_clear (Case *c)
{
  rq_decoder_free (c->decoder);
  check_symbols_free (&c->source);
  check_symbols_free (&c->repair);
  check_symbols_free (&c->block);
  free (c->esis);
  free (c->before);
}

static void
check_unchanged (const Case *c)
{
  CHECK_EQUAL (rq_decoder_missing (c->decoder), c->missing);
  CHECK (memcmp (c->before, c->block.at[0], (size_t) c->source.n * T) == 0);
}

/* All but the last one are added. */
static void
add_useless (Case *c)
{
  for (uint32_t i = 0; i < c->n_repair - 1; i++) {
    (void) rq_decoder_add (c->decoder, c->esis[i], c->repair.at[i]);
    if (i + 1 < c->missing)
      continue;
    CHECK_EQUAL (rq_decoder_decode (c->decoder), RQ_NEED_MORE);
    CHECK (rq_decoder_needed (c->decoder) >= 1);
    check_unchanged (c);
  }
}

/* A block of @k symbols, so many missing that @engine is taken. */
static void
start (Case *c, RqEngine engine, uint32_t k)
{
  RqCache *cache = rq_cache_new (64u << 20);

  CHECK (cache != NULL);
  case_init (c, cache, k, missing_for (engine, cache, k));
  add_useless (c);
}

static void
check_mended (RqEngine engine, uint32_t k)
{
  Case c;
  uint32_t last;

  start (&c, engine, k);
  last = c.n_repair - 1;
  CHECK_EQUAL (
      rq_decoder_add (c.decoder, c.esis[last], c.repair.at[last]), RQ_OK);
  CHECK_EQUAL (rq_decoder_decode (c.decoder), RQ_OK);
  CHECK (check_same (&c.source, &c.block));
  case_clear (&c);
  rq_cache_free (c.cache);
}

/* The same, memory running out at each allocation once. */
static void
check_mended_without_memory (RqEngine engine, uint32_t k)
{
  unsigned failed = 0;
  uint32_t last;
  Case c;

  start (&c, engine, k);
  last = c.n_repair - 1;
  CHECK_EQUAL (
      rq_decoder_add (c.decoder, c.esis[last], c.repair.at[last]), RQ_OK);
  for (long n = 0;; n++) {
    RqStatus status;

    rq_test_fail_alloc_after (n);
    status = rq_decoder_decode (c.decoder);
    rq_test_fail_alloc_after (-1);
    if (status == RQ_OK)
      break;
    CHECK_EQUAL (status, RQ_ERR_MEMORY);
    CHECK_EQUAL (rq_decoder_needed (c.decoder), 0);
    check_unchanged (&c);
    failed++;
  }
  CHECK (failed > 0);
  CHECK (check_same (&c.source, &c.block));
  case_clear (&c);
  rq_cache_free (c.cache);
}

static void
one_more_symbol_mends_it (void)
{
  check_mended (RQ_ENGINE_DENSE, 10);
  check_mended (RQ_ENGINE_DENSE, 27);
  check_mended (RQ_ENGINE_ZEROS, 1000);
  check_mended (RQ_ENGINE_PROGRAM, 1000);
}

static void
running_out_of_memory_is_no_lack_of_symbols (void)
{
  check_mended_without_memory (RQ_ENGINE_DENSE, 10);
  check_mended_without_memory (RQ_ENGINE_ZEROS, 1000);
  check_mended_without_memory (RQ_ENGINE_PROGRAM, 1000);
}

int
main (void)
{
  RUN (one_more_symbol_mends_it);
  RUN (running_out_of_memory_is_no_lack_of_symbols);
  return 0;
}
