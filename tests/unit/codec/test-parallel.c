/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-parallel.c: blocks encoded and decoded on several threads. Knows
 * raptorq.h and the failing allocations; it is linked so that it can make
 * pthread_create() fail.
 */
#include <errno.h>
#include <pthread.h>

#include "alloc.h"
#include "checkobject.h"

enum
{
  FIRST = 5,
  COUNT = 9,
};

static const unsigned thread_counts[] = { 0, 1, 2, 3, 8, 10000 };

/* ---- Threads that cannot be made -------------------------------------------- */

static unsigned threads_made;
static unsigned threads_allowed = UINT32_MAX;

/* The linker wants these names (--wrap). */
int __real_pthread_create (pthread_t *thread, const pthread_attr_t *attributes,
    void *(*start) (void *), void *data);
int __wrap_pthread_create (pthread_t *thread, const pthread_attr_t *attributes,
    void *(*start) (void *), void *data);

int
__wrap_pthread_create (pthread_t *thread, const pthread_attr_t *attributes,
    void *(*start) (void *), void *data)
{
  if (threads_made == threads_allowed)
    return EAGAIN;
  threads_made++;
  return __real_pthread_create (thread, attributes, start, data);
}

/* ---- Encoding --------------------------------------------------------------- */

static CheckSymbols
places_for (const CheckObject *object)
{
  return check_symbols_new (
      object->oti.source_blocks * COUNT, object->oti.symbol_size);
}

static RqStatus
encode (const CheckObject *object, RqCache *cache, const CheckSymbols *out,
    unsigned n_threads)
{
  return rq_object_encode (
      cache, &object->oti, object->data, FIRST, COUNT, out->at, n_threads);
}

static void
check_encoded (const CheckObject *object, const CheckSymbols *out)
{
  for (unsigned sbn = 0; sbn < object->oti.source_blocks; sbn++) {
    for (uint32_t i = 0; i < COUNT; i++)
      CHECK (
          memcmp (out->at[sbn * COUNT + i],
              object->symbols[sbn].at[check_object_k (object, sbn) + FIRST + i],
              object->oti.symbol_size) == 0);
  }
}

static void
all_threads_encode_what_one_does (void)
{
  for (unsigned i = 0; i < CHECK_OTIS; i++) {
    CheckObject *object = check_object_new (&check_otis[i], FIRST + COUNT);

    for (unsigned j = 0; j < sizeof thread_counts / sizeof *thread_counts;
         j++) {
      RqCache *cache = rq_cache_new (1 << 20);
      CheckSymbols out = places_for (object);

      CHECK_EQUAL (encode (object, cache, &out, thread_counts[j]), RQ_OK);
      check_encoded (object, &out);
      check_symbols_free (&out);
      rq_cache_free (cache);
    }
    check_object_free (object);
  }
}

static void
as_many_threads_work_as_were_asked_for (void)
{
  CheckObject *object =
      check_object_new (&check_otis[ONE_SYMBOL_A_BLOCK], FIRST + COUNT);
  CheckSymbols out = places_for (object);

  threads_made = 0;
  CHECK_EQUAL (encode (object, NULL, &out, 1), RQ_OK);
  CHECK_EQUAL (threads_made, 0);
  CHECK_EQUAL (encode (object, NULL, &out, 4), RQ_OK);
  CHECK_EQUAL (threads_made, 3);
  threads_made = 0;
  CHECK_EQUAL (encode (object, NULL, &out, 10000), RQ_OK);
  CHECK_EQUAL (threads_made, object->oti.source_blocks - 1);
  check_symbols_free (&out);
  check_object_free (object);
}

static void
fewer_threads_do_all_the_work (void)
{
  CheckObject *object =
      check_object_new (&check_otis[MANY_BLOCKS], FIRST + COUNT);

  for (threads_allowed = 0; threads_allowed < 3; threads_allowed++) {
    CheckSymbols out = places_for (object);

    threads_made = 0;
    CHECK_EQUAL (encode (object, NULL, &out, 5), RQ_OK);
    CHECK_EQUAL (threads_made, threads_allowed);
    check_encoded (object, &out);
    check_symbols_free (&out);
  }
  threads_allowed = UINT32_MAX;
  check_object_free (object);
}

/* Nothing is written by a call that is refused. */
static void
wrong_arguments_of_encoding_are_refused (void)
{
  CheckObject *object =
      check_object_new (&check_otis[CUT_SHORT], FIRST + COUNT);
  CheckSymbols out = places_for (object);
  CheckSymbols untouched = places_for (object);
  const RqOti *oti = &object->oti;
  const uint8_t *data = object->data;
  uint32_t k = check_object_k (object, 0);
  RqOti wrong = *oti;
  uint8_t *last = out.at[out.n - 1];

  CHECK_EQUAL (
      rq_object_encode (NULL, NULL, data, 0, 1, out.at, 2), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (
      rq_object_encode (NULL, oti, NULL, 0, 1, out.at, 2), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (
      rq_object_encode (NULL, oti, data, 0, 1, NULL, 2), RQ_ERR_ARGUMENT);
  out.at[out.n - 1] = NULL;
  CHECK_EQUAL (encode (object, NULL, &out, 2), RQ_ERR_ARGUMENT);
  out.at[out.n - 1] = last;
  wrong.source_blocks = 0;
  CHECK_EQUAL (
      rq_object_encode (NULL, &wrong, data, 0, 1, out.at, 2), RQ_ERR_OTI);
  wrong = *oti;
  wrong.symbol_size = 62;
  CHECK_EQUAL (
      rq_object_encode (NULL, &wrong, data, 0, 1, out.at, 2), RQ_ERR_T);
  CHECK_EQUAL (
      rq_object_encode (NULL, oti, data, RQ_ESI_MAX + 1 - k, 1, out.at, 2),
      RQ_ERR_ESI);
  CHECK_EQUAL (
      rq_object_encode (NULL, oti, data, UINT32_MAX, 1, out.at, 2), RQ_ERR_ESI);
  CHECK_EQUAL (
      rq_object_encode (NULL, oti, data, 1, UINT32_MAX, out.at, 2), RQ_ERR_ESI);
  CHECK (check_same (&out, &untouched));
  CHECK_EQUAL (rq_object_encode (NULL, oti, data, 0, 0, NULL, 2), RQ_OK);
  CHECK_EQUAL (
      rq_object_encode (NULL, oti, data, RQ_ESI_MAX - k, 1, out.at, 2), RQ_OK);
  CHECK (!check_same (&out, &untouched));
  check_symbols_free (&out);
  check_symbols_free (&untouched);
  check_object_free (object);
}

/* With one thread and with two, for objects with and without sub-blocks. */
static void
encoding_survives_failing_allocations (void)
{
  unsigned failed = 0;

  for (unsigned way = 0; way < 4; way++) {
    CheckObject *object = check_object_new (
        &check_otis[way & 1 ? SUB_BLOCKS : ODD_SYMBOLS], FIRST + COUNT);
    bool did_fail = true;

    for (long n = 0; did_fail; n++) {
      RqCache *cache = rq_cache_new (1 << 20);
      CheckSymbols out = places_for (object);
      RqStatus status;

      rq_test_fail_alloc_after (n);
      status = encode (object, cache, &out, 1 + way / 2);
      did_fail = rq_test_alloc_count () > n;
      rq_test_fail_alloc_after (-1);
      CHECK (status == RQ_OK || status == RQ_ERR_MEMORY);
      failed += status == RQ_ERR_MEMORY;
      if (status == RQ_ERR_MEMORY)
        CHECK_EQUAL (encode (object, cache, &out, 1 + way / 2), RQ_OK);
      check_encoded (object, &out);
      check_symbols_free (&out);
      rq_cache_free (cache);
    }
    check_object_free (object);
  }
  CHECK (failed > 20);
}

/* ---- Decoding --------------------------------------------------------------- */

/* Decoders of the blocks of one object, and where they decode to. */
typedef struct
{
  CheckObject *object;
  size_t n;
  RqDecoder *decoders[RQ_Z_MAX];
  CheckSymbols blocks[RQ_Z_MAX];
  RqStatus statuses[RQ_Z_MAX];
} Decoders;

/* All get the repair symbols and every other source symbol. */
static Decoders *
decoders_new (const RqOti *oti, RqCache *cache)
{
  Decoders *d = calloc (1, sizeof *d);

  CHECK (d != NULL);
  d->object = check_object_new (oti, rq_oti_block_symbols (oti, 0) + 8);
  d->n = oti->source_blocks;
  for (unsigned i = 0; i < d->n; i++) {
    uint32_t k = check_object_k (d->object, i);
    const CheckSymbols *symbols = &d->object->symbols[i];

    d->blocks[i] = check_symbols_new (k, oti->symbol_size);
    d->decoders[i] = check_decoder (cache, &d->blocks[i]);
    for (uint32_t esi = 0; esi < symbols->n; esi += esi < k ? 2 : 1)
      CHECK (rq_decoder_add (d->decoders[i], esi, symbols->at[esi]) >= RQ_OK);
    d->statuses[i] = RQ_ERR_OTI;
  }
  return d;
}

static void
decoders_free (Decoders *d)
{
  for (unsigned i = 0; i < d->n; i++) {
    rq_decoder_free (d->decoders[i]);
    check_symbols_free (&d->blocks[i]);
  }
  check_object_free (d->object);
  free (d);
}

static void
check_decoded (const Decoders *d, unsigned i)
{
  CHECK_EQUAL (rq_decoder_missing (d->decoders[i]), 0);
  CHECK (memcmp (d->blocks[i].at[0], d->object->symbols[i].at[0],
             d->blocks[i].n * d->blocks[i].stride) == 0);
}

static void
all_threads_decode_what_one_does (void)
{
  for (unsigned i = 0; i < CHECK_OTIS; i++) {
    for (unsigned j = 0; j < sizeof thread_counts / sizeof *thread_counts;
         j++) {
      RqCache *cache = rq_cache_new (1 << 20);
      Decoders *d = decoders_new (&check_otis[i], cache);

      CHECK_EQUAL (
          rq_decoders_decode (d->decoders, d->statuses, d->n, thread_counts[j]),
          RQ_OK);
      for (unsigned b = 0; b < d->n; b++) {
        CHECK_EQUAL (d->statuses[b], RQ_OK);
        check_decoded (d, b);
      }
      rq_cache_free (cache);
      decoders_free (d);
    }
  }
}

/* What each decoder comes to is told, and the others decode nevertheless. */
static void
each_decoder_has_its_status (void)
{
  Decoders *d = decoders_new (&check_otis[MANY_BLOCKS], NULL);
  RqDecoder *decoder = d->decoders[4];
  uint32_t k = check_object_k (d->object, 2);

  CHECK_EQUAL (
      rq_decoder_reset (d->decoders[2], k, d->object->oti.symbol_size), RQ_OK);
  CHECK_EQUAL (rq_decoder_set_block (d->decoders[2], d->blocks[2].at), RQ_OK);
  CHECK_EQUAL (
      rq_decoders_decode (d->decoders, d->statuses, d->n, 3), RQ_NEED_MORE);
  for (unsigned i = 0; i < d->n; i++) {
    CHECK_EQUAL (d->statuses[i], i == 2 ? RQ_NEED_MORE : RQ_OK);
    if (i != 2)
      check_decoded (d, i);
  }
  d->decoders[4] = NULL;
  CHECK_EQUAL (
      rq_decoders_decode (d->decoders, d->statuses, d->n, 3), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (d->statuses[2], RQ_NEED_MORE);
  CHECK_EQUAL (d->statuses[4], RQ_ERR_ARGUMENT);
  CHECK_EQUAL (d->statuses[5], RQ_OK);
  d->decoders[4] = decoder;
  CHECK_EQUAL (rq_decoders_decode (NULL, d->statuses, 1, 1), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_decoders_decode (d->decoders, NULL, 1, 1), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_decoders_decode (NULL, NULL, 0, 1), RQ_OK);
  decoders_free (d);
}

static void
decoding_survives_failing_allocations (void)
{
  unsigned failed = 0;

  for (unsigned n_threads = 1; n_threads <= 2; n_threads++) {
    bool did_fail = true;

    for (long n = 0; did_fail; n++) {
      RqCache *cache = rq_cache_new (1 << 20);
      Decoders *d = decoders_new (&check_otis[SUB_BLOCKS], cache);
      RqStatus status;

      rq_test_fail_alloc_after (n);
      status = rq_decoders_decode (d->decoders, d->statuses, d->n, n_threads);
      did_fail = rq_test_alloc_count () > n;
      rq_test_fail_alloc_after (-1);
      CHECK (status == RQ_OK || status == RQ_ERR_MEMORY);
      failed += status == RQ_ERR_MEMORY;
      for (unsigned i = 0; i < d->n; i++) {
        if (d->statuses[i] == RQ_OK)
          check_decoded (d, i);
        else
          CHECK_EQUAL (d->statuses[i], RQ_ERR_MEMORY);
      }
      CHECK_EQUAL (
          rq_decoders_decode (d->decoders, d->statuses, d->n, n_threads),
          RQ_OK);
      for (unsigned i = 0; i < d->n; i++)
        check_decoded (d, i);
      decoders_free (d);
      rq_cache_free (cache);
    }
  }
  CHECK (failed > 20);
}

int
main (void)
{
  RUN (all_threads_encode_what_one_does);
  RUN (as_many_threads_work_as_were_asked_for);
  RUN (fewer_threads_do_all_the_work);
  RUN (wrong_arguments_of_encoding_are_refused);
  RUN (encoding_survives_failing_allocations);
  RUN (all_threads_decode_what_one_does);
  RUN (each_decoder_has_its_status);
  RUN (decoding_survives_failing_allocations);
  return 0;
}
