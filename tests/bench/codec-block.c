/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-block.c: a source block, its repair symbols, and copies with losses.
 * Knows raptorq.h.
 */
#include "codec-block.h"

#include <string.h>

/* Small blocks are decoded several at a time, so that the clock's own time
   does not count; all of them together stay well within an L2 cache. */
#define COPIES_BYTES (256u * 1024u)
#define COPIES_MAX 32u
#define OUTPUTS_BYTES (64u * 1024u)
#define LINE 64
#define OUTPUTS_MAX 64u

/* @n symbols of @t bytes from @data. */
static guint8 **
point_into (guint8 *data, guint n, guint t)
{
  guint8 **symbols = g_new (guint8 *, n);
  guint i;

  for (i = 0; i < n; i++)
    symbols[i] = data + (gsize) i * t;
  return symbols;
}

static void
init_copy (CodecBlock *block, CodecCopy *copy, guint8 *data)
{
  copy->data = data;
  copy->symbols = point_into (data, block->k, block->t);
  copy->received = g_new (guint, block->k);
  copy->lost = g_new (guint, block->k);
  memcpy (data, block->source, (gsize) block->k * block->t);
}

static void
clear_copy (CodecCopy *copy)
{
  g_free (copy->symbols);
  g_free (copy->received);
  g_free (copy->lost);
}

static void
make_repair (CodecBlock *block)
{
  RqEncoder *encoder = rq_encoder_new (block->cache, block->k, block->t, NULL);

  if (encoder == NULL ||
      rq_encoder_set_source_block (encoder, block->source,
          (gsize) block->k * block->t, block->t) != RQ_OK ||
      rq_encoder_write (encoder, block->k, block->k + CODEC_BLOCK_SPARE,
          block->repair) != RQ_OK)
    g_error ("cannot encode K=%u T=%u", block->k, block->t);
  rq_encoder_free (encoder);
}

CodecBlock *
codec_block_new (guint k, guint t)
{
  CodecBlock *block = g_new0 (CodecBlock, 1);
  gsize size = (gsize) k * t;
  guint n_repair = k + CODEC_BLOCK_SPARE;
  RqCacheStats stats;
  guint8 *at;
  gsize i;

  block->k = k;
  block->t = t;
  block->n_encode = (k + 9) / 10;
  block->n_copies = (guint) CLAMP (COPIES_BYTES / size, 1, COPIES_MAX);
  block->n_outputs =
      CLAMP (OUTPUTS_BYTES / (block->n_encode * t), 1, OUTPUTS_MAX);
  block->random = g_rand_new_with_seed (k);
  rq_cache_get_stats (NULL, &stats);
  block->cache = rq_cache_new (stats.max_bytes);

  /* Symbols begin at cache lines, as far as T allows: so they do in packets of
     ours. */
  at = g_malloc (size * (1 + block->n_copies) +
      (gsize) t * (n_repair + block->n_encode * block->n_outputs) + LINE);
  block->data = at;
  at += LINE - (guintptr) at % LINE;
  block->source = at;
  block->source_symbols = point_into (at, k, t);
  for (i = 0; i < size; i++)
    at[i] = (guint8) ((i * 7 + i / 251) >> 1);
  at += size;
  block->copies = g_new0 (CodecCopy, block->n_copies);
  for (i = 0; i < block->n_copies; i++, at += size)
    init_copy (block, &block->copies[i], at);
  block->repair = point_into (at, n_repair, t);
  at += (gsize) n_repair * t;
  block->outputs = point_into (at, block->n_encode * block->n_outputs, t);
  make_repair (block);
  block->encoder = rq_encoder_new (block->cache, k, t, NULL);
  return block;
}

void
codec_block_free (CodecBlock *block)
{
  guint i;

  for (i = 0; i < block->n_copies; i++)
    clear_copy (&block->copies[i]);
  rq_encoder_free (block->encoder);
  rq_cache_free (block->cache);
  g_rand_free (block->random);
  g_free (block->copies);
  g_free (block->source_symbols);
  g_free (block->repair);
  g_free (block->outputs);
  g_free (block->data);
  g_free (block);
}

guint
codec_block_count_lost (const CodecBlock *block, guint percent)
{
  guint lost = (block->k * percent + 50) / 100;

  return percent == 0 ? 0 : MAX (lost, 1);
}

/* Knuth's selection sampling: every set of lost symbols is as likely. */
void
codec_block_lose (CodecBlock *block, CodecCopy *copy, guint percent)
{
  guint to_lose = codec_block_count_lost (block, percent);
  guint i;

  copy->n_received = copy->n_lost = 0;
  for (i = 0; i < block->k; i++) {
    guint left = block->k - i;

    if (to_lose == left ||
        (to_lose > 0 &&
            (guint) g_rand_int_range (block->random, 0, (gint32) left) <
                to_lose)) {
      memset (copy->symbols[i], 0, block->t);
      copy->lost[copy->n_lost++] = i;
      to_lose--;
    } else {
      copy->received[copy->n_received++] = i;
    }
  }
  copy->first_repair =
      (guint) g_rand_int_range (block->random, 0, CODEC_BLOCK_SPARE / 2);
}

void
codec_block_check_copy (
    const CodecBlock *block, const CodecCopy *copy, const gchar *whose)
{
  if (memcmp (copy->data, block->source, (gsize) block->k * block->t) != 0)
    g_error ("%s decoded K=%u T=%u wrong, %u lost", whose, block->k, block->t,
        copy->n_lost);
}

void
codec_block_clear_outputs (CodecBlock *block, guint n)
{
  memset (block->outputs[0], 0, (gsize) n * block->n_encode * block->t);
}

void
codec_block_check_outputs (const CodecBlock *block, guint n, const gchar *whose)
{
  gsize size = (gsize) block->n_encode * block->t;
  guint i;

  for (i = 0; i < n; i++) {
    if (memcmp (block->outputs[i * block->n_encode], block->repair[0], size) !=
        0)
      g_error ("%s encoded K=%u T=%u wrong", whose, block->k, block->t);
  }
}
