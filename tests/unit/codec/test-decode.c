/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-decode.c: what is encoded is decoded, whatever is lost. Knows raptorq.h.
 */
#include "check.h"

/* K of every size class: small, K' and its neighbours, many, the greatest. */
static const uint32_t class_k[] = { 1, 2, 9, 10, 11, 26, 27, 55, 101, 257, 500,
  1000, 1002, 2041 };

/* Encodes, adds the source symbols that @kept says and repair symbols from
   @first one by one until it works; returns how many were needed beyond those
   lost. */
static uint32_t
lose_and_repair (
    const CheckSymbols *source, const uint8_t *kept, uint32_t first)
{
  uint32_t t = (uint32_t) source->stride;
  CheckSymbols block = check_symbols_new (source->n, t);
  CheckSymbols repair = check_symbols_new (source->n + 8, t);
  RqEncoder *encoder = check_encoder (NULL, source);
  RqDecoder *decoder = check_decoder (NULL, &block);
  uint32_t lost = 0;
  uint32_t added = 0;
  RqStatus status = RQ_NEED_MORE;

  for (uint32_t i = 0; i < source->n; i++) {
    if (kept[i])
      rq_decoder_add (decoder, i, source->at[i]);
    lost += !kept[i];
  }
  CHECK_EQUAL (rq_decoder_missing (decoder), lost);
  CHECK_EQUAL (rq_encoder_write (encoder, first, lost + 8, repair.at), RQ_OK);
  while (lost > 0 && status != RQ_OK) {
    CHECK (added < lost + 8);
    status = rq_decoder_add (decoder, first + added, repair.at[added]);
    added++;
    if (added < lost) {
      CHECK_EQUAL (status, RQ_NEED_MORE);
      CHECK_EQUAL (rq_decoder_needed (decoder), lost - added);
    }
    if (status == RQ_OK)
      status = rq_decoder_decode (decoder);
    if (status == RQ_NEED_MORE)
      CHECK (rq_decoder_needed (decoder) >= 1);
  }
  CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
  CHECK_EQUAL (rq_decoder_missing (decoder), 0);
  CHECK (check_same (source, &block));
  rq_decoder_free (decoder);
  rq_encoder_free (encoder);
  check_symbols_free (&block);
  check_symbols_free (&repair);
  return lost > 0 ? added - lost : 0;
}

static void
every_loss_pattern_of_small_blocks_is_repaired (void)
{
  for (uint32_t k = 1; k <= 10; k++) {
    CheckSymbols source = check_symbols_new (k, 5);

    check_symbols_fill (&source);
    for (uint32_t pattern = 0; pattern < 1u << k; pattern++) {
      uint8_t kept[10];

      for (uint32_t i = 0; i < k; i++)
        kept[i] = pattern >> i & 1;
      lose_and_repair (&source, kept, k);
    }
    check_symbols_free (&source);
  }
}

/* Every choice of K symbols of the source and four repair symbols: it decodes,
   or says that it needs more and decodes with one or two more. */
static void
every_choice_of_symbols_decodes_small_blocks (void)
{
  uint32_t failures = 0;
  uint32_t tries = 0;

  for (uint32_t k = 1; k <= 10; k++) {
    CheckSymbols source = check_symbols_new (k, 3);
    CheckSymbols all = check_symbols_new (k + 8, 3);
    CheckSymbols block = check_symbols_new (k, 3);
    RqEncoder *encoder;

    check_symbols_fill (&source);
    encoder = check_encoder (NULL, &source);
    CHECK_EQUAL (rq_encoder_write (encoder, 0, k + 8, all.at), RQ_OK);
    for (uint32_t chosen = 0; chosen < 1u << (k + 4); chosen++) {
      RqDecoder *decoder;
      RqStatus status;

      if ((uint32_t) __builtin_popcount (chosen) != k)
        continue;
      memset (block.data, 0, k * 3 + 1);
      decoder = check_decoder (NULL, &block);
      for (uint32_t i = 0; i < k + 4; i++) {
        if (chosen >> i & 1)
          rq_decoder_add (decoder, i, all.at[i]);
      }
      status = rq_decoder_decode (decoder);
      failures += status == RQ_NEED_MORE;
      tries++;
      for (uint32_t i = k + 4; status == RQ_NEED_MORE && i < k + 8; i++) {
        rq_decoder_add (decoder, i, all.at[i]);
        status = rq_decoder_decode (decoder);
      }
      CHECK_EQUAL (status, RQ_OK);
      CHECK (check_same (&source, &block));
      rq_decoder_free (decoder);
    }
    rq_encoder_free (encoder);
    check_symbols_free (&source);
    check_symbols_free (&all);
    check_symbols_free (&block);
  }
  /* The RFC asks for less than one failure in a hundred (section 5.8). */
  CHECK (failures * 100 < tries);
}

static void
random_losses_of_many_sizes_are_repaired (void)
{
  for (unsigned c = 0; c < sizeof class_k / sizeof *class_k; c++) {
    uint32_t k = class_k[c];

    for (unsigned round = 0; round < 6; round++) {
      uint32_t t = 1 + check_random_below (90);
      CheckSymbols source = check_symbols_new (k, t);
      uint8_t *kept = malloc (k);
      uint32_t percent = (uint32_t[]){ 1, 5, 10, 20, 50, 100 }[round];
      uint32_t first = k + check_random_below (RQ_ESI_MAX - 3 * k);

      check_symbols_fill (&source);
      for (uint32_t i = 0; i < k; i++)
        kept[i] = check_random_below (100) >= percent;
      CHECK (lose_and_repair (&source, kept, first) <= 4);
      check_symbols_free (&source);
      free (kept);
    }
  }
}

static void
large_blocks_are_repaired (void)
{
  const uint32_t large[] = { 10017, RQ_K_MAX };

  for (unsigned i = 0; i < 2; i++) {
    CheckSymbols source = check_symbols_new (large[i], 2);
    uint8_t *kept = malloc (large[i]);

    check_symbols_fill (&source);
    for (uint32_t k = 0; k < large[i]; k++)
      kept[k] = check_random_below (10) != 0;
    CHECK (lose_and_repair (&source, kept, large[i]) <= 4);
    check_symbols_free (&source);
    free (kept);
  }
}

static void
the_largest_esis_repair (void)
{
  CheckSymbols source = check_symbols_new (20, 33);
  const uint8_t kept[20] = { 1, 0, 1, 1 };

  check_symbols_fill (&source);
  CHECK (lose_and_repair (&source, kept, RQ_ESI_MAX + 1 - 25) <= 4);
  check_symbols_free (&source);
}

static void
symbols_of_every_size_are_repaired (void)
{
  const uint32_t sizes[] = { 1, 2, 3, 63, 64, 65, 255, 256, 511, 512, 513, 1023,
    1344, 1345, 4099, RQ_T_MAX };

  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    CheckSymbols source = check_symbols_new (13, sizes[i]);
    const uint8_t kept[13] = { 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0 };

    check_symbols_fill (&source);
    lose_and_repair (&source, kept, 13);
    check_symbols_free (&source);
  }
}

/* With K symbols less than one try in a hundred fails; with two more none of
   these. */
static void
failures_are_as_rare_as_the_rfc_asks (void)
{
  uint32_t more = 0;
  const uint32_t rounds = 1000;
  const uint8_t kept[30] = { 0 };

  for (uint32_t round = 0; round < rounds; round++) {
    CheckSymbols source = check_symbols_new (30, 1);
    uint32_t extra;

    check_symbols_fill (&source);
    extra = lose_and_repair (&source, kept, 30 + round * 40);
    CHECK (extra <= 2);
    more += extra > 0;
    check_symbols_free (&source);
  }
  CHECK (more <= 3 * rounds / 100);
}

static void
many_more_symbols_than_needed_do_no_harm (void)
{
  CheckSymbols source = check_symbols_new (40, 8);
  CheckSymbols repair = check_symbols_new (400, 8);
  CheckSymbols block = check_symbols_new (40, 8);
  RqEncoder *encoder;
  RqDecoder *decoder = check_decoder (NULL, &block);

  check_symbols_fill (&source);
  encoder = check_encoder (NULL, &source);
  CHECK_EQUAL (rq_encoder_write (encoder, 40, 400, repair.at), RQ_OK);
  for (uint32_t i = 0; i < 400; i++)
    rq_decoder_add (decoder, 40 + i, repair.at[i]);
  CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
  CHECK (check_same (&source, &block));
  rq_decoder_free (decoder);
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&repair);
  check_symbols_free (&block);
}

static void
a_failed_try_changes_nothing (void)
{
  enum
  {
    K = 12,
    T = 4
  };
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols block = check_symbols_new (K, T);
  CheckSymbols before = check_symbols_new (K, T);
  RqEncoder *encoder;
  unsigned failures = 0;

  check_symbols_fill (&source);
  encoder = check_encoder (NULL, &source);
  for (uint32_t first = K; failures < 5; first += K) {
    CheckSymbols repair = check_symbols_new (K, T);
    RqDecoder *decoder = check_decoder (NULL, &block);

    CHECK (first < 100000);
    CHECK_EQUAL (rq_encoder_write (encoder, first, K, repair.at), RQ_OK);
    memset (block.data, 0x77, K * T + 1);
    memset (before.data, 0x77, K * T + 1);
    for (uint32_t i = 0; i < K; i++)
      rq_decoder_add (decoder, first + i, repair.at[i]);
    if (rq_decoder_decode (decoder) == RQ_NEED_MORE) {
      failures++;
      CHECK (check_same (&block, &before));
      CHECK_EQUAL (rq_decoder_missing (decoder), K);
      CHECK (rq_decoder_needed (decoder) >= 1);
      CHECK_EQUAL (rq_decoder_decode (decoder), RQ_NEED_MORE);
    } else {
      CHECK (check_same (&block, &source));
    }
    rq_decoder_free (decoder);
    check_symbols_free (&repair);
  }
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&block);
  check_symbols_free (&before);
}

int
main (void)
{
  if (!check_kernels ())
    return CHECK_SKIPPED;
  RUN (every_loss_pattern_of_small_blocks_is_repaired);
  RUN (every_choice_of_symbols_decodes_small_blocks);
  RUN (random_losses_of_many_sizes_are_repaired);
  RUN (large_blocks_are_repaired);
  RUN (the_largest_esis_repair);
  RUN (symbols_of_every_size_are_repaired);
  RUN (failures_are_as_rare_as_the_rfc_asks);
  RUN (many_more_symbols_than_needed_do_no_harm);
  RUN (a_failed_try_changes_nothing);
  return 0;
}
