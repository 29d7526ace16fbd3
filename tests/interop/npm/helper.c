/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper.c: the codec's side of the exchange with the npm package raptorq.
 * Knows raptorq.h and params.h (for K').
 *
 * helper encode|decode F T LOSS: objects and packets go through standard input
 * and output. A packet is a payload ID (SBN:8 ESI:24) and a symbol. The package
 * numbers repair symbols from K', the RFC from K.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "params.h"
#include "raptorq.h"

typedef struct
{
  size_t size; /* of the object, F */
  uint32_t t;
  uint32_t k;
  uint32_t k_prime;
  unsigned loss; /* percent */
} Exchange;

static int
fail (const char *why)
{
  fprintf (stderr, "helper: %s\n", why);
  return 1;
}

static uint32_t
theirs_from_ours (const Exchange *x, uint32_t esi)
{
  return esi < x->k ? esi : esi + x->k_prime - x->k;
}

static uint32_t
ours_from_theirs (const Exchange *x, uint32_t esi)
{
  return esi < x->k ? esi : esi - (x->k_prime - x->k);
}

static void
write_packet (const Exchange *x, uint32_t esi, const uint8_t *symbol)
{
  uint32_t id = theirs_from_ours (x, esi);
  const uint8_t head[4] = { 0, (uint8_t) (id >> 16), (uint8_t) (id >> 8),
    (uint8_t) id };

  fwrite (head, sizeof head, 1, stdout);
  fwrite (symbol, x->t, 1, stdout);
}

/* Some source symbols, then repair symbols for those lost and some more. */
static int
encode (const Exchange *x)
{
  uint8_t *object = malloc (x->size);
  uint8_t *symbol = malloc (x->t);
  RqEncoder *encoder = rq_encoder_new (NULL, x->k, x->t, NULL);
  uint32_t repair = 8;

  if (fread (object, 1, x->size, stdin) != x->size)
    return fail ("the object is too short");
  if (rq_encoder_set_source_block (encoder, object, x->size, x->t) != RQ_OK)
    return fail ("the source was refused");
  for (uint32_t i = 0; i < x->k + repair; i++) {
    bool is_source = i < x->k;

    if (is_source && (unsigned) rand () % 100 < x->loss) {
      repair++;
      continue;
    }
    if (rq_encoder_write (encoder, i, 1, &symbol) != RQ_OK)
      return fail ("encoding failed");
    write_packet (x, i, symbol);
  }
  rq_encoder_free (encoder);
  free (object);
  free (symbol);
  return 0;
}

static int
decode (const Exchange *x)
{
  size_t most = (size_t) x->k * 4 + 64;
  uint8_t *block = calloc (x->k, x->t);
  uint8_t *packets = malloc (most * (x->t + 4));
  size_t n = fread (packets, x->t + 4, most, stdin);
  uint8_t **places = malloc (x->k * sizeof *places);
  RqDecoder *decoder = rq_decoder_new (NULL, x->k, x->t, NULL);
  RqStatus status = RQ_NEED_MORE;

  for (uint32_t i = 0; i < x->k; i++)
    places[i] = block + (size_t) i * x->t;
  rq_decoder_set_block (decoder, places);
  for (size_t i = 0; i < n; i++) {
    const uint8_t *p = packets + i * (x->t + 4);
    uint32_t id = (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];

    if (id >= x->k && id < x->k_prime)
      return fail ("a padding symbol was sent");
    rq_decoder_add (decoder, ours_from_theirs (x, id), p + 4);
  }
  status = rq_decoder_decode (decoder);
  if (status != RQ_OK)
    return fail (rq_status_message (status));
  fwrite (block, 1, x->size, stdout);
  rq_decoder_free (decoder);
  free (block);
  free (packets);
  free (places);
  return 0;
}

int
main (int argc, char **argv)
{
  Exchange x;
  RqParams params;

  if (argc != 5)
    return fail ("usage: helper encode|decode F T LOSS");
  x.size = strtoul (argv[2], NULL, 10);
  x.t = (uint32_t) strtoul (argv[3], NULL, 10);
  x.loss = (unsigned) strtoul (argv[4], NULL, 10);
  if (x.size == 0 || x.t == 0 || x.t > RQ_T_MAX)
    return fail ("F and T must be positive");
  x.k = (uint32_t) ((x.size + x.t - 1) / x.t);
  if (!rq_params_init (&params, x.k))
    return fail ("F is too large for one source block");
  x.k_prime = params.k_prime;
  return strcmp (argv[1], "encode") == 0 ? encode (&x) : decode (&x);
}
