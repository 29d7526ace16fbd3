/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-objectdecoder.c: whole objects rebuilt in memory of F bytes. Knows
 * raptorq.h and the failing allocations.
 */
#include "alloc.h"
#include "checkobject.h"

enum
{
  REPAIR = 12, /* of each block, when less is lost */
};

/* Memory of exactly the object's size, so that a byte beyond it is noticed. */
static uint8_t *
memory_for (const CheckObject *object)
{
  uint8_t *memory = malloc (object->oti.transfer_length);

  CHECK (memory != NULL);
  memset (memory, 0x5a, object->oti.transfer_length);
  return memory;
}

static bool
is_right (const CheckObject *object, const uint8_t *memory)
{
  return memcmp (memory, object->data, object->oti.transfer_length) == 0;
}

static RqObjectDecoder *
decoder_new (RqCache *cache, const CheckObject *object, uint8_t *memory)
{
  RqStatus status = RQ_ERR_OTI;
  RqObjectDecoder *decoder =
      rq_object_decoder_new (cache, &object->oti, memory, &status);

  CHECK_EQUAL (status, RQ_OK);
  CHECK (decoder != NULL);
  return decoder;
}

/* Adds all symbols of block @sbn from @from on, those of the source only with a
   chance of @percent, until it can be decoded. */
static RqStatus
feed (RqObjectDecoder *decoder, const CheckObject *object, unsigned sbn,
    uint32_t from, uint32_t percent)
{
  const CheckSymbols *symbols = &object->symbols[sbn];
  uint32_t k = check_object_k (object, sbn);
  RqStatus status = RQ_NEED_MORE;

  for (uint32_t esi = from; esi < symbols->n && status == RQ_NEED_MORE; esi++) {
    if (esi >= k || check_random_below (100) < percent)
      status = rq_object_decoder_add (decoder, sbn, esi, symbols->at[esi]);
  }
  return status;
}

/* Decodes; blocks that need it get more symbols, from the last ones. */
static void
decode_all (RqObjectDecoder *decoder, const CheckObject *object,
    const uint8_t *memory, unsigned n_threads)
{
  for (uint32_t extra = 1;; extra++) {
    RqStatus status = rq_object_decoder_decode (decoder, n_threads);

    if (status == RQ_OK)
      break;
    CHECK_EQUAL (status, RQ_NEED_MORE);
    CHECK (extra <= 4);
    for (unsigned sbn = 0; sbn < object->oti.source_blocks; sbn++) {
      const CheckSymbols *symbols = &object->symbols[sbn];
      uint32_t esi = symbols->n - extra;

      if (rq_object_decoder_needed (decoder, sbn) > 0)
        rq_object_decoder_add (decoder, sbn, esi, symbols->at[esi]);
    }
  }
  CHECK (is_right (object, memory));
  for (unsigned sbn = 0; sbn < object->oti.source_blocks; sbn++) {
    CHECK_EQUAL (rq_object_decoder_missing (decoder, sbn), 0);
    CHECK_EQUAL (rq_object_decoder_needed (decoder, sbn), 0);
  }
}

/* Nothing lost, some, nearly all, all; on one thread and on many. */
static void
objects_come_back (void)
{
  const uint32_t percents[] = { 100, 90, 20, 0 };

  for (unsigned i = 0; i < CHECK_OTIS; i++) {
    uint32_t k = rq_oti_block_symbols (&check_otis[i], 0);
    CheckObject *object = check_object_new (&check_otis[i], k + REPAIR);

    for (unsigned round = 0; round < 8; round++) {
      uint8_t *memory = memory_for (object);
      RqObjectDecoder *decoder = decoder_new (NULL, object, memory);
      unsigned blocks = object->oti.source_blocks;

      for (unsigned sbn = 0; sbn < blocks; sbn++)
        CHECK (feed (decoder, object, blocks - 1 - sbn, 0,
                   percents[round % 4]) == RQ_OK);
      decode_all (decoder, object, memory, round / 4 * 3);
      rq_object_decoder_free (decoder);
      free (memory);
    }
    check_object_free (object);
  }
}

/* Blocks become whole one after the other; what is whole needs its symbols no
   more, and takes none. */
static void
blocks_become_whole_one_by_one (void)
{
  CheckObject *object = check_object_new (&check_otis[CUT_SHORT], 200);
  unsigned blocks = object->oti.source_blocks;
  uint8_t *memory = memory_for (object);
  RqObjectDecoder *decoder = decoder_new (NULL, object, memory);

  CHECK_EQUAL (rq_object_decoder_decode (decoder, 2), RQ_NEED_MORE);
  for (unsigned sbn = 0; sbn < blocks; sbn++) {
    CheckSymbols *symbols = &object->symbols[sbn];
    uint32_t k = check_object_k (object, sbn);
    uint64_t offset = rq_oti_block_offset (&object->oti, sbn);

    CHECK_EQUAL (rq_object_decoder_missing (decoder, sbn), k);
    CHECK_EQUAL (rq_object_decoder_needed (decoder, sbn), k);
    CHECK_EQUAL (
        rq_object_decoder_add (decoder, sbn, 0, symbols->at[0]), RQ_NEED_MORE);
    CHECK_EQUAL (
        rq_object_decoder_add (decoder, sbn, 0, symbols->at[0]), RQ_NEED_MORE);
    CHECK_EQUAL (rq_object_decoder_missing (decoder, sbn), k - 1);
    CHECK_EQUAL (rq_object_decoder_decode (decoder, 2), RQ_NEED_MORE);
    CHECK_EQUAL (feed (decoder, object, sbn, k + 7, 0), RQ_OK);
    CHECK_EQUAL (rq_object_decoder_decode (decoder, 2),
        sbn + 1 < blocks ? RQ_NEED_MORE : RQ_OK);
    CHECK_EQUAL (rq_object_decoder_missing (decoder, sbn), 0);
    CHECK (memcmp (memory + offset, object->data + offset,
               rq_oti_block_size (&object->oti, sbn)) == 0);
    memset (symbols->data, 0, symbols->n * symbols->stride);
    CHECK_EQUAL (
        rq_object_decoder_add (decoder, sbn, 3, symbols->at[3]), RQ_OK);
  }
  CHECK (is_right (object, memory));
  CHECK_EQUAL (rq_object_decoder_decode (decoder, 2), RQ_OK);
  rq_object_decoder_free (decoder);
  free (memory);
  check_object_free (object);
}

static void
the_cache_may_go_first (void)
{
  CheckObject *object = check_object_new (&check_otis[ODD_SYMBOLS], 200);
  uint8_t *memory = memory_for (object);
  RqCache *cache = rq_cache_new (1 << 20);
  RqObjectDecoder *decoder = decoder_new (cache, object, memory);

  rq_cache_free (cache);
  for (unsigned sbn = 0; sbn < object->oti.source_blocks; sbn++)
    CHECK_EQUAL (feed (decoder, object, sbn, 0, 50), RQ_OK);
  decode_all (decoder, object, memory, 2);
  rq_object_decoder_free (decoder);
  free (memory);
  check_object_free (object);
}

static void
wrong_arguments_are_refused (void)
{
  CheckObject *object = check_object_new (&check_otis[CUT_SHORT], REPAIR);
  uint8_t *memory = memory_for (object);
  const uint8_t *symbol = object->symbols[0].at[0];
  RqObjectDecoder *decoder = decoder_new (NULL, object, memory);
  RqOti wrong = object->oti;
  RqStatus status = RQ_OK;

  CHECK (rq_object_decoder_new (NULL, NULL, memory, &status) == NULL);
  CHECK_EQUAL (status, RQ_ERR_ARGUMENT);
  CHECK (rq_object_decoder_new (NULL, &object->oti, NULL, &status) == NULL);
  CHECK_EQUAL (status, RQ_ERR_ARGUMENT);
  wrong.transfer_length = RQ_F_MAX + 1;
  CHECK (rq_object_decoder_new (NULL, &wrong, memory, &status) == NULL);
  CHECK_EQUAL (status, RQ_ERR_OTI);
  CHECK (rq_object_decoder_new (NULL, &wrong, memory, NULL) == NULL);
  wrong = object->oti;
  wrong.symbol_size = 0;
  CHECK (rq_object_decoder_new (NULL, &wrong, memory, &status) == NULL);
  CHECK_EQUAL (status, RQ_ERR_T);

  CHECK_EQUAL (rq_object_decoder_add (NULL, 0, 0, symbol), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_object_decoder_add (decoder, 0, 0, NULL), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (
      rq_object_decoder_add (decoder, object->oti.source_blocks, 0, symbol),
      RQ_ERR_OTI);
  CHECK_EQUAL (
      rq_object_decoder_add (decoder, UINT32_MAX, 0, symbol), RQ_ERR_OTI);
  CHECK_EQUAL (
      rq_object_decoder_add (decoder, 0, RQ_ESI_MAX + 1, symbol), RQ_ERR_ESI);
  CHECK_EQUAL (
      rq_object_decoder_add (decoder, 0, UINT32_MAX, symbol), RQ_ERR_ESI);
  CHECK_EQUAL (rq_object_decoder_decode (NULL, 1), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_object_decoder_missing (NULL, 0), 0);
  CHECK_EQUAL (rq_object_decoder_missing (decoder, 255), 0);
  CHECK_EQUAL (rq_object_decoder_needed (NULL, 0), 0);
  CHECK_EQUAL (rq_object_decoder_needed (decoder, UINT32_MAX), 0);
  CHECK_EQUAL (
      rq_object_decoder_missing (decoder, 0), check_object_k (object, 0));
  rq_object_decoder_free (decoder);
  rq_object_decoder_free (NULL);
  free (memory);
  check_object_free (object);
}

/* The greatest object there can be: no memory is asked for by its size alone. */
static void
a_huge_object_costs_nothing_at_first (void)
{
  const RqOti oti = { UINT64_C (56403) * 255 * 65535, 65535, 255, 1, 1 };
  uint8_t byte;
  RqObjectDecoder *decoder;

  rq_test_fail_alloc_after (-1);
  decoder = rq_object_decoder_new (NULL, &oti, &byte, NULL);
  CHECK (decoder != NULL);
  CHECK_EQUAL (rq_test_alloc_count (), 1);
  CHECK_EQUAL (rq_object_decoder_missing (decoder, 254), RQ_K_MAX);
  CHECK_EQUAL (rq_object_decoder_decode (decoder, 0), RQ_NEED_MORE);
  rq_object_decoder_free (decoder);
}

/* Blocks that miss nothing lie in the object, whatever became of the others. */
static void
check_whole_blocks (const RqObjectDecoder *decoder, const CheckObject *object,
    const uint8_t *memory)
{
  for (unsigned sbn = 0; sbn < object->oti.source_blocks; sbn++) {
    uint64_t offset = rq_oti_block_offset (&object->oti, sbn);

    if (rq_object_decoder_missing (decoder, sbn) == 0)
      CHECK (memcmp (memory + offset, object->data + offset,
                 rq_oti_block_size (&object->oti, sbn)) == 0);
  }
}

/* Once through an object's life; each call that runs out of memory is made once
   more. Returns how many did. */
static unsigned
live (const CheckObject *object, uint8_t *memory, unsigned n_threads)
{
  RqCache *cache = rq_cache_new (1 << 20);
  RqStatus status = RQ_OK;
  RqObjectDecoder *decoder;
  unsigned failed = 0;

  if (cache == NULL)
    return 1;
  decoder = rq_object_decoder_new (cache, &object->oti, memory, &status);
  if (decoder == NULL) {
    CHECK_EQUAL (status, RQ_ERR_MEMORY);
    failed++;
    decoder = decoder_new (cache, object, memory);
  }
  for (unsigned sbn = 0; sbn < object->oti.source_blocks; sbn++) {
    const CheckSymbols *symbols = &object->symbols[sbn];
    uint32_t k = check_object_k (object, sbn);

    for (uint32_t esi = 0; esi < symbols->n; esi += esi < k ? 2 : 1) {
      status = rq_object_decoder_add (decoder, sbn, esi, symbols->at[esi]);
      if (status == RQ_ERR_MEMORY) {
        failed++;
        status = rq_object_decoder_add (decoder, sbn, esi, symbols->at[esi]);
      }
      CHECK (status >= RQ_OK);
    }
  }
  status = rq_object_decoder_decode (decoder, n_threads);
  if (status == RQ_ERR_MEMORY) {
    failed++;
    check_whole_blocks (decoder, object, memory);
    status = rq_object_decoder_decode (decoder, n_threads);
  }
  CHECK_EQUAL (status, RQ_OK);
  CHECK (is_right (object, memory));
  rq_object_decoder_free (decoder);
  rq_cache_free (cache);
  return failed;
}

static void
failing_allocations_are_survived (void)
{
  unsigned failed = 0;

  /* With sub-blocks, and with a last symbol cut short. */
  for (unsigned way = 0; way < 4; way++) {
    CheckObject *object =
        check_object_new (&check_otis[way & 1 ? CUT_SHORT : SUB_BLOCKS], 60);
    bool did_fail = true;

    for (long n = 0; did_fail; n++) {
      uint8_t *memory = memory_for (object);
      unsigned told;

      rq_test_fail_alloc_after (n);
      told = live (object, memory, 1 + way / 2);
      did_fail = rq_test_alloc_count () > n;
      rq_test_fail_alloc_after (-1);
      CHECK (told <= 1);
      failed += told;
      free (memory);
    }
    check_object_free (object);
  }
  CHECK (failed > 40);
}

int
main (void)
{
  RUN (objects_come_back);
  RUN (blocks_become_whole_one_by_one);
  RUN (the_cache_may_go_first);
  RUN (wrong_arguments_are_refused);
  RUN (a_huge_object_costs_nothing_at_first);
  RUN (failing_allocations_are_survived);
  return 0;
}
