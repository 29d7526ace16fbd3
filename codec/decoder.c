/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoder.c: rebuilds one source block (RFC 6330 section 5.4). Knows cache,
 * planner, program, wanted and esiset.
 */
#include "raptorq.h"

#include <string.h>

#include "alloc.h"
#include "cache.h"
#include "esiset.h"
#include "planner.h"
#include "wanted.h"

/* Repair symbols used beyond those needed at the first try: enough that it
   hardly ever fails, few enough to cost nothing. */
#define OVERHEAD 4u

typedef struct
{
  uint32_t esi;
  const uint8_t *symbol;
} Repair;

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

  Repair *repair;
  uint32_t n_repair;
  uint32_t repair_capacity;
  RqEsiSet repair_esis;
  uint32_t deficiency; /* still to be added after a failed try */

  RqWantedList wanted;
  RqArena result;
  RqArena scratch;
};

RqDecoder *
rq_decoder_new (RqCache *cache, uint32_t k, uint32_t t, RqStatus *status)
{
  RqDecoder *decoder = rq_calloc (1, sizeof *decoder);
  RqStatus result = RQ_ERR_MEMORY;

  if (decoder != NULL) {
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
  rq_free (decoder->symbols);
  rq_free (decoder->has);
  rq_free (decoder->repair);
  rq_esi_set_clear (&decoder->repair_esis);
  rq_wanted_clear (&decoder->wanted);
  rq_arena_clear (&decoder->result);
  rq_arena_clear (&decoder->scratch);
  rq_free (decoder);
}

static bool
make_room_for_block (RqDecoder *decoder, uint32_t k)
{
  uint8_t **symbols;
  uint8_t *has;

  if (k <= decoder->capacity)
    return true;
  symbols = rq_realloc_array (decoder->symbols, k, sizeof *symbols);
  if (symbols == NULL)
    return false;
  decoder->symbols = symbols;
  has = rq_realloc_array (decoder->has, k, 1);
  if (has == NULL)
    return false;
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
  k_prime = rq_params_k_prime (k);
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

uint32_t
rq_decoder_needed (const RqDecoder *decoder)
{
  uint32_t needed;

  if (decoder == NULL || decoder->missing == 0)
    return 0;
  needed = decoder->missing > decoder->n_repair
      ? decoder->missing - decoder->n_repair
      : 0;
  return needed > decoder->deficiency ? needed : decoder->deficiency;
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

static bool
add_repair (RqDecoder *decoder, uint32_t esi, const uint8_t *symbol)
{
  if (decoder->n_repair == decoder->repair_capacity) {
    uint32_t capacity =
        decoder->repair_capacity > 0 ? 2 * decoder->repair_capacity : 32;
    Repair *repair =
        rq_realloc_array (decoder->repair, capacity, sizeof *repair);

    if (repair == NULL)
      return false;
    decoder->repair = repair;
    decoder->repair_capacity = capacity;
  }
  if (!rq_esi_set_prepare (&decoder->repair_esis))
    return false;
  rq_esi_set_add (&decoder->repair_esis, esi);
  decoder->repair[decoder->n_repair++] = (Repair){ esi, symbol };
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
    is_new = !rq_esi_set_has (&decoder->repair_esis, esi);
    if (is_new && !add_repair (decoder, esi, symbol))
      return RQ_ERR_MEMORY;
  }
  if (is_new && decoder->deficiency > 0)
    decoder->deficiency--;
  return rq_decoder_needed (decoder) == 0 ? RQ_OK : RQ_NEED_MORE;
}

/* ---- Decoding ------------------------------------------------------------- */

/* The symbols used for a try, and their program. */
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
    attempt->inputs[n++] = i < decoder->k ? decoder->symbols[i] : NULL;
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

/* Recovers the missing symbols; @to has room for their places. */
static RqStatus
recover (RqDecoder *decoder, const Try *attempt, uint8_t **to)
{
  RqStatus status;
  uint32_t n = 0;

  if (!rq_wanted_prepare (&decoder->wanted, decoder->missing))
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < decoder->k; i++) {
    if (!decoder->has[i]) {
      rq_wanted_add (&decoder->wanted, &attempt->program, i);
      to[n++] = decoder->symbols[i];
    }
  }
  decoder->wanted.wanted.to = to;
  status = rq_program_run (&attempt->program, attempt->inputs, decoder->t,
      &decoder->wanted.wanted, NULL, 0, &decoder->scratch);
  if (status != RQ_OK)
    return status;
  memset (decoder->has, 1, decoder->k);
  decoder->missing = 0;
  return RQ_OK;
}

RqStatus
rq_decoder_decode (RqDecoder *decoder)
{
  RqStatus status = RQ_ERR_MEMORY;
  Try attempt;
  uint8_t **to;
  size_t most;

  if (decoder == NULL || !decoder->has_block)
    return RQ_ERR_ARGUMENT;
  if (decoder->missing == 0)
    return RQ_OK;
  if (rq_decoder_needed (decoder) > 0)
    return RQ_NEED_MORE;
  if (decoder->entry == NULL)
    decoder->entry = rq_cache_get (decoder->cache, decoder->k_prime, false);
  if (decoder->entry == NULL)
    return RQ_ERR_MEMORY;

  most = (size_t) decoder->k_prime + decoder->n_repair;
  attempt.isis = rq_realloc_array (NULL, most, sizeof *attempt.isis);
  attempt.inputs = rq_realloc_array (NULL, most, sizeof *attempt.inputs);
  to = rq_realloc_array (NULL, decoder->missing, sizeof *to);
  if (attempt.isis != NULL && attempt.inputs != NULL && to != NULL)
    status = plan (decoder, &attempt);
  if (status == RQ_OK)
    status = recover (decoder, &attempt, to);
  rq_free (attempt.isis);
  rq_free (attempt.inputs);
  rq_free (to);
  return status;
}
