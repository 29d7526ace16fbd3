/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-lcrq.c: liblcrq decodes what the codec encodes and the other way round,
 * with losses. Knows raptorq.h and lcrq-peer.h.
 */
#include "../unit/codec/check.h"
#include "lcrq-peer.h"

/* Sizes with and without padding (K' - K), up to a large one. */
static const struct
{
  uint32_t k;
  uint32_t t;
} sizes[] = { { 1, 16 }, { 4, 4 }, { 10, 64 }, { 11, 16 }, { 26, 1280 },
  { 53, 4 }, { 100, 1344 }, { 101, 64 }, { 250, 20 }, { 700, 64 } };

#define SIZES (sizeof sizes / sizeof *sizes)

/* Which symbols arrive: those of the source that are not lost, and as many
   repair symbols as are lost and @overhead more, from any place. */
static uint32_t
choose_esis (uint32_t k, uint32_t percent, uint32_t overhead, uint32_t *esis)
{
  uint32_t first = k + check_random_below (100000);
  uint32_t n = 0;

  for (uint32_t i = 0; i < k; i++) {
    if (check_random_below (100) >= percent)
      esis[n++] = i;
  }
  for (uint32_t i = 0; n < k + overhead; i++)
    esis[n++] = first + i;
  return n;
}

/* One block there and back; @ours says who encodes. */
static void
exchange (uint32_t k, uint32_t t, uint32_t percent, bool ours)
{
  CheckSymbols source = check_symbols_new (k, t);
  CheckSymbols block = check_symbols_new (k, t);
  CheckSymbols sent = check_symbols_new (k + 5, t);
  uint32_t *esis = malloc ((k + 5) * sizeof *esis);
  uint32_t n = choose_esis (k, percent, 5, esis);

  check_symbols_fill (&source);
  if (ours) {
    RqEncoder *encoder = check_encoder (NULL, &source);

    for (uint32_t i = 0; i < n; i++)
      CHECK_EQUAL (rq_encoder_write (encoder, esis[i], 1, sent.at + i), RQ_OK);
    rq_encoder_free (encoder);
    CHECK (lcrq_peer_decode (k, t, esis, n, sent.at[0], block.at[0]));
  } else {
    LcrqPeer *peer = lcrq_peer_new (source.at[0], k, t);
    RqDecoder *decoder = check_decoder (NULL, &block);

    CHECK (peer != NULL);
    for (uint32_t i = 0; i < n; i++) {
      lcrq_peer_symbol (peer, esis[i], sent.at[i]);
      CHECK (rq_decoder_add (decoder, esis[i], sent.at[i]) >= RQ_OK);
    }
    CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
    rq_decoder_free (decoder);
    lcrq_peer_free (peer);
  }
  CHECK (check_same (&source, &block));
  check_symbols_free (&source);
  check_symbols_free (&block);
  check_symbols_free (&sent);
  free (esis);
}

static void
exchange_all_sizes (bool ours)
{
  for (unsigned i = 0; i < SIZES; i++) {
    exchange (sizes[i].k, sizes[i].t, 10, ours);
    exchange (sizes[i].k, sizes[i].t, 50, ours);
    exchange (sizes[i].k, sizes[i].t, 100, ours);
  }
}

static void
liblcrq_decodes_what_is_encoded_here (void)
{
  exchange_all_sizes (true);
}

static void
what_liblcrq_encodes_is_decoded_here (void)
{
  exchange_all_sizes (false);
}

int
main (void)
{
  RUN (liblcrq_decodes_what_is_encoded_here);
  RUN (what_liblcrq_encodes_is_decoded_here);
  return 0;
}
