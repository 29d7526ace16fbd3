/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cache.h: what depends on K' only, shared by all encoders and decoders of a
 * cache. Knows constraint, planner, program and generator.
 */
#ifndef RQ_CACHE_H
#define RQ_CACHE_H

#include "constraint.h"
#include "generator.h"

/** What depends on K': the constraint, and what was made of it; counted. All
    that is there is immutable. */
typedef struct _RqCacheEntry RqCacheEntry;

/**
 * Gets the entry of @k_prime, from @cache (NULL: the default one) or anew.
 *
 * @return an entry, to be given back with rq_cache_entry_unref(), or NULL when
 *   out of memory
 */
RqCacheEntry *rq_cache_get (RqCache *cache, uint32_t k_prime);

void rq_cache_entry_unref (RqCacheEntry *entry);

const RqConstraint *rq_cache_entry_constraint (const RqCacheEntry *entry);

/** The program that makes encoding symbols of K' source symbols; NULL when it
    was not made yet. */
const RqProgram *rq_cache_entry_program (const RqCacheEntry *entry);

/** The generator matrix; NULL when it was not made yet. */
const RqGenerator *rq_cache_entry_generator (const RqCacheEntry *entry);

/** Makes what is not there yet, for all users of @entry, which @cache gave out;
    they live as long as it. NULL when out of memory. */
const RqProgram *rq_cache_make_program (RqCache *cache, RqCacheEntry *entry);
const RqGenerator *rq_cache_make_generator (
    RqCache *cache, RqCacheEntry *entry);

/** Counts how often a generator would have served, and tells it. */
uint32_t rq_cache_entry_ask (RqCacheEntry *entry);

/** Keeps @cache (NULL: the default one) until rq_cache_unref(). */
RqCache *rq_cache_ref (RqCache *cache);

void rq_cache_unref (RqCache *cache);

#endif
