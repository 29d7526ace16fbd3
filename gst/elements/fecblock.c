/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecblock.c: the block that is being filled, and the packets it lies in.
 *
 * No symbol is copied: bytes are written to where they are sent from, and the
 * encoder reads them there. A packet that was sent is shared with downstream,
 * so it is remapped for reading only.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "fecblock.h"

/* Puts the symbol behind the header on a cache line's begin. */
#define SYMBOL_ALIGN 64
#define PACKET_PREFIX (SYMBOL_ALIGN - GST_FEC_ALC_HEADER_SIZE)

struct _FecBlock
{
  guint references;
  GstBufferPool *pool;
  guint32 symbol_size;
  guint32 max_symbols;
  guint64 length;
  GArray *packets; /* of FecPacket */
  GPtrArray *pointers; /* sources or outputs for the encoder */
};

GstBufferPool *
fec_packet_pool_new (guint32 symbol_size)
{
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstAllocationParams params;

  gst_allocation_params_init (&params);
  params.align = SYMBOL_ALIGN - 1;
  params.prefix = PACKET_PREFIX;
  gst_buffer_pool_config_set_params (
      config, NULL, GST_FEC_ALC_HEADER_SIZE + symbol_size, 0, 0);
  gst_buffer_pool_config_set_allocator (config, NULL, &params);
  if (!gst_buffer_pool_set_config (pool, config) ||
      !gst_buffer_pool_set_active (pool, TRUE))
    gst_clear_object (&pool);
  return pool;
}

gboolean
fec_packet_acquire (FecPacket *packet, GstBufferPool *pool)
{
  if (gst_buffer_pool_acquire_buffer (pool, &packet->buffer, NULL) !=
      GST_FLOW_OK)
    return FALSE;
  if (!gst_buffer_map (packet->buffer, &packet->map, GST_MAP_READWRITE)) {
    gst_clear_buffer (&packet->buffer);
    return FALSE;
  }
  return TRUE;
}

guint8 *
fec_packet_symbol (const FecPacket *packet)
{
  return packet->map.data + GST_FEC_ALC_HEADER_SIZE;
}

void
fec_packet_release (FecPacket *packet)
{
  if (packet->buffer) {
    gst_buffer_unmap (packet->buffer, &packet->map);
    gst_clear_buffer (&packet->buffer);
  }
}

GstBuffer *
fec_packet_finish (FecPacket *packet, const GstFecAlcPacket *header)
{
  gst_fec_alc_write_header (header, packet->map.data);
  gst_buffer_unmap (packet->buffer, &packet->map);
  return g_steal_pointer (&packet->buffer);
}

static FecPacket *
packet_at (const FecBlock *block, guint32 index)
{
  return &g_array_index (block->packets, FecPacket, index);
}

FecBlock *
fec_block_new (GstBufferPool *pool, guint32 symbol_size, guint32 max_symbols)
{
  FecBlock *block = g_new0 (FecBlock, 1);

  block->references = 1;
  block->pool = gst_object_ref (pool);
  block->symbol_size = symbol_size;
  block->max_symbols = max_symbols;
  block->packets = g_array_new (FALSE, FALSE, sizeof (FecPacket));
  g_array_set_clear_func (block->packets, (GDestroyNotify) fec_packet_release);
  block->pointers = g_ptr_array_new ();
  return block;
}

FecBlock *
fec_block_ref (FecBlock *block)
{
  block->references++;
  return block;
}

void
fec_block_unref (FecBlock *block)
{
  if (--block->references > 0)
    return;
  g_array_unref (block->packets);
  g_ptr_array_unref (block->pointers);
  gst_object_unref (block->pool);
  g_free (block);
}

void
fec_block_clear (FecBlock *block)
{
  g_array_set_size (block->packets, 0);
  block->length = 0;
}

guint64
fec_block_length (const FecBlock *block)
{
  return block->length;
}

guint32
fec_block_symbols (const FecBlock *block)
{
  return block->packets->len;
}

guint64
fec_block_space (const FecBlock *block)
{
  return (guint64) block->max_symbols * block->symbol_size - block->length;
}

guint32
fec_block_partial (const FecBlock *block)
{
  return (guint32) (block->length % block->symbol_size);
}

gsize
fec_block_append (FecBlock *block, const guint8 *data, gsize size)
{
  guint32 fill = fec_block_partial (block);
  gsize n = MIN (size, block->symbol_size - fill);

  if (fill == 0) {
    FecPacket packet;

    if (block->packets->len == block->max_symbols ||
        !fec_packet_acquire (&packet, block->pool))
      return 0;
    g_array_append_val (block->packets, packet);
  }
  memcpy (fec_packet_symbol (packet_at (block, block->packets->len - 1)) + fill,
      data, n);
  block->length += n;
  return n;
}

void
fec_block_copy_partial (const FecBlock *block, FecPacket *packet)
{
  guint32 fill = fec_block_partial (block);
  guint8 *symbol = fec_packet_symbol (packet);

  memcpy (symbol,
      fec_packet_symbol (packet_at (block, block->packets->len - 1)), fill);
  memset (symbol + fill, 0, block->symbol_size - fill);
}

guint32
fec_block_pad (FecBlock *block, gboolean count)
{
  guint32 fill = fec_block_partial (block);
  guint32 n = block->symbol_size - fill;

  if (fill == 0)
    return 0;
  memset (fec_packet_symbol (packet_at (block, block->packets->len - 1)) + fill,
      0, n);
  if (count)
    block->length += n;
  return n;
}

GstBuffer *
fec_block_send (FecBlock *block, guint32 index, const GstFecAlcPacket *header)
{
  FecPacket *packet = packet_at (block, index);
  GstBuffer *buffer = fec_packet_finish (packet, header);

  packet->buffer = buffer;
  gst_buffer_map (buffer, &packet->map, GST_MAP_READ);
  return gst_buffer_ref (buffer);
}

GstBuffer *
fec_block_packet (const FecBlock *block, guint32 index)
{
  return gst_buffer_ref (packet_at (block, index)->buffer);
}

static gboolean
acquire_repair (FecBlock *block, guint32 count, GArray *repair)
{
  for (guint32 i = 0; i < count; i++) {
    FecPacket packet;

    if (!fec_packet_acquire (&packet, block->pool))
      return FALSE;
    g_array_append_val (repair, packet);
    g_ptr_array_add (block->pointers, fec_packet_symbol (&packet));
  }
  return TRUE;
}

RqStatus
fec_block_set_source (FecBlock *block, RqEncoder *encoder)
{
  guint32 k = fec_block_symbols (block);
  RqStatus status = rq_encoder_reset (encoder, k, block->symbol_size);

  if (status != RQ_OK)
    return status;
  g_ptr_array_set_size (block->pointers, 0);
  for (guint32 i = 0; i < k; i++)
    g_ptr_array_add (block->pointers, fec_packet_symbol (packet_at (block, i)));
  return rq_encoder_set_source (
      encoder, (const guint8 *const *) block->pointers->pdata);
}

RqStatus
fec_block_make_repair (FecBlock *block, RqEncoder *encoder, guint32 esi,
    guint32 count, GArray *repair)
{
  guint old = repair->len;
  RqStatus status = RQ_ERR_MEMORY;

  g_ptr_array_set_size (block->pointers, 0);
  if (acquire_repair (block, count, repair))
    status = rq_encoder_write (
        encoder, esi, count, (guint8 *const *) block->pointers->pdata);
  if (status != RQ_OK)
    g_array_set_size (repair, old);
  return status;
}
