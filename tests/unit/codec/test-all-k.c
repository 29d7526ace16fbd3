/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-all-k.c: blocks of every K' that the RFC's table has are encoded and
 * decoded. Knows raptorq.h and the table.
 *
 * test-all-k [--all]: without it only one in STRIDE of the K' above SMALL.
 */
#include "check.h"
#include "tables.h"

enum
{
  SMALL = 2000,
  STRIDE = 8,
  KINDS = 4,
  SPARE = 6, /* repair symbols beyond those lost */
};

static RqCache *cache;

/* How many of @k symbols are lost; kinds take turns from one K' to the next. */
static uint32_t
losses (unsigned kind, uint32_t k)
{
  uint32_t lost = 0;

  switch (kind) {
    case 0:
      lost = 1 + check_random_below (3);
      break;
    case 1:
      while (lost * lost < k)
        lost++;
      break;
    case 2:
      lost = (k + 4) / 5;
      break;
    default:
      lost = k;
      break;
  }
  return lost < k ? lost : k;
}

/* Flags for @n of @k symbols, any. */
static uint8_t *
choose (uint32_t n, uint32_t k)
{
  uint8_t *chosen = calloc (k, 1);

  CHECK (chosen != NULL);
  for (uint32_t i = 0; i < k; i++) {
    /* Each of the rest with the chance that leaves n in all. */
    chosen[i] = check_random_below (k - i) < n;
    n -= chosen[i];
  }
  return chosen;
}

static void
encode_lose_and_decode (uint32_t k, uint32_t t, uint32_t n_lost)
{
  CheckSymbols source = check_symbols_new (k, t);
  CheckSymbols block = check_symbols_new (k, t);
  CheckSymbols repair = check_symbols_new (n_lost + SPARE, t);
  uint32_t first = k + check_random_below (RQ_ESI_MAX - 2 * k - SPARE);
  uint8_t *lost = choose (n_lost, k);
  RqDecoder *decoder = check_decoder (cache, &block);
  RqEncoder *encoder;
  uint32_t added = 0;
  RqStatus status = RQ_NEED_MORE;

  check_symbols_fill (&source);
  encoder = check_encoder (cache, &source);
  CHECK_EQUAL (
      rq_encoder_write (encoder, first, n_lost + SPARE, repair.at), RQ_OK);
  for (uint32_t i = 0; i < k; i++) {
    if (!lost[i])
      rq_decoder_add (decoder, i, source.at[i]);
  }
  CHECK_EQUAL (rq_decoder_missing (decoder), n_lost);
  CHECK_EQUAL (rq_decoder_decode (decoder), RQ_NEED_MORE);
  while (status == RQ_NEED_MORE) {
    CHECK (added < n_lost + SPARE);
    status = rq_decoder_add (decoder, first + added, repair.at[added]);
    added++;
    if (status == RQ_OK)
      status = rq_decoder_decode (decoder);
  }
  CHECK_EQUAL (status, RQ_OK);
  CHECK (added >= n_lost);
  CHECK (check_same (&source, &block));
  rq_decoder_free (decoder);
  rq_encoder_free (encoder);
  free (lost);
  check_symbols_free (&source);
  check_symbols_free (&block);
  check_symbols_free (&repair);
}

/* K for the turn: K' mostly, or without padding but one, or all there can be. */
static uint32_t
choose_k (unsigned row, unsigned turn)
{
  uint32_t largest = rq_systematic[row].k_prime;
  uint32_t smallest = row > 0 ? rq_systematic[row - 1].k_prime + 1u : 1;

  if (turn % 4 == 1 && largest > smallest)
    return largest - 1;
  return turn % 4 == 3 ? smallest : largest;
}

static void
every_k_prime_is_decoded (bool all)
{
  unsigned done = 0;

  for (unsigned row = 0; row < RQ_SYSTEMATIC_ROWS; row++) {
    uint32_t k_prime = rq_systematic[row].k_prime;
    uint32_t k = choose_k (row, done / KINDS);

    /* The largest is always there. */
    if (!all && k_prime > SMALL && (RQ_SYSTEMATIC_ROWS - 1 - row) % STRIDE != 0)
      continue;
    encode_lose_and_decode (
        k, 4 + check_random_below (61), losses (done % KINDS, k));
    done++;
  }
  printf ("%u of %u K' done\n", done, RQ_SYSTEMATIC_ROWS);
  if (done < RQ_SYSTEMATIC_ROWS)
    printf ("%u left out: those above %u but for one in %u (--all does them)\n",
        RQ_SYSTEMATIC_ROWS - done, SMALL, STRIDE);
}

int
main (int argc, char **argv)
{
  bool all = argc > 1 && strcmp (argv[1], "--all") == 0;

  /* Every K' is met once only: kept plans would be of no use. */
  cache = rq_cache_new (0);
  CHECK (cache != NULL);
  every_k_prime_is_decoded (all);
  rq_cache_free (cache);
  return 0;
}
