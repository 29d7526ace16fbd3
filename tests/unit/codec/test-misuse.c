/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-misuse.c: arguments that cannot be and calls out of order get the right
 * status and a message, and change nothing. Knows raptorq.h and the count of
 * allocations.
 */
#include "alloc.h"
#include "check.h"

enum
{
  K = 30,
  T = 50,
  REPAIR = 40,
};

/* That @call is refused with @status, which has something to say. */
#define REFUSED(call, status)                                                  \
  do {                                                                         \
    RqStatus got_ = (call);                                                    \
    CHECK_EQUAL (got_, status);                                                \
    CHECK (got_ < RQ_OK);                                                      \
    CHECK (is_known (got_));                                                   \
  } while (0)

/* Whether @status has a message that is not the one of unknown numbers. */
static bool
is_known (RqStatus status)
{
  return strcmp (rq_status_message (status),
             rq_status_message ((RqStatus) 99)) != 0;
}

static void
every_status_has_a_message_of_its_own (void)
{
  for (int a = RQ_ERR_MEMORY; a <= RQ_NEED_MORE; a++) {
    const char *message = rq_status_message ((RqStatus) a);

    CHECK (is_known ((RqStatus) a));
    CHECK (message[strlen (message) - 1] == '.');
    for (int b = RQ_ERR_MEMORY; b < a; b++)
      CHECK (strcmp (message, rq_status_message ((RqStatus) b)) != 0);
  }
  CHECK (!is_known ((RqStatus) (RQ_ERR_MEMORY - 1)));
  CHECK (!is_known ((RqStatus) (RQ_NEED_MORE + 1)));
}

static void
the_extremes_are_taken (void)
{
  const uint32_t sizes[][2] = { { 1, 1 }, { RQ_K_MAX, 1 }, { 1, RQ_T_MAX },
    { RQ_K_MAX, RQ_T_MAX } };

  for (unsigned i = 0; i < 4; i++) {
    RqStatus status = RQ_ERR_OTI;
    RqEncoder *encoder =
        rq_encoder_new (NULL, sizes[i][0], sizes[i][1], &status);
    RqDecoder *decoder;

    CHECK (encoder != NULL);
    CHECK_EQUAL (status, RQ_OK);
    status = RQ_ERR_OTI;
    decoder = rq_decoder_new (NULL, sizes[i][0], sizes[i][1], &status);
    CHECK (decoder != NULL);
    CHECK_EQUAL (status, RQ_OK);
    CHECK_EQUAL (rq_decoder_needed (decoder), sizes[i][0]);
    rq_encoder_free (encoder);
    rq_decoder_free (decoder);
  }
}

/* No more than the object itself is allocated. */
static void
sizes_that_cannot_be_are_refused_before_memory_is_taken (void)
{
  const uint32_t wrong[][2] = { { 0, T }, { K, 0 }, { RQ_K_MAX + 1, T },
    { K, RQ_T_MAX + 1 }, { UINT32_MAX, UINT32_MAX } };

  for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    rq_test_fail_alloc_after (-1);
    CHECK (rq_encoder_new (NULL, wrong[i][0], wrong[i][1], NULL) == NULL);
    CHECK (rq_test_alloc_count () <= 1);
    rq_test_fail_alloc_after (-1);
    CHECK (rq_decoder_new (NULL, wrong[i][0], wrong[i][1], NULL) == NULL);
    CHECK (rq_test_alloc_count () <= 1);
  }
}

/* All that can be refused of a ready encoder; its source stays. */
static void
misuse_encoder (RqEncoder *encoder, const CheckSymbols *source, uint8_t **out)
{
  const uint8_t *hole[K];
  const uint8_t *data = source->at[0];
  uint8_t *null[1] = { NULL };

  memcpy (hole, source->at, sizeof hole);
  hole[K - 1] = NULL;
  REFUSED (rq_encoder_reset (encoder, 0, T), RQ_ERR_K);
  REFUSED (rq_encoder_reset (encoder, RQ_K_MAX + 1, T), RQ_ERR_K);
  REFUSED (rq_encoder_reset (encoder, K + 1, 0), RQ_ERR_T);
  REFUSED (rq_encoder_reset (encoder, K + 1, RQ_T_MAX + 1), RQ_ERR_T);
  REFUSED (rq_encoder_set_source (encoder, NULL), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_set_source (encoder, hole), RQ_ERR_ARGUMENT);
  REFUSED (
      rq_encoder_set_source_block (encoder, NULL, K * T, T), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_set_source_block (encoder, data, 0, T), RQ_ERR_SIZE);
  REFUSED (rq_encoder_set_source_block (encoder, data, K * T, 0), RQ_ERR_SIZE);
  REFUSED (
      rq_encoder_set_source_block (encoder, data, K * T, T - 1), RQ_ERR_SIZE);
  REFUSED (
      rq_encoder_set_source_block (encoder, data, (K - 1) * T, T), RQ_ERR_SIZE);
  REFUSED (
      rq_encoder_set_source_block (encoder, data, K * T, 2 * T), RQ_ERR_SIZE);
  REFUSED (rq_encoder_set_source_block (encoder, data, K * T, SIZE_MAX / K + 1),
      RQ_ERR_SIZE);
  REFUSED (rq_encoder_set_source_block (encoder, data, SIZE_MAX, SIZE_MAX),
      RQ_ERR_SIZE);
  REFUSED (rq_encoder_write (encoder, 0, 1, NULL), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_write (encoder, 0, 1, null), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_write (encoder, K, 1, null), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_write (encoder, RQ_ESI_MAX + 1, 1, out), RQ_ERR_ESI);
  REFUSED (rq_encoder_write (encoder, UINT32_MAX, 1, out), RQ_ERR_ESI);
  REFUSED (rq_encoder_write (encoder, RQ_ESI_MAX, 2, out), RQ_ERR_ESI);
  REFUSED (rq_encoder_write (encoder, 0, UINT32_MAX, out), RQ_ERR_ESI);
  REFUSED (rq_encoder_write (encoder, 1, RQ_ESI_MAX + 1, out), RQ_ERR_ESI);
}

static void
a_misused_encoder_goes_on (void)
{
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols before = check_symbols_new (REPAIR, T);
  CheckSymbols after = check_symbols_new (REPAIR, T);
  CheckSymbols untouched = check_symbols_new (REPAIR, T);
  RqEncoder *encoder;

  check_symbols_fill (&source);
  encoder = check_encoder (NULL, &source);
  CHECK_EQUAL (rq_encoder_write (encoder, K - 3, REPAIR, before.at), RQ_OK);
  misuse_encoder (encoder, &source, after.at);
  CHECK (check_same (&after, &untouched));
  CHECK_EQUAL (rq_encoder_write (encoder, K - 3, REPAIR, after.at), RQ_OK);
  CHECK (check_same (&before, &after));
  CHECK_EQUAL (rq_encoder_write (encoder, RQ_ESI_MAX, 1, after.at), RQ_OK);
  CHECK_EQUAL (rq_encoder_write (encoder, RQ_ESI_MAX, 0, NULL), RQ_OK);
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&before);
  check_symbols_free (&after);
  check_symbols_free (&untouched);
}

static void
an_encoder_without_source_writes_nothing (void)
{
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols out = check_symbols_new (1, T);
  const uint8_t *const *symbols = (const uint8_t *const *) source.at;
  RqEncoder *encoder = rq_encoder_new (NULL, K, T, NULL);

  REFUSED (rq_encoder_write (encoder, 0, 1, out.at), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_write (encoder, K, 1, out.at), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_set_source (encoder, NULL), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_write (encoder, K, 1, out.at), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_encoder_set_source (encoder, symbols), RQ_OK);
  CHECK_EQUAL (rq_encoder_write (encoder, K, 1, out.at), RQ_OK);
  CHECK_EQUAL (rq_encoder_reset (encoder, K, T), RQ_OK);
  REFUSED (rq_encoder_write (encoder, K, 1, out.at), RQ_ERR_ARGUMENT);

  REFUSED (rq_encoder_reset (NULL, K, T), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_set_source (NULL, symbols), RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_set_source_block (NULL, source.at[0], K * T, T),
      RQ_ERR_ARGUMENT);
  REFUSED (rq_encoder_write (NULL, 0, 1, out.at), RQ_ERR_ARGUMENT);
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&out);
}

/* All that can be refused of a decoder that has got symbols; these stay. */
static void
misuse_decoder (RqDecoder *decoder, const CheckSymbols *block)
{
  uint8_t *symbol = block->at[0];

  REFUSED (rq_decoder_reset (decoder, 0, T), RQ_ERR_K);
  REFUSED (rq_decoder_reset (decoder, RQ_K_MAX + 1, T), RQ_ERR_K);
  REFUSED (rq_decoder_reset (decoder, K + 1, 0), RQ_ERR_T);
  REFUSED (rq_decoder_reset (decoder, K + 1, RQ_T_MAX + 1), RQ_ERR_T);
  REFUSED (rq_decoder_set_block (decoder, NULL), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_set_block (decoder, block->at), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_add (decoder, 1, NULL), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_add (decoder, K, NULL), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_add (decoder, RQ_ESI_MAX + 1, symbol), RQ_ERR_ESI);
  REFUSED (rq_decoder_add (decoder, UINT32_MAX, symbol), RQ_ERR_ESI);
  CHECK (!rq_decoder_has (decoder, K));
  CHECK (!rq_decoder_has (decoder, UINT32_MAX));
}

static void
a_misused_decoder_goes_on (void)
{
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols repair = check_symbols_new (REPAIR, T);
  CheckSymbols block = check_symbols_new (K, T);
  RqEncoder *encoder;
  RqDecoder *decoder = check_decoder (NULL, &block);

  check_symbols_fill (&source);
  encoder = check_encoder (NULL, &source);
  CHECK_EQUAL (rq_encoder_write (encoder, K, REPAIR, repair.at), RQ_OK);
  CHECK_EQUAL (rq_decoder_add (decoder, 0, source.at[0]), RQ_NEED_MORE);
  CHECK_EQUAL (rq_decoder_add (decoder, K, repair.at[0]), RQ_NEED_MORE);
  for (uint32_t i = 1; i < REPAIR; i++) {
    misuse_decoder (decoder, &block);
    CHECK_EQUAL (rq_decoder_needed (decoder), i < K - 1 ? K - 1 - i : 0);
    CHECK_EQUAL (rq_decoder_missing (decoder), K - 1);
    if (i < K - 1)
      CHECK_EQUAL (rq_decoder_decode (decoder), RQ_NEED_MORE);
    CHECK (rq_decoder_add (decoder, K + i, repair.at[i]) >= RQ_OK);
  }
  CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
  CHECK (check_same (&source, &block));
  misuse_decoder (decoder, &block);
  CHECK_EQUAL (rq_decoder_missing (decoder), 0);
  CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
  CHECK (check_same (&source, &block));
  rq_decoder_free (decoder);
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&repair);
  check_symbols_free (&block);
}

static void
a_decoder_without_a_block_takes_nothing (void)
{
  CheckSymbols block = check_symbols_new (K, T);
  RqDecoder *decoder = rq_decoder_new (NULL, K, T, NULL);
  uint8_t *hole[K];

  memcpy (hole, block.at, sizeof hole);
  hole[K - 1] = NULL;
  REFUSED (rq_decoder_set_block (decoder, hole), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_add (decoder, 0, block.at[0]), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_add (decoder, K, block.at[0]), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_decode (decoder), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_decoder_needed (decoder), K);
  CHECK_EQUAL (rq_decoder_set_block (decoder, block.at), RQ_OK);
  CHECK_EQUAL (rq_decoder_set_block (decoder, block.at), RQ_OK);
  CHECK_EQUAL (rq_decoder_add (decoder, 0, block.at[0]), RQ_NEED_MORE);
  CHECK_EQUAL (rq_decoder_reset (decoder, K, T), RQ_OK);
  CHECK (!rq_decoder_has (decoder, 0));
  REFUSED (rq_decoder_add (decoder, 0, block.at[0]), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_decode (decoder), RQ_ERR_ARGUMENT);

  REFUSED (rq_decoder_reset (NULL, K, T), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_set_block (NULL, block.at), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_add (NULL, 0, block.at[0]), RQ_ERR_ARGUMENT);
  REFUSED (rq_decoder_decode (NULL), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_decoder_missing (NULL), 0);
  CHECK_EQUAL (rq_decoder_needed (NULL), 0);
  CHECK (!rq_decoder_has (NULL, 0));
  rq_decoder_free (decoder);
  check_symbols_free (&block);
}

static void
objects_that_cannot_be_are_refused (void)
{
  const RqOti oti = { 1000, 64, 2, 1, 4 };
  const RqOti wrong = { 1000, 64, 2, 0, 4 };
  const RqOti no_t = { 1000, 0, 2, 1, 4 };
  const RqOti no_z = { 1000, 64, 0, 1, 4 };
  const RqOti *bad[] = { NULL, &no_t, &no_z };
  uint8_t wire[RQ_OTI_SIZE] = { 0 };
  uint8_t block[1000] = { 0 };
  uint8_t symbol[64] = { 0 };
  uint32_t k = rq_oti_block_symbols (&oti, 0);
  RqOti read;

  REFUSED (rq_oti_derive (&read, 1000, 0, 4, 8, 1 << 20), RQ_ERR_T);
  REFUSED (rq_oti_derive (&read, 1000, 64, 4, 8, 0), RQ_ERR_OTI);
  REFUSED (rq_oti_check (NULL), RQ_ERR_OTI);
  REFUSED (rq_oti_read (NULL, wire), RQ_ERR_ARGUMENT);
  REFUSED (rq_oti_read (&read, NULL), RQ_ERR_ARGUMENT);
  CHECK (rq_oti_read (&read, wire) < RQ_OK);
  rq_oti_write (NULL, wire);
  rq_oti_write (&oti, NULL);
  for (unsigned i = 0; i < sizeof wire; i++)
    CHECK_EQUAL (wire[i], 0);

  REFUSED (rq_oti_take_symbol (NULL, 0, 0, block, symbol), RQ_ERR_OTI);
  REFUSED (rq_oti_take_symbol (&wrong, 0, 0, block, symbol), RQ_ERR_OTI);
  REFUSED (rq_oti_take_symbol (&oti, 2, 0, block, symbol), RQ_ERR_OTI);
  REFUSED (rq_oti_take_symbol (&oti, 0, k, block, symbol), RQ_ERR_ESI);
  REFUSED (rq_oti_take_symbol (&oti, 0, 0, NULL, symbol), RQ_ERR_ARGUMENT);
  REFUSED (rq_oti_take_symbol (&oti, 0, 0, block, NULL), RQ_ERR_ARGUMENT);
  REFUSED (rq_oti_put_symbol (NULL, 0, 0, symbol, block), RQ_ERR_OTI);
  REFUSED (rq_oti_put_symbol (&wrong, 0, 0, symbol, block), RQ_ERR_OTI);
  REFUSED (rq_oti_put_symbol (&oti, 2, 0, symbol, block), RQ_ERR_OTI);
  REFUSED (rq_oti_put_symbol (&oti, 0, k, symbol, block), RQ_ERR_ESI);
  REFUSED (rq_oti_put_symbol (&oti, 0, 0, NULL, block), RQ_ERR_ARGUMENT);
  REFUSED (rq_oti_put_symbol (&oti, 0, 0, symbol, NULL), RQ_ERR_ARGUMENT);

  for (unsigned i = 0; i < 3; i++) {
    CHECK_EQUAL (rq_oti_block_symbols (bad[i], 0), 0);
    CHECK_EQUAL (rq_oti_block_offset (bad[i], 0), 0);
    CHECK_EQUAL (rq_oti_block_size (bad[i], 0), 0);
  }
  CHECK_EQUAL (rq_oti_block_symbols (&oti, UINT32_MAX), 0);
  CHECK_EQUAL (rq_oti_block_offset (&oti, UINT32_MAX), 1000);
  CHECK_EQUAL (rq_oti_block_size (&oti, UINT32_MAX), 0);
}

static void
a_cache_takes_null_and_no_room (void)
{
  RqCache *cache = rq_cache_new (0);
  CheckSymbols source = check_symbols_new (K, T);
  CheckSymbols out = check_symbols_new (1, T);
  RqEncoder *encoder = check_encoder (cache, &source);
  RqCacheStats stats;

  CHECK (cache != NULL);
  CHECK_EQUAL (rq_encoder_write (encoder, K, 1, out.at), RQ_OK);
  rq_cache_get_stats (cache, &stats);
  CHECK_EQUAL (stats.bytes, 0);
  CHECK_EQUAL (stats.max_bytes, 0);
  rq_cache_get_stats (cache, NULL);
  rq_cache_get_stats (NULL, NULL);
  rq_cache_clear (NULL);
  rq_encoder_free (encoder);
  rq_cache_free (cache);
  rq_cache_free (NULL);
  check_symbols_free (&source);
  check_symbols_free (&out);
}

int
main (void)
{
  RUN (every_status_has_a_message_of_its_own);
  RUN (the_extremes_are_taken);
  RUN (sizes_that_cannot_be_are_refused_before_memory_is_taken);
  RUN (a_misused_encoder_goes_on);
  RUN (an_encoder_without_source_writes_nothing);
  RUN (a_misused_decoder_goes_on);
  RUN (a_decoder_without_a_block_takes_nothing);
  RUN (objects_that_cannot_be_are_refused);
  RUN (a_cache_takes_null_and_no_room);
  return 0;
}
