/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoder.c: rebuilds one source block (RFC 6330 section 5.4). Knows cache,
 * selector, recover, planner, program, wanted and esiset.
 */
#include "raptorq.h"

#include <stddef.h>
#include <string.h>

#include "alloc.h"
#include "cache.h"
#include "esiset.h"
#include "planner.h"
#include "recover.h"
#include "selector.h"
#include "wanted.h"

/* Repair symbols used beyond those needed at the first try: enough that it
   hardly ever fails, few enough to cost nothing. */
#define OVERHEAD 4u

/* Small blocks need no memory but that of the decoder itself: for them getting
   it would take longer than decoding. */
#define SMALL_K 32u
#define SMALL_REPAIR 8u
#define SMALL_MEMORY 2048u

struct _RqDecoder
{
  RqCache *cache;
  RqCacheEntry *entry; /* NULL until something is to be rebuilt */
  uint32_t k;
  uint32_t t;
  uint32_t k_prime;

  bool has_block;
  bool was_added;
  uint8_t **symbols; /* K places */
  uint8_t *has; /* K flags */
  uint32_t capacity; /* of both */
  uint32_t missing;

  RqRepair *repair;
  uint32_t n_repair;
  uint32_t repair_capacity;
  RqEsiSet repair_esis; /* of more than SMALL_REPAIR */
  uint32_t deficiency; /* still to be added after a failed try */

  RqWantedList wanted;
  RqArena result;
  RqArena scratch;

  /* From here on not zeroed at first. */
  uint8_t *small_symbols[SMALL_K];
  uint8_t small_has[SMALL_K];
  RqRepair small_repair[SMALL_REPAIR];
  uint8_t small_memory[SMALL_MEMORY];
};

RqDecoder *
rq_decoder_new (RqCache *cache, uint32_t k, uint32_t t, RqStatus *status)
{
  RqDecoder *decoder = rq_malloc (sizeof *decoder);
  RqStatus result = RQ_ERR_MEMORY;

  if (decoder != NULL) {
    memset (decoder, 0, offsetof (RqDecoder, small_symbols));
    decoder->symbols = decoder->small_symbols;
    decoder->has = decoder->small_has;
    decoder->capacity = SMALL_K;
    decoder->repair = decoder->small_repair;
    decoder->repair_capacity = SMALL_REPAIR;
    rq_arena_lend (&decoder->result, decoder->small_memory, SMALL_MEMORY);
    decoder->cache = rq_cache_ref (cache);
    result = rq_decoder_reset (decoder, k, t);
  }
  if (status != NULL)
    *status = result;
  if (result == RQ_OK)
    return decoder;
  rq_decoder_free (decoder);
  return NULL;
}

void
rq_decoder_free (RqDecoder *decoder)
{
  if (decoder == NULL)
    return;
  rq_cache_entry_unref (decoder->entry);
  rq_cache_unref (decoder->cache);
  if (decoder->symbols != decoder->small_symbols)
    rq_free (decoder->symbols);
  if (decoder->has != decoder->small_has)
    rq_free (decoder->has);
  if (decoder->repair != decoder->small_repair)
    rq_free (decoder->repair);
  rq_esi_set_clear (&decoder->repair_esis);
  rq_wanted_clear (&decoder->wanted);
  rq_arena_clear (&decoder->result);
  rq_arena_clear (&decoder->scratch);
  rq_free (decoder);
}

/* What is in the places is of no use any more. */
static bool
make_room_for_block (RqDecoder *decoder, uint32_t k)
{
  uint8_t **symbols;
  uint8_t *has;

  if (k <= decoder->capacity)
    return true;
  symbols = rq_realloc_array (NULL, k, sizeof *symbols);
  has = rq_realloc_array (NULL, k, 1);
  if (symbols == NULL || has == NULL) {
    rq_free (symbols);
    rq_free (has);
    return false;
  }
  if (decoder->symbols != decoder->small_symbols)
    rq_free (decoder->symbols);
  if (decoder->has != decoder->small_has)
    rq_free (decoder->has);
  decoder->symbols = symbols;
  decoder->has = has;
  decoder->capacity = k;
  return true;
}

RqStatus
rq_decoder_reset (RqDecoder *decoder, uint32_t k, uint32_t t)
{
  uint32_t k_prime;

  if (decoder == NULL)
    return RQ_ERR_ARGUMENT;
  if (k == 0 || k > RQ_K_MAX)
    return RQ_ERR_K;
  if (t == 0 || t > RQ_T_MAX)
    return RQ_ERR_T;
  if (!make_room_for_block (decoder, k))
    return RQ_ERR_MEMORY;
  k_prime = k == decoder->k ? decoder->k_prime : rq_params_k_prime (k);
  if (k_prime != decoder->k_prime) {
    rq_cache_entry_unref (decoder->entry);
    decoder->entry = NULL;
  }
  decoder->k = k;
  decoder->t = t;
  decoder->k_prime = k_prime;
  decoder->has_block = false;
  decoder->was_added = false;
  memset (decoder->has, 0, k);
  decoder->missing = k;
  decoder->n_repair = 0;
  decoder->deficiency = 0;
  rq_esi_set_reset (&decoder->repair_esis);
  return RQ_OK;
}

RqStatus
rq_decoder_set_block (RqDecoder *decoder, uint8_t *const *symbols)
{
  if (decoder == NULL || symbols == NULL || decoder->was_added)
    return RQ_ERR_ARGUMENT;
  for (uint32_t i = 0; i < decoder->k; i++) {
    if (symbols[i] == NULL)
      return RQ_ERR_ARGUMENT;
  }
  memcpy (decoder->symbols, symbols, decoder->k * sizeof *symbols);
  decoder->has_block = true;
  return RQ_OK;
}

/* ---- What is there -------------------------------------------------------- */

bool
rq_decoder_has (const RqDecoder *decoder, uint32_t esi)
{
  return decoder != NULL && esi < decoder->k && decoder->has[esi];
}

uint32_t
rq_decoder_missing (const RqDecoder *decoder)
{
  return decoder != NULL ? decoder->missing : 0;
}

static inline uint32_t
needed (const RqDecoder *decoder)
{
  uint32_t few = decoder->missing > decoder->n_repair
      ? decoder->missing - decoder->n_repair
      : 0;

  if (decoder->missing == 0)
    return 0;
  return few > decoder->deficiency ? few : decoder->deficiency;
}

uint32_t
rq_decoder_needed (const RqDecoder *decoder)
{
  return decoder != NULL ? needed (decoder) : 0;
}

/* ---- Adding --------------------------------------------------------------- */

static void
add_source (RqDecoder *decoder, uint32_t esi, const uint8_t *symbol)
{
  if (decoder->symbols[esi] != symbol)
    memmove (decoder->symbols[esi], symbol, decoder->t);
  decoder->has[esi] = 1;
  decoder->missing--;
}

/* A few repair symbols are looked through, more are found by the set. */
static bool
has_repair (const RqDecoder *decoder, uint32_t esi)
{
  if (decoder->n_repair > SMALL_REPAIR)
    return rq_esi_set_has (&decoder->repair_esis, esi);
  for (uint32_t i = 0; i < decoder->n_repair; i++) {
    if (decoder->repair[i].esi == esi)
      return true;
  }
  return false;
}

static bool
make_room_for_repair (RqDecoder *decoder)
{
  bool is_small = decoder->repair == decoder->small_repair;
  RqRepair *repair;

  if (decoder->n_repair < decoder->repair_capacity)
    return true;
  repair = rq_realloc_array (is_small ? NULL : decoder->repair,
      2 * (size_t) decoder->repair_capacity, sizeof *repair);
  if (repair == NULL)
    return false;
  if (is_small)
    memcpy (repair, decoder->small_repair, sizeof decoder->small_repair);
  decoder->repair = repair;
  decoder->repair_capacity *= 2;
  return true;
}

/* Adds to the set all that there are as soon as there are more than a few. */
static bool
add_to_set (RqDecoder *decoder, uint32_t esi)
{
  if (decoder->n_repair < SMALL_REPAIR)
    return true;
  while (decoder->repair_esis.n < decoder->n_repair) {
    if (!rq_esi_set_prepare (&decoder->repair_esis))
      return false;
    rq_esi_set_add (
        &decoder->repair_esis, decoder->repair[decoder->repair_esis.n].esi);
  }
  if (!rq_esi_set_prepare (&decoder->repair_esis))
    return false;
  rq_esi_set_add (&decoder->repair_esis, esi);
  return true;
}

static bool
add_repair (RqDecoder *decoder, uint32_t esi, const uint8_t *symbol)
{
  if (!make_room_for_repair (decoder) || !add_to_set (decoder, esi))
    return false;
  decoder->repair[decoder->n_repair++] = (RqRepair){ esi, symbol };
  return true;
}

RqStatus
rq_decoder_add (RqDecoder *decoder, uint32_t esi, const uint8_t *symbol)
{
  bool is_new;

  if (decoder == NULL || symbol == NULL || !decoder->has_block)
    return RQ_ERR_ARGUMENT;
  if (esi > RQ_ESI_MAX)
    return RQ_ERR_ESI;
  decoder->was_added = true;
  if (decoder->missing == 0)
    return RQ_OK;
  if (esi < decoder->k) {
    is_new = !decoder->has[esi];
    if (is_new)
      add_source (decoder, esi, symbol);
  } else {
    is_new = !has_repair (decoder, esi);
    if (is_new && !add_repair (decoder, esi, symbol))
      return RQ_ERR_MEMORY;
  }
  if (is_new && decoder->deficiency > 0)
    decoder->deficiency--;
  return needed (decoder) == 0 ? RQ_OK : RQ_NEED_MORE;
}

/* ---- Decoding ------------------------------------------------------------- */

static RqEngine
choose_engine (const RqDecoder *decoder)
{
  RqCacheEntry *entry = decoder->entry;
  RqSituation situation = { .kernels = rq_kernels (),
    .params = &rq_cache_entry_constraint (entry)->params,
    .t = decoder->t,
    .has_program = rq_cache_entry_program (entry) != NULL,
    .has_generator = rq_cache_entry_generator (entry) != NULL };

  if (!situation.has_generator)
    situation.asked = rq_cache_entry_ask (entry);
  return rq_select_decoding (&situation, decoder->missing);
}

/* Tries with the repair symbols that should do. RQ_NEED_MORE is the last word
   only when there are no others. */
static RqStatus
recover_few (RqDecoder *decoder, RqEngine engine)
{
  uint32_t n = decoder->missing + OVERHEAD;
  RqRecovery recovery = { .k = decoder->k,
    .t = decoder->t,
    .symbols = decoder->symbols,
    .has = decoder->has,
    .missing = decoder->missing,
    .repair = decoder->repair,
    .n_repair = n < decoder->n_repair ? n : decoder->n_repair,
    .memory = &decoder->result,
    .scratch = &decoder->scratch };

  recovery.program = rq_cache_make_program (decoder->cache, decoder->entry);
  if (recovery.program == NULL)
    return RQ_ERR_MEMORY;
  recovery.generator = engine == RQ_ENGINE_DENSE
      ? rq_cache_make_generator (decoder->cache, decoder->entry)
      : rq_cache_entry_generator (decoder->entry);
  if (engine == RQ_ENGINE_ZEROS)
    return rq_recover_zeros (&recovery, &decoder->deficiency);
  if (recovery.generator == NULL)
    return RQ_ERR_MEMORY;
  return rq_recover_dense (&recovery, &decoder->deficiency);
}

/* The symbols used for a plan, and what it came to. */
typedef struct
{
  uint32_t *isis;
  const uint8_t **inputs;
  uint32_t n;
  RqProgram program;
} Try;

/* Lists source symbols, padding and @n_repair repair symbols. */
static void
list_inputs (const RqDecoder *decoder, uint32_t n_repair, Try *attempt)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < decoder->k_prime; i++) {
    if (i < decoder->k && !decoder->has[i])
      continue;
    attempt->isis[n] = i;
    attempt->inputs[n++] =
        i < decoder->k ? decoder->symbols[i] : rq_zero_symbol;
  }
  for (uint32_t i = 0; i < n_repair; i++) {
    attempt->isis[n] = decoder->repair[i].esi + decoder->k_prime - decoder->k;
    attempt->inputs[n++] = decoder->repair[i].symbol;
  }
  attempt->n = n;
}

/* Plans with the repair symbols that should do, and else with all of them. */
static RqStatus
plan (RqDecoder *decoder, Try *attempt)
{
  const RqConstraint *constraint = rq_cache_entry_constraint (decoder->entry);
  uint32_t n_repair = decoder->missing + OVERHEAD;

  for (;;) {
    RqStatus status;
    uint32_t deficiency;

    if (n_repair > decoder->n_repair)
      n_repair = decoder->n_repair;
    list_inputs (decoder, n_repair, attempt);
    rq_arena_reset (&decoder->result);
    status = rq_plan (&attempt->program, constraint, attempt->isis, attempt->n,
        &decoder->result, &decoder->scratch, &deficiency);
    if (status != RQ_NEED_MORE)
      return status;
    if (n_repair == decoder->n_repair) {
      decoder->deficiency = deficiency;
      return RQ_NEED_MORE;
    }
    n_repair = decoder->n_repair;
  }
}

/* Writes the missing symbols. */
static RqStatus
run_plan (RqDecoder *decoder, const Try *attempt)
{
  if (!rq_wanted_prepare (&decoder->wanted, decoder->missing))
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < decoder->k; i++) {
    if (!decoder->has[i])
      rq_wanted_add (
          &decoder->wanted, &attempt->program, i, decoder->symbols[i]);
  }
  rq_wanted_finish (&decoder->wanted);
  return rq_program_run (&attempt->program, attempt->inputs, attempt->n,
      decoder->t, &decoder->wanted.wanted, NULL, 0, &decoder->scratch);
}

static RqStatus
recover_by_plan (RqDecoder *decoder)
{
  size_t most = (size_t) decoder->k_prime + decoder->n_repair;
  RqStatus status = RQ_ERR_MEMORY;
  Try attempt;

  attempt.isis = rq_realloc_array (NULL, most, sizeof *attempt.isis);
  attempt.inputs = rq_realloc_array (NULL, most, sizeof *attempt.inputs);
  if (attempt.isis != NULL && attempt.inputs != NULL)
    status = plan (decoder, &attempt);
  if (status == RQ_OK)
    status = run_plan (decoder, &attempt);
  rq_free (attempt.isis);
  rq_free (attempt.inputs);
  return status;
}

static RqStatus
recover (RqDecoder *decoder)
{
  RqEngine engine = choose_engine (decoder);
  RqStatus status = RQ_NEED_MORE;

  if (engine != RQ_ENGINE_PROGRAM) {
    status = recover_few (decoder, engine);
    if (status == RQ_NEED_MORE &&
        decoder->n_repair <= decoder->missing + OVERHEAD)
      return status;
    decoder->deficiency = 0; /* of some of them only */
  }
  return status == RQ_OK ? status : recover_by_plan (decoder);
}

RqStatus
rq_decoder_decode (RqDecoder *decoder)
{
  RqStatus status;

  if (decoder == NULL || !decoder->has_block)
    return RQ_ERR_ARGUMENT;
  if (decoder->missing == 0)
    return RQ_OK;
  if (needed (decoder) > 0)
    return RQ_NEED_MORE;
  if (decoder->entry == NULL)
    decoder->entry = rq_cache_get (decoder->cache, decoder->k_prime);
  if (decoder->entry == NULL)
    return RQ_ERR_MEMORY;
  status = recover (decoder);
  if (status != RQ_OK)
    return status;
  memset (decoder->has, 1, decoder->k);
  decoder->missing = 0;
  decoder->deficiency = 0;
  return RQ_OK;
}
