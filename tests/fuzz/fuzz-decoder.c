/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-decoder.c: any sequence of symbols into a decoder. Knows raptorq.h.
 *
 * Input: K (2 bytes), T (1 byte), flags (1 byte), then for each symbol a byte
 * of how the ESI is given and the ESI. Symbols are genuine unless flag 1 is
 * set; then their bytes are of the input, and only survival is checked. Flags 2
 * and 4 choose kernels: with slower ones more symbols are missing when a plan is
 * made instead of solving a dense system.
 */
#include "raptorq.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Bounds that keep a run short. */
#define K_MAX 400u
#define T_MAX 80u
#define SYMBOLS_MAX (2 * K_MAX)

typedef struct
{
  const uint8_t *at;
  const uint8_t *end;
} Input;

typedef struct
{
  uint32_t k;
  uint32_t t;
  bool forged;
  uint8_t *source; /* K symbols */
  uint8_t *block; /* where the decoder puts them */
  uint8_t *received; /* SYMBOLS_MAX symbols */
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
next_esi (Input *input, uint32_t last)
{
  unsigned how = next_byte (input);

  if (how < 128)
    return last + 1 + (how >> 3) * (how & 1);
  if (how < 192)
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

static void
feed (const Run *run, Input *input)
{
  uint32_t esi = UINT32_MAX;

  for (unsigned i = 0; i < SYMBOLS_MAX && input->at < input->end; i++) {
    uint8_t *symbol = run->received + (size_t) i * run->t;
    RqStatus status;

    esi = next_esi (input, esi);
    fill_symbol (run, input, esi, symbol);
    status = rq_decoder_add (run->decoder, esi, symbol);
    must ((status == RQ_ERR_ESI) == (esi > RQ_ESI_MAX));
    if (status != RQ_OK)
      continue;
    status = rq_decoder_decode (run->decoder);
    must (status == RQ_OK || status == RQ_NEED_MORE);
    if (status == RQ_OK)
      break;
  }
  if (rq_decoder_missing (run->decoder) == 0 && !run->forged)
    must (memcmp (run->block, run->source, (size_t) run->k * run->t) == 0);
}

static void
choose_kernels (unsigned number)
{
  static const char *const names[] = { NULL, "scalar", "ssse3", "avx2" };

  /* What this machine lacks stays what it was. */
  (void) rq_kernels_force (names[number]);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, data + size };
  unsigned flags;
  Run run = { 0 };
  uint8_t *places[K_MAX];

  run.k = 1 + (next_byte (&input) << 8 | next_byte (&input)) % K_MAX;
  run.t = 1 + next_byte (&input) % T_MAX;
  flags = next_byte (&input);
  run.forged = flags & 1;
  choose_kernels (flags >> 1 & 3);
  run.source = malloc ((size_t) run.k * run.t);
  run.block = calloc (run.k, run.t);
  run.received = malloc ((size_t) SYMBOLS_MAX * run.t);
  for (size_t i = 0; i < (size_t) run.k * run.t; i++)
    run.source[i] = (uint8_t) ((i * i * 31 + i * 7 + 13) >> 3);
  for (uint32_t i = 0; i < run.k; i++)
    places[i] = run.block + (size_t) i * run.t;
  run.encoder = rq_encoder_new (NULL, run.k, run.t, NULL);
  run.decoder = rq_decoder_new (NULL, run.k, run.t, NULL);
  must (rq_encoder_set_source_block (
            run.encoder, run.source, (size_t) run.k * run.t, run.t) == RQ_OK);
  must (rq_decoder_set_block (run.decoder, places) == RQ_OK);
  feed (&run, &input);
  rq_encoder_free (run.encoder);
  rq_decoder_free (run.decoder);
  free (run.source);
  free (run.block);
  free (run.received);
  return 0;
}
