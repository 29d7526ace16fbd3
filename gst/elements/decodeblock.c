/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeblock.c: one source block being received. Keeps the symbols that came,
 * rebuilds the missing ones as soon as it can, and tells which bytes are there.
 * Knows the codec and the packets; nothing of other blocks, pads or time.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodeblock.h"

/* Symbols of a chunk: as many as its mask has bits, fewer when they are big. */
#define CHUNK_MAX_SYMBOLS 64
#define CHUNK_BYTES (64 * 1024)
/* What keeping a repair symbol costs beyond its bytes, about. */
#define REPAIR_OVERHEAD 64

/* Neighbouring source symbols. */
typedef struct
{
  guint8 *data; /* an atomic RC box: memory handed on refs it */
  guint64 present;
  GstFecDecodeTime times[CHUNK_MAX_SYMBOLS];
} Chunk;

struct _GstFecDecodeBlock
{
  guint32 toi;
  guint32 t;
  guint8 flags;
  guint64 size; /* F, 0: not known */
  RqOti oti; /* when F is known */
  guint32 k; /* 0: not known */
  guint32 per_chunk;
  GPtrArray *chunks; /* Chunk or NULL */
  guint32 have;
  guint32 recovered;
  guint32 prefix;
  guint32 span;
  GHashTable *repair; /* ESI -> T bytes */
  RqDecoder *decoder; /* from the first attempt to rebuild on */
  GstFecDecodeTime first_time;
  GstClockTime closed_time;
  GstFecDecodeBudget *budget;
  gsize charged;
};

static gboolean
charge (GstFecDecodeBlock *block, gsize bytes)
{
  GstFecDecodeBudget *budget = block->budget;

  if (budget->used > budget->max || bytes > budget->max - budget->used)
    return FALSE;
  budget->used += bytes;
  budget->peak = MAX (budget->peak, budget->used);
  block->charged += bytes;
  return TRUE;
}

static void
discharge (GstFecDecodeBlock *block, gsize bytes)
{
  block->budget->used -= bytes;
  block->charged -= bytes;
}

static gsize
chunk_cost (const GstFecDecodeBlock *block)
{
  return sizeof (Chunk) + (gsize) block->per_chunk * block->t;
}

static void
chunk_free (gpointer data)
{
  Chunk *chunk = data;

  if (chunk) {
    g_atomic_rc_box_release (chunk->data);
    g_free (chunk);
  }
}

static Chunk *
find_chunk (const GstFecDecodeBlock *block, guint32 esi)
{
  guint index = esi / block->per_chunk;

  return index < block->chunks->len ? g_ptr_array_index (block->chunks, index)
                                    : NULL;
}

/* The chunk of @esi, made when it is not there; NULL: over the budget. */
static Chunk *
need_chunk (GstFecDecodeBlock *block, guint32 esi)
{
  guint index = esi / block->per_chunk;
  Chunk *chunk = find_chunk (block, esi);
  gsize pointers = 0;

  if (chunk)
    return chunk;
  if (index >= block->chunks->len)
    pointers = (index + 1 - block->chunks->len) * sizeof (gpointer);
  if (!charge (block, chunk_cost (block) + pointers))
    return NULL;
  if (index >= block->chunks->len)
    g_ptr_array_set_size (block->chunks, (gint) index + 1);
  chunk = g_new0 (Chunk, 1);
  chunk->data = g_atomic_rc_box_alloc ((gsize) block->per_chunk * block->t);
  g_ptr_array_index (block->chunks, index) = chunk;
  return chunk;
}

static gboolean
is_present (const GstFecDecodeBlock *block, guint32 esi)
{
  const Chunk *chunk = find_chunk (block, esi);

  return chunk && (chunk->present >> (esi % block->per_chunk) & 1);
}

static guint8 *
symbol_place (const GstFecDecodeBlock *block, guint32 esi)
{
  Chunk *chunk = find_chunk (block, esi);

  return chunk->data + (gsize) (esi % block->per_chunk) * block->t;
}

static void
set_present (
    GstFecDecodeBlock *block, guint32 esi, const GstFecDecodeTime *time)
{
  Chunk *chunk = find_chunk (block, esi);

  chunk->present |= G_GUINT64_CONSTANT (1) << (esi % block->per_chunk);
  chunk->times[esi % block->per_chunk] = *time;
  block->have++;
  block->span = MAX (block->span, esi + 1);
  while (is_present (block, block->prefix))
    block->prefix++;
}

static void
forget_repair (GstFecDecodeBlock *block)
{
  g_clear_pointer (&block->decoder, rq_decoder_free);
  discharge (
      block, g_hash_table_size (block->repair) * (block->t + REPAIR_OVERHEAD));
  g_hash_table_remove_all (block->repair);
}

GstFecDecodeBlock *
gst_fec_decode_block_new (const GstFecAlcPacket *packet,
    const GstFecDecodeTime *time, GstFecDecodeBudget *budget)
{
  GstFecDecodeBlock *block = g_new0 (GstFecDecodeBlock, 1);

  block->toi = packet->toi;
  block->t = MAX (packet->symbol_size, 1);
  block->flags = packet->block_flags;
  block->per_chunk = CLAMP (CHUNK_BYTES / block->t, 1, CHUNK_MAX_SYMBOLS);
  block->chunks = g_ptr_array_new_with_free_func (chunk_free);
  block->repair = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  block->first_time = *time;
  block->closed_time = GST_CLOCK_TIME_NONE;
  block->budget = budget;
  return block;
}

void
gst_fec_decode_block_free (GstFecDecodeBlock *block)
{
  if (!block)
    return;
  rq_decoder_free (block->decoder);
  g_hash_table_unref (block->repair);
  g_ptr_array_unref (block->chunks);
  discharge (block, block->charged);
  g_free (block);
}

/* K has become known: what lies behind it was never part of this block. */
static void
drop_beyond_k (GstFecDecodeBlock *block)
{
  guint32 esi;

  for (esi = block->k; esi < block->span; esi++) {
    if (is_present (block, esi)) {
      find_chunk (block, esi)->present &=
          ~(G_GUINT64_CONSTANT (1) << (esi % block->per_chunk));
      block->have--;
    }
  }
  block->span = MIN (block->span, block->k);
  for (esi = (block->k - 1) / block->per_chunk + 1; esi < block->chunks->len;
       esi++) {
    if (g_ptr_array_index (block->chunks, esi))
      discharge (block, chunk_cost (block));
    chunk_free (g_ptr_array_index (block->chunks, esi));
    g_ptr_array_index (block->chunks, esi) = NULL;
  }
}

static GstFecDecodeResult
announce (
    GstFecDecodeBlock *block, const RqOti *oti, const GstFecDecodeTime *time)
{
  guint64 f = oti->transfer_length;
  guint64 k = (f + block->t - 1) / block->t;

  if (oti->symbol_size != block->t || oti->source_blocks != 1 ||
      oti->sub_blocks != 1 || f == 0 || k > RQ_K_MAX)
    return GST_FEC_DECODE_INCONSISTENT;
  if (block->k != 0)
    return f == block->size ? GST_FEC_DECODE_ADDED
                            : GST_FEC_DECODE_INCONSISTENT;
  if (block->prefix > k)
    return GST_FEC_DECODE_INCONSISTENT;
  if (k * block->t > block->budget->max)
    return GST_FEC_DECODE_OVER_LIMIT;
  block->size = f;
  block->oti = *oti;
  block->k = (guint32) k;
  block->closed_time = time->received;
  drop_beyond_k (block);
  return GST_FEC_DECODE_ADDED;
}

/* Makes the decoder and gives it all there is; FALSE: over the budget. */
static gboolean
make_decoder (GstFecDecodeBlock *block)
{
  GHashTableIter iter;
  gpointer esi, symbol;
  guint8 **places;
  guint32 i;

  for (i = 0; i < block->k; i += block->per_chunk) {
    if (!need_chunk (block, i))
      return FALSE;
  }
  block->decoder = rq_decoder_new (NULL, block->k, block->t, NULL);
  if (!block->decoder)
    return FALSE;
  places = g_new (guint8 *, block->k);
  for (i = 0; i < block->k; i++)
    places[i] = symbol_place (block, i);
  rq_decoder_set_block (block->decoder, places);
  for (i = 0; i < block->k; i++) {
    if (is_present (block, i))
      rq_decoder_add (block->decoder, i, places[i]);
  }
  g_free (places);
  g_hash_table_iter_init (&iter, block->repair);
  while (g_hash_table_iter_next (&iter, &esi, &symbol))
    rq_decoder_add (block->decoder, GPOINTER_TO_UINT (esi), symbol);
  return TRUE;
}

/* The bytes of a rebuilt symbol get the time of arrival of their neighbour. */
static void
take_recovered (GstFecDecodeBlock *block)
{
  GstFecDecodeTime time = block->first_time;
  guint32 i;

  time.received = GST_CLOCK_TIME_NONE;
  for (i = 0; i < block->k; i++) {
    if (is_present (block, i)) {
      time.pts = gst_fec_decode_block_time (block, i).pts;
    } else {
      set_present (block, i, &time);
      block->recovered++;
    }
  }
}

static gboolean
try_decode (GstFecDecodeBlock *block)
{
  if (block->k == 0)
    return TRUE;
  if (block->have < block->k) {
    if (block->have + g_hash_table_size (block->repair) < block->k)
      return TRUE;
    if (!block->decoder && !make_decoder (block))
      return FALSE;
    if (rq_decoder_decode (block->decoder) != RQ_OK)
      return TRUE;
    take_recovered (block);
  }
  forget_repair (block);
  return TRUE;
}

static GstFecDecodeResult
add_source (GstFecDecodeBlock *block, const GstFecAlcPacket *packet,
    const GstFecDecodeTime *time)
{
  if (packet->esi >= RQ_K_MAX)
    return GST_FEC_DECODE_INCONSISTENT;
  if ((guint64) (packet->esi + 1) * block->t > block->budget->max)
    return GST_FEC_DECODE_OVER_LIMIT;
  if (is_present (block, packet->esi))
    return GST_FEC_DECODE_DUPLICATE;
  if (!need_chunk (block, packet->esi))
    return GST_FEC_DECODE_OVER_LIMIT;
  memcpy (symbol_place (block, packet->esi), packet->symbol, block->t);
  set_present (block, packet->esi, time);
  if (block->decoder)
    rq_decoder_add (
        block->decoder, packet->esi, symbol_place (block, packet->esi));
  return GST_FEC_DECODE_ADDED;
}

static GstFecDecodeResult
add_repair (GstFecDecodeBlock *block, const GstFecAlcPacket *packet)
{
  gpointer key = GUINT_TO_POINTER (packet->esi);
  guint8 *symbol;

  if (g_hash_table_contains (block->repair, key))
    return GST_FEC_DECODE_DUPLICATE;
  if (!charge (block, block->t + REPAIR_OVERHEAD))
    return GST_FEC_DECODE_OVER_LIMIT;
  symbol = g_memdup2 (packet->symbol, block->t);
  g_hash_table_insert (block->repair, key, symbol);
  if (block->decoder)
    rq_decoder_add (block->decoder, packet->esi, symbol);
  return GST_FEC_DECODE_ADDED;
}

GstFecDecodeResult
gst_fec_decode_block_add (GstFecDecodeBlock *block,
    const GstFecAlcPacket *packet, const GstFecDecodeTime *time)
{
  GstFecDecodeResult result = GST_FEC_DECODE_ADDED;

  if (packet->symbol_size != block->t || packet->sbn != 0 ||
      ((packet->block_flags ^ block->flags) & GST_FEC_BLOCK_RECORDS))
    return GST_FEC_DECODE_INCONSISTENT;
  if (packet->has_oti)
    result = announce (block, &packet->oti, time);
  if (result != GST_FEC_DECODE_ADDED)
    return result;
  block->flags |= packet->block_flags;
  if (gst_fec_decode_block_is_complete (block))
    result = GST_FEC_DECODE_WASTED;
  else if (block->k == 0 || packet->esi < block->k)
    result = add_source (block, packet, time);
  else
    result = add_repair (block, packet);
  if ((result == GST_FEC_DECODE_ADDED || result == GST_FEC_DECODE_DUPLICATE) &&
      !try_decode (block))
    return GST_FEC_DECODE_OVER_LIMIT;
  return result;
}

guint32
gst_fec_decode_block_toi (const GstFecDecodeBlock *block)
{
  return block->toi;
}

const RqOti *
gst_fec_decode_block_oti (const GstFecDecodeBlock *block)
{
  return &block->oti;
}

guint8
gst_fec_decode_block_flags (const GstFecDecodeBlock *block)
{
  return block->flags;
}

guint32
gst_fec_decode_block_symbol_size (const GstFecDecodeBlock *block)
{
  return block->t;
}

guint32
gst_fec_decode_block_k (const GstFecDecodeBlock *block)
{
  return block->k;
}

guint32
gst_fec_decode_block_have (const GstFecDecodeBlock *block)
{
  return block->have;
}

guint32
gst_fec_decode_block_recovered (const GstFecDecodeBlock *block)
{
  return block->recovered;
}

guint32
gst_fec_decode_block_repair (const GstFecDecodeBlock *block)
{
  return g_hash_table_size (block->repair);
}

guint32
gst_fec_decode_block_span (const GstFecDecodeBlock *block)
{
  return block->span;
}

gboolean
gst_fec_decode_block_is_complete (const GstFecDecodeBlock *block)
{
  return block->k != 0 && block->have == block->k;
}

guint32
gst_fec_decode_block_prefix (const GstFecDecodeBlock *block)
{
  return block->prefix;
}

gboolean
gst_fec_decode_block_find_run (const GstFecDecodeBlock *block, guint32 from,
    guint32 *first, guint32 *count)
{
  guint32 end;

  while (from < block->span && !is_present (block, from)) {
    const Chunk *chunk = find_chunk (block, from);

    if (chunk && chunk->present)
      from++;
    else
      from = (from / block->per_chunk + 1) * block->per_chunk;
  }
  if (from >= block->span)
    return FALSE;
  for (end = from + 1; is_present (block, end); end++)
    ;
  *first = from;
  *count = end - from;
  return TRUE;
}

GstClockTime
gst_fec_decode_block_first_time (const GstFecDecodeBlock *block)
{
  return block->first_time.received;
}

GstClockTime
gst_fec_decode_block_closed_time (const GstFecDecodeBlock *block)
{
  return block->closed_time;
}

GstFecDecodeTime
gst_fec_decode_block_time (const GstFecDecodeBlock *block, guint32 esi)
{
  return find_chunk (block, esi)->times[esi % block->per_chunk];
}

guint64
gst_fec_decode_block_bytes (const GstFecDecodeBlock *block, guint32 esi)
{
  guint64 bytes = (guint64) esi * block->t;

  return block->k != 0 ? MIN (bytes, block->size) : bytes;
}

const guint8 *
gst_fec_decode_block_peek (
    const GstFecDecodeBlock *block, guint64 offset, gsize *size)
{
  guint64 chunk_bytes = (guint64) block->per_chunk * block->t;
  const Chunk *chunk = g_ptr_array_index (block->chunks, offset / chunk_bytes);

  *size = chunk_bytes - offset % chunk_bytes;
  return chunk->data + offset % chunk_bytes;
}

void
gst_fec_decode_block_copy (
    const GstFecDecodeBlock *block, guint64 offset, guint8 *out, gsize size)
{
  while (size > 0) {
    gsize run;
    const guint8 *data = gst_fec_decode_block_peek (block, offset, &run);

    run = MIN (run, size);
    memcpy (out, data, run);
    out += run;
    offset += run;
    size -= run;
  }
}

GstMemory *
gst_fec_decode_block_wrap (
    const GstFecDecodeBlock *block, guint64 offset, gsize *size)
{
  gsize chunk_bytes = (gsize) block->per_chunk * block->t;
  const Chunk *chunk = g_ptr_array_index (block->chunks, offset / chunk_bytes);
  gsize skip = offset % chunk_bytes;

  *size = MIN (*size, chunk_bytes - skip);
  return gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, chunk->data + skip,
      *size, 0, *size, g_atomic_rc_box_acquire (chunk->data),
      (GDestroyNotify) g_atomic_rc_box_release);
}
