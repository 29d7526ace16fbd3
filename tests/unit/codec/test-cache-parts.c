/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-cache-parts.c: programs and generators that are made in entries of a
 * cache: by several threads at once, and how many bytes are counted. Knows the
 * codec's inner functions.
 */
#include <pthread.h>

#include "alloc.h"
#include "cache.h"
#include "check.h"

#define THREADS 4u
#define PLENTY ((size_t) 64 << 20)

static size_t
bytes_of (RqCache *cache)
{
  RqCacheStats stats;

  rq_cache_get_stats (cache, &stats);
  return stats.bytes;
}

/* Bytes of an entry of @k_prime as it is at first, with its program, and with its
   generator too. */
typedef struct
{
  size_t bare;
  size_t program;
  size_t generator;
} Sizes;

static Sizes
sizes_of (uint32_t k_prime)
{
  RqCache *cache = rq_cache_new (PLENTY);
  RqCacheEntry *entry = rq_cache_get (cache, k_prime);
  Sizes sizes;

  CHECK (entry != NULL);
  sizes.bare = bytes_of (cache);
  CHECK (rq_cache_make_program (cache, entry) != NULL);
  sizes.program = bytes_of (cache);
  CHECK (rq_cache_make_generator (cache, entry) != NULL);
  sizes.generator = bytes_of (cache);
  CHECK (sizes.bare > 0);
  CHECK (sizes.program > sizes.bare);
  CHECK_EQUAL (sizes.generator - sizes.program,
      rq_generator_bytes (&rq_cache_entry_constraint (entry)->params));
  rq_cache_entry_unref (entry);
  rq_cache_free (cache);
  return sizes;
}

/* ---- Threads --------------------------------------------------------------- */

typedef struct
{
  RqCache *cache;
  RqCacheEntry *entry; /* NULL: each gets it from the cache */
  uint32_t k_prime;
  pthread_barrier_t *barrier;
  bool program_first;
  const RqProgram *program;
  const RqGenerator *generator;
} Worker;

/* What is there is right: the first source symbol is itself. */
static void
check_generator (const RqGenerator *generator)
{
  uint8_t *row = malloc (generator->stride);

  CHECK (row != NULL);
  rq_generator_row (generator, 0, row);
  CHECK_EQUAL (row[0], 1);
  for (size_t i = 1; i < generator->stride; i++)
    CHECK_EQUAL (row[i], 0);
  free (row);
}

/* Those that do not begin with the program make it with the generator. */
static void *
make_parts (void *data)
{
  Worker *worker = data;
  RqCacheEntry *entry = worker->entry;
  int rc = pthread_barrier_wait (worker->barrier);

  CHECK (rc == 0 || rc == PTHREAD_BARRIER_SERIAL_THREAD);
  if (entry == NULL)
    entry = rq_cache_get (worker->cache, worker->k_prime);
  CHECK (entry != NULL);
  if (worker->program_first)
    CHECK (rq_cache_make_program (worker->cache, entry) != NULL);
  worker->generator = rq_cache_make_generator (worker->cache, entry);
  CHECK (worker->generator != NULL);
  check_generator (worker->generator);
  worker->program = rq_cache_entry_program (entry);
  if (worker->entry == NULL)
    rq_cache_entry_unref (entry);
  return NULL;
}

static void
run_workers (Worker workers[THREADS], RqCache *cache, RqCacheEntry *entry,
    uint32_t k_prime)
{
  pthread_t threads[THREADS];
  pthread_barrier_t barrier;

  CHECK_EQUAL (pthread_barrier_init (&barrier, NULL, THREADS), 0);
  for (unsigned i = 0; i < THREADS; i++) {
    workers[i] = (Worker){ .cache = cache,
      .entry = entry,
      .k_prime = k_prime,
      .program_first = i % 2 == 0,
      .barrier = &barrier };
    CHECK_EQUAL (
        pthread_create (&threads[i], NULL, make_parts, &workers[i]), 0);
  }
  for (unsigned i = 0; i < THREADS; i++)
    CHECK_EQUAL (pthread_join (threads[i], NULL), 0);
  CHECK_EQUAL (pthread_barrier_destroy (&barrier), 0);
}

static void
threads_end_with_one_of_each (void)
{
  /* The largest takes so long that threads meet on a single processor, too. */
  static const uint32_t k_primes[] = { 10, 26, 101, 257, 2005 };

  for (unsigned round = 0; round < 40; round++) {
    uint32_t k_prime = k_primes[round % 5];
    Sizes sizes = sizes_of (k_prime);
    RqCache *cache = rq_cache_new (PLENTY);
    RqCacheEntry *entry = rq_cache_get (cache, k_prime);
    Worker workers[THREADS];

    CHECK (entry != NULL);
    run_workers (workers, cache, entry, k_prime);
    for (unsigned i = 0; i < THREADS; i++) {
      CHECK (workers[i].program == rq_cache_entry_program (entry));
      CHECK (workers[i].generator == rq_cache_entry_generator (entry));
    }
    CHECK_EQUAL (bytes_of (cache), sizes.generator);
    rq_cache_entry_unref (entry);
    rq_cache_clear (cache);
    CHECK_EQUAL (bytes_of (cache), 0);
    rq_cache_free (cache);
  }
}

/* Those that miss at once each have an entry of their own; one stays, and what is
   made in the others is not counted. */
static void
threads_leave_one_entry (void)
{
  Sizes sizes = sizes_of (101);

  for (unsigned round = 0; round < 40; round++) {
    RqCache *cache = rq_cache_new (PLENTY);
    RqCacheStats stats;
    Worker workers[THREADS];

    run_workers (workers, cache, NULL, 101);
    rq_cache_get_stats (cache, &stats);
    CHECK_EQUAL (stats.hits + stats.misses, THREADS);
    CHECK (stats.misses >= 1);
    CHECK_EQUAL (stats.bytes, sizes.generator);
    rq_cache_free (cache);
  }
}

/* One empties the cache while others make parts. */
static void *
clear_often (void *data)
{
  Worker *worker = data;
  int rc = pthread_barrier_wait (worker->barrier);

  CHECK (rc == 0 || rc == PTHREAD_BARRIER_SERIAL_THREAD);
  for (unsigned i = 0; i < 100; i++)
    rq_cache_clear (worker->cache);
  return NULL;
}

static void
clearing_meanwhile_leaves_nothing_counted (void)
{
  for (unsigned round = 0; round < 40; round++) {
    RqCache *cache = rq_cache_new (PLENTY);
    pthread_barrier_t barrier;
    pthread_t threads[2];
    Worker worker = { .cache = cache, .k_prime = 101, .barrier = &barrier };
    Worker clearer = worker;

    CHECK_EQUAL (pthread_barrier_init (&barrier, NULL, 2), 0);
    CHECK_EQUAL (pthread_create (&threads[0], NULL, make_parts, &worker), 0);
    CHECK_EQUAL (pthread_create (&threads[1], NULL, clear_often, &clearer), 0);
    for (unsigned i = 0; i < 2; i++)
      CHECK_EQUAL (pthread_join (threads[i], NULL), 0);
    CHECK_EQUAL (pthread_barrier_destroy (&barrier), 0);
    rq_cache_clear (cache);
    CHECK_EQUAL (bytes_of (cache), 0);
    rq_cache_free (cache);
  }
}

/* ---- Bytes ----------------------------------------------------------------- */

static void
what_is_not_kept_is_not_counted (void)
{
  Sizes sizes = sizes_of (101);
  RqCache *cache = rq_cache_new (PLENTY);
  RqCacheEntry *entry = rq_cache_get (cache, 101);
  RqCacheEntry *next;

  CHECK_EQUAL (bytes_of (cache), sizes.bare);
  CHECK (rq_cache_make_program (cache, entry) != NULL);
  CHECK_EQUAL (bytes_of (cache), sizes.program);
  rq_cache_clear (cache);
  CHECK_EQUAL (bytes_of (cache), 0);
  /* It grows on, for its user alone. */
  CHECK (rq_cache_make_generator (cache, entry) != NULL);
  CHECK_EQUAL (bytes_of (cache), 0);
  next = rq_cache_get (cache, 101);
  CHECK (next != entry);
  CHECK (rq_cache_entry_program (next) == NULL);
  CHECK_EQUAL (bytes_of (cache), sizes.bare);
  rq_cache_entry_unref (entry);
  CHECK_EQUAL (bytes_of (cache), sizes.bare);
  rq_cache_clear (cache);
  rq_cache_entry_unref (next);
  CHECK_EQUAL (bytes_of (cache), 0);
  rq_cache_free (cache);
}

static void
growing_beyond_the_limit_drops_the_entry (void)
{
  Sizes sizes = sizes_of (257);

  /* One byte too few for the program, then for the generator; then enough. */
  for (unsigned way = 0; way < 3; way++) {
    size_t limit = way == 0 ? sizes.program - 1
        : way == 1          ? sizes.generator - 1
                            : sizes.generator;
    RqCache *cache = rq_cache_new (limit);
    RqCacheEntry *entry = rq_cache_get (cache, 257);

    CHECK_EQUAL (bytes_of (cache), sizes.bare);
    CHECK (rq_cache_make_program (cache, entry) != NULL);
    CHECK_EQUAL (bytes_of (cache), way == 0 ? 0 : sizes.program);
    CHECK (rq_cache_make_generator (cache, entry) != NULL);
    CHECK_EQUAL (bytes_of (cache), way < 2 ? 0 : sizes.generator);
    /* Whoever has it goes on. */
    check_generator (rq_cache_entry_generator (entry));
    rq_cache_free (cache);
    check_generator (rq_cache_entry_generator (entry));
    rq_cache_entry_unref (entry);
  }
}

/* Others give way first, the one used longest ago before all. */
static void
growing_drops_what_is_older (void)
{
  Sizes sizes = sizes_of (257);
  Sizes older = sizes_of (101);
  Sizes oldest = sizes_of (26);
  RqCache *cache = rq_cache_new (sizes.generator + older.bare);
  RqCacheEntry *entry;

  rq_cache_entry_unref (rq_cache_get (cache, 26));
  rq_cache_entry_unref (rq_cache_get (cache, 101));
  entry = rq_cache_get (cache, 257);
  CHECK (rq_cache_make_program (cache, entry) != NULL);
  CHECK_EQUAL (bytes_of (cache), sizes.program + older.bare + oldest.bare);
  CHECK (rq_cache_make_generator (cache, entry) != NULL);
  CHECK_EQUAL (bytes_of (cache), sizes.generator + older.bare);
  rq_cache_entry_unref (entry);
  /* It is still the one that is found. */
  entry = rq_cache_get (cache, 257);
  CHECK (rq_cache_entry_generator (entry) != NULL);
  rq_cache_entry_unref (entry);
  rq_cache_free (cache);
}

static void
parts_are_made_once_there_is_memory (void)
{
  Sizes sizes = sizes_of (101);
  RqCache *cache = rq_cache_new (PLENTY);
  RqCacheEntry *entry = rq_cache_get (cache, 101);
  unsigned failed = 0;

  for (long n = 0;; n++) {
    size_t before = bytes_of (cache);
    const RqGenerator *generator;

    rq_test_fail_alloc_after (n);
    generator = rq_cache_make_generator (cache, entry);
    rq_test_fail_alloc_after (-1);
    if (generator != NULL)
      break;
    CHECK (rq_cache_entry_generator (entry) == NULL);
    CHECK_EQUAL (bytes_of (cache),
        rq_cache_entry_program (entry) != NULL ? sizes.program : sizes.bare);
    CHECK (bytes_of (cache) >= before);
    failed++;
  }
  CHECK (failed > 3);
  CHECK_EQUAL (bytes_of (cache), sizes.generator);
  check_generator (rq_cache_entry_generator (entry));
  rq_cache_entry_unref (entry);
  rq_cache_free (cache);
}

int
main (void)
{
  RUN (threads_end_with_one_of_each);
  RUN (threads_leave_one_entry);
  RUN (clearing_meanwhile_leaves_nothing_counted);
  RUN (what_is_not_kept_is_not_counted);
  RUN (growing_beyond_the_limit_drops_the_entry);
  RUN (growing_drops_what_is_older);
  RUN (parts_are_made_once_there_is_memory);
  return 0;
}
