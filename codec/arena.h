/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.h: memory that is taken piece by piece and given back at once. Knows
 * alloc only. Pieces start at multiples of 64 bytes.
 */
#ifndef RQ_ARENA_H
#define RQ_ARENA_H

#include <stddef.h>

typedef struct _RqChunk RqChunk;

/** All zero is an empty arena. */
typedef struct
{
  RqChunk *chunks; /**< the newest first */
  size_t used; /**< bytes taken of the newest */
  size_t total; /**< bytes of all chunks */
} RqArena;

/** Lets the empty @arena begin with @memory of @size bytes, at least 1024, which
    stays the caller's. */
void rq_arena_lend (RqArena *arena, void *memory, size_t size);

/** @n items of @size bytes, not zeroed; NULL when out of memory. */
void *rq_arena_take (RqArena *arena, size_t n, size_t size);

/** As rq_arena_take(), zeroed. */
void *rq_arena_take_zeroed (RqArena *arena, size_t n, size_t size);

/** Bytes that a rq_arena_take() of @n items of @size bytes uses up. */
size_t rq_arena_need (size_t n, size_t size);

/**
 * Gets memory for takes of @bytes in all, so that they cannot fail and lie in
 * one piece. 0 on success, -1 when out of memory.
 */
int rq_arena_reserve (RqArena *arena, size_t bytes);

/** Gives all pieces back but keeps memory for as many bytes again. */
void rq_arena_reset (RqArena *arena);

/** Gives all memory back; the arena is empty and usable. */
void rq_arena_clear (RqArena *arena);

#endif
