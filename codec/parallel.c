/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parallel.c: work on several threads, and blocks encoded and decoded so. Knows
 * encoder, decoder and object.
 */
#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "alloc.h"
#include "raptorq.h"

/* More threads than that are never made. */
#define THREADS_MAX 256

/* ---- Threads -------------------------------------------------------------- */

void
rq_items_init (RqItems *items, size_t n)
{
  atomic_init (&items->next, 0);
  items->n = n;
}

bool
rq_items_take (RqItems *items, size_t *item)
{
  *item = atomic_fetch_add (&items->next, 1);
  return *item < items->n;
}

typedef struct
{
  void (*work) (void *data);
  void *data;
} Job;

static void *
start (void *data)
{
  const Job *job = data;

  job->work (job->data);
  return NULL;
}

static size_t
count_threads (size_t n_items, unsigned n_threads)
{
  size_t n = n_threads;

  if (n == 0) {
    long online = sysconf (_SC_NPROCESSORS_ONLN);

    n = online > 0 ? (size_t) online : 1;
  }
  if (n > n_items)
    n = n_items;
  return n < THREADS_MAX ? n : THREADS_MAX;
}

void
rq_parallel_run (
    void (*work) (void *data), void *data, size_t n_items, unsigned n_threads)
{
  pthread_t threads[THREADS_MAX];
  Job job = { work, data };
  size_t wanted = count_threads (n_items, n_threads);
  size_t made = 0;

  while (made + 1 < wanted &&
      pthread_create (&threads[made], NULL, start, &job) == 0)
    made++;
  work (data);
  while (made > 0)
    pthread_join (threads[--made], NULL);
}

/* ---- Encoding ------------------------------------------------------------- */

typedef struct
{
  RqItems items; /* source blocks */
  RqCache *cache;
  const RqOti *oti;
  const uint8_t *object;
  uint32_t first;
  uint32_t count;
  uint8_t *const *out;
  atomic_int status; /* RQ_OK, or what stopped one of the threads */
} EncodeJob;

/* What a thread keeps from one block to the next. */
typedef struct
{
  RqEncoder *encoder;
  uint8_t *copy; /* a block's symbols, when it has sub-blocks */
  size_t copy_capacity;
} Worker;

/* Makes a copy of block @sbn in which each symbol lies in one piece. */
static RqStatus
copy_symbols (
    const EncodeJob *job, Worker *worker, unsigned sbn, const uint8_t *block)
{
  uint32_t k = rq_oti_block_symbols (job->oti, sbn);
  size_t t = job->oti->symbol_size;

  if (k > SIZE_MAX / t)
    return RQ_ERR_MEMORY;
  if (worker->copy_capacity < k * t) {
    rq_free (worker->copy);
    worker->copy_capacity = 0;
    worker->copy = rq_malloc (k * t);
    if (worker->copy == NULL)
      return RQ_ERR_MEMORY;
    worker->copy_capacity = k * t;
  }
  for (uint32_t esi = 0; esi < k; esi++) {
    RqStatus status =
        rq_oti_take_symbol (job->oti, sbn, esi, block, worker->copy + esi * t);

    if (status != RQ_OK)
      return status;
  }
  return RQ_OK;
}

static RqStatus
set_source (const EncodeJob *job, Worker *worker, unsigned sbn)
{
  const uint8_t *block = job->object + rq_oti_block_offset (job->oti, sbn);
  size_t size = (size_t) rq_oti_block_size (job->oti, sbn);
  size_t t = job->oti->symbol_size;
  RqStatus status;

  if (job->oti->sub_blocks == 1)
    return rq_encoder_set_source_block (worker->encoder, block, size, t);
  status = copy_symbols (job, worker, sbn, block);
  if (status != RQ_OK)
    return status;
  size = rq_oti_block_symbols (job->oti, sbn) * t;
  return rq_encoder_set_source_block (worker->encoder, worker->copy, size, t);
}

static RqStatus
encode_block (const EncodeJob *job, Worker *worker, unsigned sbn)
{
  uint32_t k = rq_oti_block_symbols (job->oti, sbn);
  uint32_t t = job->oti->symbol_size;
  RqStatus status = RQ_OK;

  if (worker->encoder == NULL)
    worker->encoder = rq_encoder_new (job->cache, k, t, &status);
  else
    status = rq_encoder_reset (worker->encoder, k, t);
  if (status == RQ_OK)
    status = set_source (job, worker, sbn);
  if (status == RQ_OK)
    status = rq_encoder_write (worker->encoder, k + job->first, job->count,
        job->out + (size_t) sbn * job->count);
  return status;
}

static void
encode_blocks (void *data)
{
  EncodeJob *job = data;
  Worker worker = { NULL, NULL, 0 };
  size_t sbn;

  while (atomic_load (&job->status) == RQ_OK &&
      rq_items_take (&job->items, &sbn)) {
    RqStatus status = encode_block (job, &worker, (unsigned) sbn);

    if (status != RQ_OK)
      atomic_store (&job->status, status);
  }
  rq_encoder_free (worker.encoder);
  rq_free (worker.copy);
}

static RqStatus
check_encode_job (const EncodeJob *job)
{
  uint32_t most = RQ_ESI_MAX + 1;
  RqStatus status;

  if (job->oti == NULL || job->object == NULL ||
      (job->out == NULL && job->count > 0))
    return RQ_ERR_ARGUMENT;
  status = rq_oti_check (job->oti);
  if (status != RQ_OK)
    return status;
  if (job->oti->transfer_length != (size_t) job->oti->transfer_length)
    return RQ_ERR_SIZE;
  /* No block has more symbols than the first. */
  most -= rq_oti_block_symbols (job->oti, 0);
  if (job->first > most || job->count > most - job->first)
    return RQ_ERR_ESI;
  for (size_t i = 0; i < (size_t) job->oti->source_blocks * job->count; i++) {
    if (job->out[i] == NULL)
      return RQ_ERR_ARGUMENT;
  }
  return RQ_OK;
}

RqStatus
rq_object_encode (RqCache *cache, const RqOti *oti, const uint8_t *object,
    uint32_t first, uint32_t count, uint8_t *const *out, unsigned n_threads)
{
  EncodeJob job = { .cache = cache,
    .oti = oti,
    .object = object,
    .first = first,
    .count = count,
    .out = out };
  RqStatus status = check_encode_job (&job);

  if (status != RQ_OK || count == 0)
    return status;
  atomic_init (&job.status, RQ_OK);
  rq_items_init (&job.items, oti->source_blocks);
  rq_parallel_run (encode_blocks, &job, oti->source_blocks, n_threads);
  return (RqStatus) atomic_load (&job.status);
}

/* ---- Decoding ------------------------------------------------------------- */

typedef struct
{
  RqItems items; /* decoders */
  RqDecoder *const *decoders;
  RqStatus *statuses;
} DecodeJob;

static void
decode_blocks (void *data)
{
  DecodeJob *job = data;
  size_t i;

  while (rq_items_take (&job->items, &i))
    job->statuses[i] = rq_decoder_decode (job->decoders[i]);
}

RqStatus
rq_decoders_decode (RqDecoder *const *decoders, RqStatus *statuses, size_t n,
    unsigned n_threads)
{
  DecodeJob job = { .decoders = decoders, .statuses = statuses };
  RqStatus status = RQ_OK;

  if (n > 0 && (decoders == NULL || statuses == NULL))
    return RQ_ERR_ARGUMENT;
  rq_items_init (&job.items, n);
  rq_parallel_run (decode_blocks, &job, n, n_threads);
  for (size_t i = 0; i < n; i++) {
    if (statuses[i] < RQ_OK)
      return statuses[i];
    if (statuses[i] == RQ_NEED_MORE)
      status = RQ_NEED_MORE;
  }
  return status;
}
