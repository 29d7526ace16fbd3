/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cache.h: what depends on K' only, shared by all encoders and decoders of a
 * cache. Knows constraint, planner and program.
 */
#ifndef RQ_CACHE_H
#define RQ_CACHE_H

#include "constraint.h"
#include "program.h"

/** What depends on K'; immutable and counted. */
typedef struct _RqCacheEntry RqCacheEntry;

/**
 * Gets the entry of @k_prime, from @cache (NULL: the default one) or anew.
 *
 * @param encode  whether the program for encoding is needed
 * @return an entry, to be given back with rq_cache_entry_unref(), or NULL when
 *   out of memory
 */
RqCacheEntry *rq_cache_get (RqCache *cache, uint32_t k_prime, bool encode);

void rq_cache_entry_unref (RqCacheEntry *entry);

const RqConstraint *rq_cache_entry_constraint (const RqCacheEntry *entry);

/** The program that makes encoding symbols of K' source symbols. */
const RqProgram *rq_cache_entry_program (const RqCacheEntry *entry);

/** Keeps @cache (NULL: the default one) until rq_cache_unref(). */
RqCache *rq_cache_ref (RqCache *cache);

void rq_cache_unref (RqCache *cache);

#endif
