/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-decoder.c: any sequence of symbols into a decoder. Knows raptorq.h.
 *
 * Input: K (2 bytes), T (1 byte), flags (1 byte), then orders: a byte of what is
 * to be done and what that needs. Flags:
 *
 *   1      the symbols' bytes are of the input, and only survival is checked;
 *          else they are genuine
 *   2, 4   kernels: with slower ones more symbols are missing when a plan is made
 *          instead of solving a dense system
 *   8, 16  what the cache holds: engines are chosen by that, too
 *   32     decode only when told to
 *
 * Nothing is kept from one input to the next, so that a crash can be repeated.
 */
#include "raptorq.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Bounds that keep a run short. */
#define K_MAX 400u
#define T_MAX 80u
#define SYMBOLS_MAX (2 * K_MAX)

/* In the places of symbols that are not there. */
#define UNTOUCHED 0xee

/* Orders from here on are no symbols; before these is what ESI one has. */
#define ORDER_ANY_ESI 192u
#define ORDER_MANY 232u
#define ORDER_AGAIN 240u
#define ORDER_DECODE 246u
#define ORDER_CLEAR 250u
#define ORDER_RESET 252u

typedef struct
{
  const uint8_t *at;
  const uint8_t *end;
} Input;

typedef struct
{
  uint32_t k_max; /* of all blocks of this input */
  uint32_t k;
  uint32_t t;
  bool forged;
  bool late;
  uint8_t *source; /* K symbols */
  uint8_t *block; /* where the decoder puts them */
  uint8_t *received; /* SYMBOLS_MAX symbols */
  uint32_t esis[SYMBOLS_MAX];
  unsigned first; /* of those received for this block */
  unsigned n_received;
  uint32_t last_esi;
  RqCache *cache; /* the decoder's */
  RqEncoder *encoder;
  RqDecoder *decoder;
} Run;

static void
must (bool condition)
{
  if (!condition)
    abort ();
}

static unsigned
next_byte (Input *input)
{
  return input->at < input->end ? *input->at++ : 0;
}

/* ESIs next to the last one, small ones, and any of 24 bits and beyond. */
static uint32_t
next_esi (Input *input, unsigned how, uint32_t last)
{
  if (how < 128)
    return last + 1 + (how >> 3) * (how & 1);
  if (how < ORDER_ANY_ESI)
    return next_byte (input) << 1 | (how & 1);
  return (how & 1) << 24 | next_byte (input) << 16 | next_byte (input) << 8 |
      next_byte (input);
}

static void
fill_symbol (const Run *run, Input *input, uint32_t esi, uint8_t *symbol)
{
  if (!run->forged && esi <= RQ_ESI_MAX) {
    must (rq_encoder_write (run->encoder, esi, 1, &symbol) == RQ_OK);
    return;
  }
  for (uint32_t i = 0; i < run->t; i++)
    symbol[i] = (uint8_t) next_byte (input);
}

/* What is there is right, and nothing else was written. */
static void
check_block (const Run *run)
{
  uint32_t missing = 0;

  for (uint32_t i = 0; i < run->k; i++) {
    const uint8_t *place = run->block + (size_t) i * run->t;

    if (!rq_decoder_has (run->decoder, i)) {
      missing++;
      for (uint32_t j = 0; j < run->t; j++)
        must (place[j] == UNTOUCHED);
    } else if (!run->forged) {
      must (memcmp (place, run->source + (size_t) i * run->t, run->t) == 0);
    }
  }
  must (rq_decoder_missing (run->decoder) == missing);
}

static void
start_block (Run *run, uint32_t k)
{
  uint8_t *places[K_MAX];

  run->k = k;
  run->first = run->n_received;
  run->last_esi = UINT32_MAX;
  memset (run->block, UNTOUCHED, (size_t) k * run->t);
  for (uint32_t i = 0; i < k; i++)
    places[i] = run->block + (size_t) i * run->t;
  must (rq_encoder_reset (run->encoder, k, run->t) == RQ_OK);
  must (rq_encoder_set_source_block (
            run->encoder, run->source, (size_t) k * run->t, run->t) == RQ_OK);
  must (rq_decoder_reset (run->decoder, k, run->t) == RQ_OK);
  must (rq_decoder_set_block (run->decoder, places) == RQ_OK);
}

/* May come at any time, also when symbols are missing. */
static void
decode (const Run *run)
{
  bool enough = rq_decoder_needed (run->decoder) == 0;
  RqStatus status = rq_decoder_decode (run->decoder);

  must (status == RQ_OK || status == RQ_NEED_MORE);
  must (enough || status == RQ_NEED_MORE);
  must ((status == RQ_OK) == (rq_decoder_missing (run->decoder) == 0));
  must ((status == RQ_OK) == (rq_decoder_needed (run->decoder) == 0));
}

static void
add (const Run *run, uint32_t esi, const uint8_t *symbol)
{
  RqStatus status = rq_decoder_add (run->decoder, esi, symbol);

  must ((status == RQ_ERR_ESI) == (esi > RQ_ESI_MAX));
  if (status == RQ_ERR_ESI)
    return;
  must ((status == RQ_OK) == (rq_decoder_needed (run->decoder) == 0));
  if (status == RQ_OK && !run->late)
    decode (run);
}

static void
add_new (Run *run, Input *input, unsigned how)
{
  uint32_t esi = next_esi (input, how, run->last_esi);
  uint8_t *symbol = run->received + (size_t) run->n_received * run->t;

  fill_symbol (run, input, esi, symbol);
  run->last_esi = esi;
  run->esis[run->n_received++] = esi;
  add (run, esi, symbol);
}

/* As many as one byte says, one after the other, so that short inputs have few
   missing symbols of large blocks. */
static void
add_many (Run *run, Input *input)
{
  for (unsigned n = next_byte (input); n > 0 && run->n_received < SYMBOLS_MAX &&
       rq_decoder_missing (run->decoder) > 0;
       n--)
    add_new (run, input, 0);
}

/* One that came before, which must change nothing. */
static void
add_again (const Run *run, Input *input)
{
  unsigned n = run->n_received - run->first;
  uint32_t missing = rq_decoder_missing (run->decoder);
  uint32_t needed = rq_decoder_needed (run->decoder);
  unsigned i;

  if (n == 0)
    return;
  i = run->first + next_byte (input) % n;
  if (run->esis[i] > RQ_ESI_MAX)
    return;
  add (run, run->esis[i], run->received + (size_t) i * run->t);
  must (rq_decoder_missing (run->decoder) == missing);
  must (rq_decoder_needed (run->decoder) == needed);
}

static void
reset (Run *run, Input *input)
{
  check_block (run);
  start_block (run, 1 + next_byte (input) * 2 % run->k_max);
}

static void
follow (Run *run, Input *input)
{
  while (run->n_received < SYMBOLS_MAX && input->at < input->end) {
    unsigned order = next_byte (input);

    if (order < ORDER_MANY)
      add_new (run, input, order);
    else if (order < ORDER_AGAIN)
      add_many (run, input);
    else if (order < ORDER_DECODE)
      add_again (run, input);
    else if (order < ORDER_CLEAR)
      decode (run);
    else if (order < ORDER_RESET)
      rq_cache_clear (run->cache);
    else
      reset (run, input);
    if (rq_decoder_missing (run->decoder) == 0)
      reset (run, input);
  }
  decode (run);
  check_block (run);
}

static void
choose_kernels (unsigned number)
{
  static const char *const names[] = { NULL, "scalar", "ssse3", "avx2" };

  /* What this machine lacks is not chosen. */
  if (rq_kernels_force (names[number]) != RQ_OK)
    (void) rq_kernels_force (NULL);
}

/* Puts into the decoder's cache: nothing (and it keeps nothing), nothing, the
   program, or the generator, too, where it ever pays. */
static void
fill_cache (const Run *run, unsigned what)
{
  uint8_t symbol[T_MAX];
  uint8_t *out[] = { symbol };
  RqEncoder *encoder = rq_encoder_new (run->cache, run->k_max, run->t, NULL);

  must (rq_encoder_set_source_block (encoder, run->source,
            (size_t) run->k_max * run->t, run->t) == RQ_OK);
  /* To be asked often lets a generator pay. */
  for (unsigned i = 0; what == 3 && i < 1000; i++)
    (void) rq_encoder_portion (encoder, 1);
  if (what >= 2)
    must (rq_encoder_write (encoder, run->k_max, 1, out) == RQ_OK);
  rq_encoder_free (encoder);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, data + size };
  RqCache *encoder_cache = rq_cache_new (4u << 20);
  unsigned flags;
  Run run = { 0 };

  run.k_max = 1 + (next_byte (&input) << 8 | next_byte (&input)) % K_MAX;
  run.t = 1 + next_byte (&input) % T_MAX;
  flags = next_byte (&input);
  run.forged = flags & 1;
  run.late = flags & 32;
  choose_kernels (flags >> 1 & 3);
  run.source = malloc ((size_t) run.k_max * run.t);
  run.block = malloc ((size_t) run.k_max * run.t);
  run.received = malloc ((size_t) SYMBOLS_MAX * run.t);
  for (size_t i = 0; i < (size_t) run.k_max * run.t; i++)
    run.source[i] = (uint8_t) ((i * i * 31 + i * 7 + 13) >> 3);
  run.cache = rq_cache_new ((flags >> 3 & 3) == 0 ? 0 : 4u << 20);
  fill_cache (&run, flags >> 3 & 3);
  run.encoder = rq_encoder_new (encoder_cache, run.k_max, run.t, NULL);
  run.decoder = rq_decoder_new (run.cache, run.k_max, run.t, NULL);
  start_block (&run, run.k_max);
  follow (&run, &input);
  rq_encoder_free (run.encoder);
  rq_decoder_free (run.decoder);
  rq_cache_free (run.cache);
  rq_cache_free (encoder_cache);
  free (run.source);
  free (run.block);
  free (run.received);
  return 0;
}
