/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-cache.c: the cache's limit, what it drops, and threads. Knows raptorq.h.
 */
#include <pthread.h>

#include "check.h"

/* Makes a repair symbol, which needs the plan of @k. */
static void
use (RqCache *cache, uint32_t k)
{
  CheckSymbols source = check_symbols_new (k, 4);
  CheckSymbols out = check_symbols_new (1, 4);
  RqEncoder *encoder = check_encoder (cache, &source);

  CHECK_EQUAL (rq_encoder_write (encoder, k, 1, out.at), RQ_OK);
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&out);
}

static RqCacheStats
stats_of (RqCache *cache)
{
  RqCacheStats stats;

  rq_cache_get_stats (cache, &stats);
  return stats;
}

static void
the_second_block_of_a_size_is_a_hit (void)
{
  RqCache *cache = rq_cache_new (1 << 20);

  use (cache, 100);
  CHECK_EQUAL (stats_of (cache).misses, 1);
  CHECK_EQUAL (stats_of (cache).hits, 0);
  CHECK (stats_of (cache).bytes > 0);
  use (cache, 100);
  /* 99 and 101 make the same or the next K'; 100 and 101 share 101. */
  use (cache, 101);
  CHECK_EQUAL (stats_of (cache).misses, 1);
  CHECK_EQUAL (stats_of (cache).hits, 2);
  rq_cache_free (cache);
}

static void
the_limit_is_kept (void)
{
  const size_t limit = 200000;
  RqCache *cache = rq_cache_new (limit);

  for (uint32_t k = 10; k < 700; k += 30) {
    use (cache, k);
    CHECK (stats_of (cache).bytes <= limit);
  }
  CHECK_EQUAL (stats_of (cache).max_bytes, limit);
  CHECK (stats_of (cache).bytes > 0);
  rq_cache_set_limit (cache, 30000);
  CHECK (stats_of (cache).bytes <= 30000);
  /* Larger than all of the cache: works, and is not kept. */
  use (cache, 2000);
  CHECK (stats_of (cache).bytes <= 30000);
  rq_cache_free (cache);
}

static void
what_was_used_last_stays (void)
{
  RqCache *cache = rq_cache_new (1 << 20);
  size_t one;
  uint64_t misses;

  /* Until all is there that is worth it for this K'. */
  for (unsigned i = 0; i < 10; i++)
    use (cache, 100);
  one = stats_of (cache).bytes;
  use (cache, 150);
  use (cache, 100);
  rq_cache_set_limit (cache, one);
  misses = stats_of (cache).misses;
  use (cache, 100);
  CHECK_EQUAL (stats_of (cache).misses, misses);
  rq_cache_free (cache);
}

static void
clearing_leaves_users_alone (void)
{
  RqCache *cache = rq_cache_new (1 << 20);
  CheckSymbols source = check_symbols_new (50, 4);
  CheckSymbols out = check_symbols_new (3, 4);
  RqEncoder *encoder = check_encoder (cache, &source);

  CHECK_EQUAL (rq_encoder_write (encoder, 50, 1, out.at), RQ_OK);
  rq_cache_clear (cache);
  CHECK_EQUAL (stats_of (cache).bytes, 0);
  CHECK_EQUAL (rq_encoder_write (encoder, 51, 1, out.at + 1), RQ_OK);
  rq_cache_free (cache);
  CHECK_EQUAL (rq_encoder_write (encoder, 52, 1, out.at + 2), RQ_OK);
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&out);
}

static void
the_default_cache_is_always_there (void)
{
  rq_cache_clear (NULL);
  CHECK (rq_cache_default () != NULL);
  CHECK_EQUAL (stats_of (NULL).max_bytes, 64 * 1024 * 1024);
  use (NULL, 77);
  CHECK (stats_of (NULL).bytes > 0);
  CHECK_EQUAL (stats_of (NULL).bytes, stats_of (rq_cache_default ()).bytes);
  rq_cache_set_limit (NULL, 0);
  CHECK_EQUAL (stats_of (NULL).bytes, 0);
  rq_cache_set_limit (NULL, 64 * 1024 * 1024);
  rq_cache_free (rq_cache_default ());
  use (NULL, 77);
}

static void *
work (void *data)
{
  RqCache *cache = data;
  CheckSymbols block = check_symbols_new (60, 8);

  for (uint32_t round = 0; round < 60; round++) {
    uint32_t k = 20 + round % 5 * 10;
    CheckSymbols source = check_symbols_new (k, 8);
    CheckSymbols repair = check_symbols_new (k + 6, 8);
    RqEncoder *encoder = check_encoder (cache, &source);
    RqDecoder *decoder = rq_decoder_new (cache, k, 8, NULL);

    memset (source.data + 1, (int) round + 1, k * 8);
    memset (block.data, 0, 60 * 8 + 1);
    CHECK_EQUAL (rq_decoder_set_block (decoder, block.at), RQ_OK);
    CHECK_EQUAL (rq_encoder_write (encoder, k, k + 6, repair.at), RQ_OK);
    for (uint32_t i = 0; i < k + 6; i++)
      rq_decoder_add (decoder, k + i, repair.at[i]);
    CHECK_EQUAL (rq_decoder_decode (decoder), RQ_OK);
    CHECK (memcmp (block.data + 1, source.data + 1, k * 8) == 0);
    if (round % 7 == 0)
      rq_cache_clear (cache);
    if (round % 11 == 0)
      rq_cache_set_limit (cache, 20000 + round * 1000);
    rq_encoder_free (encoder);
    rq_decoder_free (decoder);
    check_symbols_free (&source);
    check_symbols_free (&repair);
  }
  check_symbols_free (&block);
  return NULL;
}

static void
threads_share_a_cache (void)
{
  enum
  {
    THREADS = 4
  };
  pthread_t threads[THREADS];
  RqCache *cache = rq_cache_new (100000);

  for (unsigned i = 0; i < THREADS; i++)
    CHECK_EQUAL (pthread_create (&threads[i], NULL, work, cache), 0);
  for (unsigned i = 0; i < THREADS; i++)
    CHECK_EQUAL (pthread_join (threads[i], NULL), 0);
  CHECK (stats_of (cache).hits > 0);
  rq_cache_free (cache);
}

int
main (void)
{
  RUN (the_second_block_of_a_size_is_a_hit);
  RUN (the_limit_is_kept);
  RUN (what_was_used_last_stays);
  RUN (clearing_leaves_users_alone);
  RUN (the_default_cache_is_always_there);
  RUN (threads_share_a_cache);
  return 0;
}
