/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecblock.h: the block that is being filled. Bytes go straight into the
 * memory of the packets that carry them; the packets stay readable until the
 * repair symbols were made of them. Knows packets and the codec; nothing of
 * pads, time and framing.
 *
 * One thread at a time.
 */
#pragma once

#include <gst/gst.h>
#include <raptorq.h>

#include "wire/alc.h"

G_BEGIN_DECLS

/** A packet in memory of the pool: header, then symbol. */
typedef struct
{
  GstBuffer *buffer;
  GstMapInfo map;
} FecPacket;

/** A pool of packets for symbols of @symbol_size bytes, active; NULL when out of memory. Symbols are aligned to 64 bytes. */
GstBufferPool *fec_packet_pool_new (guint32 symbol_size);

/** Takes a packet out of @pool and maps it for writing. */
gboolean fec_packet_acquire (FecPacket *packet, GstBufferPool *pool);
/** Where the symbol lies. */
guint8 *fec_packet_symbol (const FecPacket *packet);
/** Unmaps and drops the packet. */
void fec_packet_release (FecPacket *packet);
/** Writes the header and ends the packet; the buffer is the caller's. */
GstBuffer *fec_packet_finish (FecPacket *packet, const GstFecAlcPacket *header);

typedef struct _FecBlock FecBlock;

/** An empty block with one reference; @pool is referenced. */
FecBlock *fec_block_new (
    GstBufferPool *pool, guint32 symbol_size, guint32 max_symbols);
FecBlock *fec_block_ref (FecBlock *block);
/** Drops all packets with the last reference. */
void fec_block_unref (FecBlock *block);
/** Drops all packets: the block is empty again. */
void fec_block_clear (FecBlock *block);

/** F: bytes in the block; padding that ends it does not count. */
guint64 fec_block_length (const FecBlock *block);
/** K: symbols, a partial one included. */
guint32 fec_block_symbols (const FecBlock *block);
/** Bytes that still fit. */
guint64 fec_block_space (const FecBlock *block);
/** Bytes in the last symbol when it is not full, else 0. */
guint32 fec_block_partial (const FecBlock *block);

/**
 * Copies @data into the current symbol, or a new one when that is full; never
 * beyond the symbol's end. Returns the bytes taken; 0 when out of memory or full.
 */
gsize fec_block_append (FecBlock *block, const guint8 *data, gsize size);
/** Copies the partial symbol into @packet of the same pool, filled with zeros. */
void fec_block_copy_partial (const FecBlock *block, FecPacket *packet);
/** Fills the partial symbol with zeros; @count: they belong to the block. Returns the number of zeros. */
guint32 fec_block_pad (FecBlock *block, gboolean count);

/** Writes the header of packet @index, which from then on is only read; a new reference. */
GstBuffer *fec_block_send (
    FecBlock *block, guint32 index, const GstFecAlcPacket *header);
/** Packet @index, sent before; a new reference. */
GstBuffer *fec_block_packet (const FecBlock *block, guint32 index);

/** Gives @encoder the block's symbols, which stay where they are: the block must not be cleared as long as repair is made. */
RqStatus fec_block_set_source (FecBlock *block, RqEncoder *encoder);

/**
 * Makes @count repair symbols of @encoder's source, ESIs from @esi, and appends their packets (mapped, without
 * header) to @repair, an array of FecPacket. On error nothing was appended.
 */
RqStatus fec_block_make_repair (FecBlock *block, RqEncoder *encoder,
    guint32 esi, guint32 count, GArray *repair);

G_END_DECLS
