/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.c: memory that is given back at once. Knows alloc only.
 */
#include "arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "alloc.h"

/* Chunks are at least so large, so that small takes do not allocate singly. */
#define CHUNK_MIN ((size_t) 16384)

/* The header takes one unit of alignment, so that the data stay aligned. */
#define HEADER_SIZE ((size_t) 64)

struct _RqChunk
{
  RqChunk *next;
  size_t size;
  bool is_lent; /* not ours to free */
};

void
rq_arena_lend (RqArena *arena, void *memory, size_t size)
{
  uintptr_t at = ((uintptr_t) memory + 63) & ~(uintptr_t) 63;
  RqChunk *chunk = (RqChunk *) at;

  chunk->next = NULL;
  chunk->size = (size - (at - (uintptr_t) memory) - HEADER_SIZE) & ~(size_t) 63;
  chunk->is_lent = true;
  arena->chunks = chunk;
  arena->used = 0;
  arena->total = chunk->size;
}

size_t
rq_arena_need (size_t n, size_t size)
{
  if (size != 0 && n > (SIZE_MAX - 63) / size)
    return SIZE_MAX;
  return (n * size + 63) & ~(size_t) 63;
}

static int
add_chunk (RqArena *arena, size_t size)
{
  RqChunk *chunk;

  if (size > SIZE_MAX - HEADER_SIZE)
    return -1;
  chunk = rq_malloc_aligned (size + HEADER_SIZE);
  if (chunk == NULL)
    return -1;
  chunk->next = arena->chunks;
  chunk->size = size;
  chunk->is_lent = false;
  arena->chunks = chunk;
  arena->used = 0;
  arena->total += size;
  return 0;
}

void *
rq_arena_take (RqArena *arena, size_t n, size_t size)
{
  size_t need = rq_arena_need (n, size);
  uint8_t *memory;

  if (arena->chunks == NULL || need > arena->chunks->size - arena->used) {
    size_t grow = arena->total > CHUNK_MIN ? arena->total : CHUNK_MIN;

    if (add_chunk (arena, need > grow ? need : grow) != 0)
      return NULL;
  }
  memory = (uint8_t *) arena->chunks + HEADER_SIZE + arena->used;
  arena->used += need;
  return memory;
}

void *
rq_arena_take_zeroed (RqArena *arena, size_t n, size_t size)
{
  void *memory = rq_arena_take (arena, n, size);

  if (memory != NULL)
    memset (memory, 0, n * size);
  return memory;
}

int
rq_arena_reserve (RqArena *arena, size_t bytes)
{
  if (arena->chunks != NULL && bytes <= arena->chunks->size - arena->used)
    return 0;
  return add_chunk (arena, bytes);
}

void
rq_arena_reset (RqArena *arena)
{
  size_t total = arena->total;

  arena->used = 0;
  if (arena->chunks == NULL || arena->chunks->next == NULL)
    return;
  /* One chunk instead of many; if there is no memory for it, takes will try
     again and tell. */
  rq_arena_clear (arena);
  (void) add_chunk (arena, total);
}

void
rq_arena_clear (RqArena *arena)
{
  while (arena->chunks != NULL) {
    RqChunk *chunk = arena->chunks;

    arena->chunks = chunk->next;
    if (!chunk->is_lent)
      rq_free (chunk);
  }
  arena->used = 0;
  arena->total = 0;
}
