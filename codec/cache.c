/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cache.c: the bounded, shared cache of what depends on K' only. Knows
 * constraint, planner and program.
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

struct _RqCacheEntry
{
  atomic_uint refs;
  uint32_t k_prime;
  bool has_program;
  size_t bytes;
  RqConstraint constraint;
  RqProgram program;
  RqArena arena; /* of the program */

  /* In the cache's list, the one used last first; under the cache's lock. */
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

static bool
make_program (RqCacheEntry *entry)
{
  RqArena scratch = { 0 };
  uint32_t *isis = rq_malloc (entry->k_prime * sizeof *isis);
  uint32_t deficiency;
  RqStatus status = RQ_ERR_MEMORY;

  if (isis != NULL) {
    for (uint32_t i = 0; i < entry->k_prime; i++)
      isis[i] = i;
    status = rq_plan (&entry->program, &entry->constraint, isis, entry->k_prime,
        &entry->arena, &scratch, &deficiency);
  }
  rq_free (isis);
  rq_arena_clear (&scratch);
  return status == RQ_OK;
}

static RqCacheEntry *
entry_new (uint32_t k_prime, bool encode)
{
  RqCacheEntry *entry = rq_calloc (1, sizeof *entry);

  if (entry == NULL)
    return NULL;
  atomic_init (&entry->refs, 1);
  entry->k_prime = k_prime;
  entry->has_program = encode;
  if (!rq_constraint_init (&entry->constraint, k_prime) ||
      (encode && !make_program (entry))) {
    rq_cache_entry_unref (entry);
    return NULL;
  }
  entry->bytes =
      sizeof *entry + entry->constraint.arena.total + entry->arena.total;
  return entry;
}

void
rq_cache_entry_unref (RqCacheEntry *entry)
{
  if (entry == NULL || atomic_fetch_sub (&entry->refs, 1) != 1)
    return;
  rq_constraint_clear (&entry->constraint);
  rq_arena_clear (&entry->arena);
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
  return &entry->program;
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

/* Keeps @entry in place of what is there for its K', unless that does as well
   or @entry is too large; takes a reference of its own. */
static void
keep (RqCache *cache, RqCacheEntry *entry)
{
  RqCacheEntry *old = find (cache, entry->k_prime);

  if (entry->bytes > cache->stats.max_bytes)
    return;
  if (old != NULL) {
    if (old->has_program || !entry->has_program)
      return;
    unlink_entry (cache, old);
    rq_cache_entry_unref (old);
  }
  shrink (cache, cache->stats.max_bytes - entry->bytes);
  atomic_fetch_add (&entry->refs, 1);
  link_first (cache, entry);
}

/* ---- Inside the library -------------------------------------------------- */

RqCacheEntry *
rq_cache_get (RqCache *cache, uint32_t k_prime, bool encode)
{
  RqCacheEntry *entry;

  if (cache == NULL)
    cache = &default_cache;
  pthread_mutex_lock (&cache->lock);
  entry = find (cache, k_prime);
  if (entry != NULL && (entry->has_program || !encode)) {
    unlink_entry (cache, entry);
    link_first (cache, entry);
    atomic_fetch_add (&entry->refs, 1);
    cache->stats.hits++;
    pthread_mutex_unlock (&cache->lock);
    return entry;
  }
  cache->stats.misses++;
  pthread_mutex_unlock (&cache->lock);

  entry = entry_new (k_prime, encode);
  if (entry == NULL)
    return NULL;
  pthread_mutex_lock (&cache->lock);
  keep (cache, entry);
  pthread_mutex_unlock (&cache->lock);
  return entry;
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
