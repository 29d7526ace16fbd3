/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cache.c: the bounded, shared cache of what depends on K' only. Knows
 * constraint, planner, program and generator.
 *
 * Entries are made outside the lock: two threads that miss at once both make
 * one, and the one that comes second is dropped. An entry that is larger than
 * the limit is handed out but not kept.
 */
#include "cache.h"

#include <pthread.h>
#include <stdatomic.h>

#include "alloc.h"
#include "planner.h"

#define DEFAULT_LIMIT ((size_t) 64 * 1024 * 1024)

/* A program and its memory. */
typedef struct
{
  RqProgram program;
  RqArena arena;
} Made;

struct _RqCacheEntry
{
  atomic_uint refs;
  uint32_t k_prime;
  RqConstraint constraint;
  _Atomic (Made *) made; /* once it was needed */
  _Atomic (RqGenerator *) generator; /* once it was worth it */
  atomic_uint asked;

  /* Under the cache's lock. In its list the one used last comes first. */
  size_t bytes;
  bool kept;
  RqCacheEntry *next;
  RqCacheEntry *previous;
};

struct _RqCache
{
  atomic_uint refs;
  pthread_mutex_t lock;
  RqCacheEntry *first;
  RqCacheEntry *last;
  RqCacheStats stats;
};

static RqCache default_cache = {
  .refs = 1,
  .lock = PTHREAD_MUTEX_INITIALIZER,
  .stats = { .max_bytes = DEFAULT_LIMIT },
};

/* ---- Entries ------------------------------------------------------------- */

static void
made_free (Made *made)
{
  if (made == NULL)
    return;
  rq_arena_clear (&made->arena);
  rq_free (made);
}

static Made *
made_new (const RqConstraint *constraint)
{
  uint32_t k_prime = constraint->params.k_prime;
  RqArena scratch = { 0 };
  uint32_t *isis = rq_malloc (k_prime * sizeof *isis);
  Made *made = rq_calloc (1, sizeof *made);
  uint32_t deficiency;
  RqStatus status = RQ_ERR_MEMORY;

  if (isis != NULL && made != NULL) {
    for (uint32_t i = 0; i < k_prime; i++)
      isis[i] = i;
    status = rq_plan (&made->program, constraint, isis, k_prime, &made->arena,
        &scratch, &deficiency);
  }
  rq_free (isis);
  rq_arena_clear (&scratch);
  if (status == RQ_OK)
    return made;
  made_free (made);
  return NULL;
}

static RqCacheEntry *
entry_new (uint32_t k_prime)
{
  RqCacheEntry *entry = rq_calloc (1, sizeof *entry);

  if (entry == NULL)
    return NULL;
  atomic_init (&entry->refs, 1);
  entry->k_prime = k_prime;
  if (!rq_constraint_init (&entry->constraint, k_prime)) {
    rq_free (entry);
    return NULL;
  }
  entry->bytes = sizeof *entry + entry->constraint.arena.total;
  return entry;
}

void
rq_cache_entry_unref (RqCacheEntry *entry)
{
  if (entry == NULL || atomic_fetch_sub (&entry->refs, 1) != 1)
    return;
  rq_generator_free (atomic_load (&entry->generator));
  made_free (atomic_load (&entry->made));
  rq_constraint_clear (&entry->constraint);
  rq_free (entry);
}

const RqConstraint *
rq_cache_entry_constraint (const RqCacheEntry *entry)
{
  return &entry->constraint;
}

const RqProgram *
rq_cache_entry_program (const RqCacheEntry *entry)
{
  const Made *made = atomic_load (&((RqCacheEntry *) entry)->made);

  return made != NULL ? &made->program : NULL;
}

const RqGenerator *
rq_cache_entry_generator (const RqCacheEntry *entry)
{
  return atomic_load (&((RqCacheEntry *) entry)->generator);
}

uint32_t
rq_cache_entry_ask (RqCacheEntry *entry)
{
  return atomic_fetch_add (&entry->asked, 1);
}

/* ---- The list, under the lock -------------------------------------------- */

static void
unlink_entry (RqCache *cache, RqCacheEntry *entry)
{
  if (entry->previous != NULL)
    entry->previous->next = entry->next;
  else
    cache->first = entry->next;
  if (entry->next != NULL)
    entry->next->previous = entry->previous;
  else
    cache->last = entry->previous;
  cache->stats.bytes -= entry->bytes;
  entry->kept = false;
}

static void
link_first (RqCache *cache, RqCacheEntry *entry)
{
  entry->previous = NULL;
  entry->next = cache->first;
  if (cache->first != NULL)
    cache->first->previous = entry;
  else
    cache->last = entry;
  cache->first = entry;
  cache->stats.bytes += entry->bytes;
  entry->kept = true;
}

static RqCacheEntry *
find (RqCache *cache, uint32_t k_prime)
{
  RqCacheEntry *entry = cache->first;

  while (entry != NULL && entry->k_prime != k_prime)
    entry = entry->next;
  return entry;
}

/* Drops entries, oldest use first, until @limit is kept. */
static void
shrink (RqCache *cache, size_t limit)
{
  while (cache->last != NULL && cache->stats.bytes > limit) {
    RqCacheEntry *entry = cache->last;

    unlink_entry (cache, entry);
    rq_cache_entry_unref (entry);
  }
}

/* Keeps @entry, unless there is one for its K' or it is too large; takes a
   reference of its own. */
static void
keep (RqCache *cache, RqCacheEntry *entry)
{
  if (entry->bytes > cache->stats.max_bytes ||
      find (cache, entry->k_prime) != NULL)
    return;
  shrink (cache, cache->stats.max_bytes - entry->bytes);
  atomic_fetch_add (&entry->refs, 1);
  link_first (cache, entry);
}

/* @entry has grown by @bytes. */
static void
grow (RqCache *cache, RqCacheEntry *entry, size_t bytes)
{
  if (cache == NULL)
    cache = &default_cache;
  pthread_mutex_lock (&cache->lock);
  entry->bytes += bytes;
  if (entry->kept) {
    cache->stats.bytes += bytes;
    shrink (cache, cache->stats.max_bytes);
  }
  pthread_mutex_unlock (&cache->lock);
}

/* ---- Inside the library -------------------------------------------------- */

RqCacheEntry *
rq_cache_get (RqCache *cache, uint32_t k_prime)
{
  RqCacheEntry *entry;

  if (cache == NULL)
    cache = &default_cache;
  pthread_mutex_lock (&cache->lock);
  entry = find (cache, k_prime);
  if (entry != NULL) {
    if (entry != cache->first) {
      unlink_entry (cache, entry);
      link_first (cache, entry);
    }
    atomic_fetch_add (&entry->refs, 1);
    cache->stats.hits++;
    pthread_mutex_unlock (&cache->lock);
    return entry;
  }
  cache->stats.misses++;
  pthread_mutex_unlock (&cache->lock);

  entry = entry_new (k_prime);
  if (entry == NULL)
    return NULL;
  pthread_mutex_lock (&cache->lock);
  keep (cache, entry);
  pthread_mutex_unlock (&cache->lock);
  return entry;
}

const RqProgram *
rq_cache_make_program (RqCache *cache, RqCacheEntry *entry)
{
  Made *expected = NULL;
  Made *made;

  if (rq_cache_entry_program (entry) != NULL)
    return rq_cache_entry_program (entry);
  made = made_new (&entry->constraint);
  if (made == NULL)
    return NULL;
  if (atomic_compare_exchange_strong (&entry->made, &expected, made))
    grow (cache, entry, sizeof *made + made->arena.total);
  else
    made_free (made);
  return rq_cache_entry_program (entry);
}

const RqGenerator *
rq_cache_make_generator (RqCache *cache, RqCacheEntry *entry)
{
  RqGenerator *expected = NULL;
  RqGenerator *generator;
  const RqProgram *program;

  if (rq_cache_entry_generator (entry) != NULL)
    return rq_cache_entry_generator (entry);
  program = rq_cache_make_program (cache, entry);
  if (program == NULL)
    return NULL;
  generator = rq_generator_new (program);
  if (generator == NULL)
    return NULL;
  if (atomic_compare_exchange_strong (&entry->generator, &expected, generator))
    grow (cache, entry, rq_generator_bytes (&program->params));
  else
    rq_generator_free (generator);
  return rq_cache_entry_generator (entry);
}

RqCache *
rq_cache_ref (RqCache *cache)
{
  if (cache == NULL)
    cache = &default_cache;
  atomic_fetch_add (&cache->refs, 1);
  return cache;
}

void
rq_cache_unref (RqCache *cache)
{
  if (cache == NULL || atomic_fetch_sub (&cache->refs, 1) != 1)
    return;
  rq_cache_clear (cache);
  pthread_mutex_destroy (&cache->lock);
  rq_free (cache);
}

/* ---- Public -------------------------------------------------------------- */

RqCache *
rq_cache_new (size_t max_bytes)
{
  RqCache *cache = rq_calloc (1, sizeof *cache);

  if (cache == NULL)
    return NULL;
  if (pthread_mutex_init (&cache->lock, NULL) != 0) {
    rq_free (cache);
    return NULL;
  }
  atomic_init (&cache->refs, 1);
  cache->stats.max_bytes = max_bytes;
  return cache;
}

void
rq_cache_free (RqCache *cache)
{
  /* The default one is never freed by callers. */
  if (cache != &default_cache)
    rq_cache_unref (cache);
}

RqCache *
rq_cache_default (void)
{
  return &default_cache;
}

void
rq_cache_clear (RqCache *cache)
{
  if (cache == NULL)
    cache = &default_cache;
  pthread_mutex_lock (&cache->lock);
  shrink (cache, 0);
  pthread_mutex_unlock (&cache->lock);
}

void
rq_cache_set_limit (RqCache *cache, size_t max_bytes)
{
  if (cache == NULL)
    cache = &default_cache;
  pthread_mutex_lock (&cache->lock);
  cache->stats.max_bytes = max_bytes;
  shrink (cache, max_bytes);
  pthread_mutex_unlock (&cache->lock);
}

void
rq_cache_get_stats (RqCache *cache, RqCacheStats *stats)
{
  if (cache == NULL)
    cache = &default_cache;
  if (stats == NULL)
    return;
  pthread_mutex_lock (&cache->lock);
  *stats = cache->stats;
  pthread_mutex_unlock (&cache->lock);
}
