/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-api.c: calls in every order, sizes out of range, reuse, and memory that
 * runs out. Knows raptorq.h and the failing allocations.
 */
#include "alloc.h"
#include "check.h"

enum
{
  K = 30,
  T = 50,
  REPAIR = 40,
};

static void
sizes_out_of_range_are_refused (void)
{
  const struct
  {
    uint32_t k;
    uint32_t t;
    RqStatus status;
  } wrong[] = {
    { 0, T, RQ_ERR_K },
    { RQ_K_MAX + 1, T, RQ_ERR_K },
    { UINT32_MAX, T, RQ_ERR_K },
    { K, 0, RQ_ERR_T },
    { K, RQ_T_MAX + 1, RQ_ERR_T },
  };
  RqEncoder *encoder = rq_encoder_new (NULL, K, T, NULL);
  RqDecoder *decoder = rq_decoder_new (NULL, K, T, NULL);

  for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    RqStatus status = RQ_OK;

    CHECK (rq_encoder_new (NULL, wrong[i].k, wrong[i].t, &status) == NULL);
    CHECK_EQUAL (status, wrong[i].status);
    CHECK (rq_decoder_new (NULL, wrong[i].k, wrong[i].t, &status) == NULL);
    CHECK_EQUAL (status, wrong[i].status);
    CHECK_EQUAL (
        rq_encoder_reset (encoder, wrong[i].k, wrong[i].t), wrong[i].status);
    CHECK_EQUAL (
        rq_decoder_reset (decoder, wrong[i].k, wrong[i].t), wrong[i].status);
  }
  CHECK_EQUAL (rq_encoder_reset (NULL, K, T), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_decoder_reset (NULL, K, T), RQ_ERR_ARGUMENT);
  rq_encoder_free (encoder);
  rq_decoder_free (decoder);
  rq_encoder_free (NULL);
  rq_decoder_free (NULL);
  rq_cache_free (NULL);
}

static void
a_short_last_symbol_is_filled_with_zeros (void)
{
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols a = check_symbols_new (REPAIR, T);
  CheckSymbols b = check_symbols_new (REPAIR, T);
  RqEncoder *encoder;
  uint8_t *exact = malloc (K * T - 20);

  check_symbols_fill (&source);
  memset (source.at[K - 1] + T - 20, 0, 20);
  memcpy (exact, source.at[0], K * T - 20);
  encoder = check_encoder (NULL, &source);
  CHECK_EQUAL (rq_encoder_write (encoder, K - 1, REPAIR, a.at), RQ_OK);
  CHECK_EQUAL (
      rq_encoder_set_source_block (encoder, exact, K * T - 20, T), RQ_OK);
  CHECK_EQUAL (rq_encoder_write (encoder, K - 1, REPAIR, b.at), RQ_OK);
  CHECK (check_same (&a, &b));
  rq_encoder_free (encoder);
  free (exact);
  check_symbols_free (&source);
  check_symbols_free (&a);
  check_symbols_free (&b);
}

/* In one call, in many (from the intermediate symbols kept then), and in more
   than one batch. */
static void
symbols_are_the_same_however_they_are_asked_for (void)
{
  enum
  {
    COUNT = 700
  };
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols once = check_symbols_new (COUNT, T);
  CheckSymbols singly = check_symbols_new (COUNT, T);
  CheckSymbols halves = check_symbols_new (COUNT, T);
  RqEncoder *encoder;

  check_symbols_fill (&source);
  encoder = check_encoder (NULL, &source);
  CHECK_EQUAL (rq_encoder_write (encoder, 10, COUNT, once.at), RQ_OK);
  CHECK (memcmp (once.at[0], source.at[10], T) == 0);
  CHECK_EQUAL (
      rq_encoder_set_source (encoder, (const uint8_t *const *) source.at),
      RQ_OK);
  for (uint32_t i = 0; i < COUNT; i++)
    CHECK_EQUAL (rq_encoder_write (encoder, 10 + i, 1, singly.at + i), RQ_OK);
  CHECK_EQUAL (
      rq_encoder_set_source (encoder, (const uint8_t *const *) source.at),
      RQ_OK);
  CHECK_EQUAL (rq_encoder_write (encoder, 10, 100, halves.at), RQ_OK);
  CHECK_EQUAL (
      rq_encoder_write (encoder, 110, COUNT - 100, halves.at + 100), RQ_OK);
  CHECK (check_same (&once, &singly));
  CHECK (check_same (&once, &halves));
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&once);
  check_symbols_free (&singly);
  check_symbols_free (&halves);
}

static void
duplicates_count_once (void)
{
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols block = check_symbols_new (K, T);
  CheckSymbols repair = check_symbols_new (REPAIR, T);
  RqEncoder *encoder;
  RqDecoder *decoder = check_decoder (NULL, &block);

  check_symbols_fill (&source);
  encoder = check_encoder (NULL, &source);
  rq_encoder_write (encoder, K, REPAIR, repair.at);
  for (unsigned i = 0; i < 5; i++) {
    CHECK_EQUAL (rq_decoder_add (decoder, 0, source.at[0]), RQ_NEED_MORE);
    CHECK_EQUAL (rq_decoder_add (decoder, K, repair.at[0]), RQ_NEED_MORE);
  }
  CHECK_EQUAL (rq_decoder_missing (decoder), K - 1);
  CHECK_EQUAL (rq_decoder_needed (decoder), K - 2);
  for (uint32_t i = 0; i < REPAIR; i++) {
    rq_decoder_add (decoder, K + i, repair.at[i]);
    rq_decoder_add (decoder, K + i, repair.at[i]);
  }
  CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
  CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
  CHECK_EQUAL (rq_decoder_add (decoder, K + 999, repair.at[0]), RQ_OK);
  CHECK_EQUAL (rq_decoder_needed (decoder), 0);
  CHECK (check_same (&source, &block));
  rq_decoder_free (decoder);
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&block);
  check_symbols_free (&repair);
}

static void
symbols_in_their_place_need_no_copy (void)
{
  CheckSymbols block = check_symbols_new (K, T);
  RqDecoder *decoder = check_decoder (NULL, &block);

  check_symbols_fill (&block);
  for (uint32_t i = 0; i < K; i++)
    CHECK_EQUAL (rq_decoder_add (decoder, i, block.at[i]),
        i + 1 < K ? RQ_NEED_MORE : RQ_OK);
  CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
  rq_decoder_free (decoder);
  check_symbols_free (&block);
}

/* All of a block's life; RQ_OK only if the block came back right. */
static RqStatus
encode_and_decode (
    RqEncoder *encoder, RqDecoder *decoder, uint32_t k, uint32_t t)
{
  CheckSymbols source = check_symbols_new (k, t);
  CheckSymbols block = check_symbols_new (k, t);
  CheckSymbols repair = check_symbols_new (k + 8, t);
  RqStatus status = rq_encoder_reset (encoder, k, t);

  check_symbols_fill (&source);
  if (status == RQ_OK)
    status = rq_decoder_reset (decoder, k, t);
  if (status == RQ_OK)
    status =
        rq_encoder_set_source_block (encoder, source.at[0], (size_t) k * t, t);
  if (status == RQ_OK)
    status = rq_encoder_write (encoder, k, k, repair.at);
  if (status == RQ_OK)
    status = rq_encoder_write (encoder, 2 * k, 8, repair.at + k);
  if (status == RQ_OK)
    status = rq_decoder_set_block (decoder, block.at);
  for (uint32_t i = 0; status >= RQ_OK && i < k; i += 2)
    status = rq_decoder_add (decoder, i, source.at[i]);
  for (uint32_t i = 0; status >= RQ_OK && i < k + 8; i++)
    status = rq_decoder_add (decoder, k + i, repair.at[i]);
  if (status >= RQ_OK)
    status = rq_decoder_decode (decoder);
  if (status == RQ_OK)
    CHECK (check_same (&source, &block));
  check_symbols_free (&source);
  check_symbols_free (&block);
  check_symbols_free (&repair);
  return status;
}

static void
encoders_and_decoders_are_used_again (void)
{
  RqEncoder *encoder = rq_encoder_new (NULL, 1, 1, NULL);
  RqDecoder *decoder = rq_decoder_new (NULL, 1, 1, NULL);

  for (unsigned round = 0; round < 60; round++)
    CHECK_EQUAL (
        encode_and_decode (encoder, decoder, 1 + check_random_below (300),
            1 + check_random_below (200)),
        RQ_OK);
  rq_encoder_free (encoder);
  rq_decoder_free (decoder);
}

/* Lets one allocation after the other fail: the error is told, the same objects
   go on working, and nothing leaks (the sanitizer tells). */
static void
running_out_of_memory_is_survived (void)
{
  unsigned failed = 0;

  for (long n = 0;; n++) {
    RqCache *cache;
    RqEncoder *encoder;
    RqDecoder *decoder;
    RqStatus status = RQ_ERR_MEMORY;
    bool did_fail;

    rq_test_fail_alloc_after (n);
    cache = rq_cache_new (1 << 20);
    encoder = cache != NULL ? rq_encoder_new (cache, 5, 9, &status) : NULL;
    decoder = cache != NULL ? rq_decoder_new (cache, 5, 9, &status) : NULL;
    if (encoder != NULL && decoder != NULL)
      status = encode_and_decode (encoder, decoder, 33, 1000);
    did_fail = rq_test_alloc_count () > n;
    rq_test_fail_alloc_after (-1);
    CHECK (status == RQ_OK || status == RQ_ERR_MEMORY);
    failed += status == RQ_ERR_MEMORY;
    if (encoder != NULL && decoder != NULL)
      CHECK_EQUAL (encode_and_decode (encoder, decoder, 33, 1000), RQ_OK);
    rq_encoder_free (encoder);
    rq_decoder_free (decoder);
    rq_cache_free (cache);
    if (!did_fail) {
      /* Some of them only made it slower. */
      CHECK (n > 20 && failed > 5);
      break;
    }
    CHECK (n < 1000);
  }
}

/* Makes @call, which may run out of memory once and then must not; counts. */
#define AGAIN(told, call)                                                      \
  do {                                                                         \
    RqStatus status_ = (call);                                                 \
    if (status_ == RQ_ERR_MEMORY) {                                            \
      (told)++;                                                                \
      status_ = (call);                                                        \
    }                                                                          \
    CHECK (status_ >= RQ_OK);                                                  \
  } while (0)

/* The last symbol is short; one call, then those from kept symbols, then more
   than one batch. */
static unsigned
encode_again (RqEncoder *encoder, const CheckSymbols *source, CheckSymbols *out)
{
  unsigned told = 0;

  AGAIN (told, rq_encoder_reset (encoder, K, T));
  AGAIN (
      told, rq_encoder_set_source_block (encoder, source->at[0], K * T - 5, T));
  AGAIN (told, rq_encoder_write (encoder, K, 3, out->at));
  AGAIN (told, rq_encoder_write (encoder, K + 3, 4, out->at + 3));
  AGAIN (told, rq_encoder_write (encoder, K + 7, out->n - 7, out->at + 7));
  return told;
}

/* Everything from repair symbols, more of them than needed. */
static unsigned
decode_again (
    RqDecoder *decoder, const CheckSymbols *repair, CheckSymbols *block)
{
  unsigned told = 0;

  AGAIN (told, rq_decoder_reset (decoder, K, T));
  AGAIN (told, rq_decoder_set_block (decoder, block->at));
  for (uint32_t i = 0; i < 2 * K + 10; i++) {
    AGAIN (told, rq_decoder_add (decoder, K + i, repair->at[i]));
    CHECK_EQUAL (rq_decoder_needed (decoder), i + 1 < K ? K - 1 - i : 0);
  }
  AGAIN (told, rq_decoder_decode (decoder));
  CHECK_EQUAL (rq_decoder_missing (decoder), 0);
  return told;
}

/* A call that ran out of memory has changed nothing: made again, it gives what
   it would have given. */
static void
a_call_that_ran_out_of_memory_can_be_made_again (void)
{
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols expected = check_symbols_new (300, T);
  RqEncoder *encoder;
  unsigned failed = 0;
  bool did_fail = true;

  check_symbols_fill (&source);
  memset (source.at[K - 1] + T - 5, 0, 5);
  encoder = check_encoder (NULL, &source);
  CHECK_EQUAL (rq_encoder_write (encoder, K, 300, expected.at), RQ_OK);
  rq_encoder_free (encoder);
  for (long n = 0; did_fail; n++) {
    RqCache *cache = rq_cache_new (1 << 20);
    CheckSymbols repair = check_symbols_new (300, T);
    CheckSymbols block = check_symbols_new (K, T);
    RqDecoder *decoder = rq_decoder_new (cache, 1, 1, NULL);
    unsigned told;

    encoder = rq_encoder_new (cache, 1, 1, NULL);
    rq_test_fail_alloc_after (n);
    told = encode_again (encoder, &source, &repair);
    told += decode_again (decoder, &repair, &block);
    did_fail = rq_test_alloc_count () > n;
    rq_test_fail_alloc_after (-1);
    CHECK (told <= 1);
    failed += told;
    CHECK (check_same (&repair, &expected));
    CHECK (check_same (&block, &source));
    rq_encoder_free (encoder);
    rq_decoder_free (decoder);
    rq_cache_free (cache);
    check_symbols_free (&repair);
    check_symbols_free (&block);
  }
  CHECK (failed > 20);
  check_symbols_free (&source);
  check_symbols_free (&expected);
}

int
main (void)
{
  RUN (sizes_out_of_range_are_refused);
  RUN (a_short_last_symbol_is_filled_with_zeros);
  RUN (symbols_are_the_same_however_they_are_asked_for);
  RUN (duplicates_count_once);
  RUN (symbols_in_their_place_need_no_copy);
  RUN (encoders_and_decoders_are_used_again);
  RUN (running_out_of_memory_is_survived);
  RUN (a_call_that_ran_out_of_memory_can_be_made_again);
  return 0;
}
