/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecblockwriter.h: bytes to the ALC packets of a channel. Numbers blocks and
 * packets, announces lengths, makes the repair packets of a closed block and
 * lets them go when it is told to. Knows nothing of framing, clocks and pads.
 *
 * Packets gather in an output list which the caller takes and pushes. One
 * thread at a time.
 */
#pragma once

#include <gst/gst.h>

#include "fecblockhistory.h"
#include "fecesirange.h"
#include "fecobjectmeta.h"
#include "fecrepairrule.h"

G_BEGIN_DECLS

/** What does not change while the channel is on the air. */
typedef struct
{
  guint32 tsi;
  guint32 symbol_size; /**< T in bytes */
  guint32 max_symbols; /**< largest K */
  FecEsiRange esi_range; /**< index above 0: repair symbols alone */
} FecChannelConfig;

/** Counters since the start; times in microseconds. */
typedef struct
{
  guint64 blocks; /**< closed */
  guint64 source_packets;
  guint64 repair_packets;
  guint64 repeated_packets; /**< source packets sent again to announce F */
  guint64 early_packets; /**< early copies of partial symbols */
  guint64 fresh_packets; /**< made on request */
  guint64 fresh_unknown; /**< symbols asked for of blocks that are not there */
  guint64 fresh_refused; /**< symbols asked for above the bound of a block */
  guint64 bytes_in; /**< media bytes, without records */
  guint64 bytes_out; /**< packets with their headers */
  guint64 padding_bytes; /**< zeros in symbols that left partly filled */
  guint64 unprotected_blocks; /**< whose repair could not be made */
  guint32 last_toi;
  guint32 last_symbols; /**< K of the last closed block */
  guint32 last_repair; /**< R of the last closed block */
  guint64 last_encode_time;
  guint64 encode_time;
} FecEncodeStats;

typedef struct _FecBlockWriter FecBlockWriter;

/** NULL when out of memory. Freed with fec_block_writer_free(). */
FecBlockWriter *fec_block_writer_new (
    const FecChannelConfig *config, guint32 first_toi, guint16 first_seq);
void fec_block_writer_free (FecBlockWriter *writer);

/** Closed blocks are added to @history (borrowed; NULL: to none). */
void fec_block_writer_set_history (
    FecBlockWriter *writer, FecBlockHistory *history);

/** The counters; the caller may count bytes_in. */
FecEncodeStats *fec_block_writer_stats (FecBlockWriter *writer);
/** Number of the next block to be opened, and of the next packet. */
guint32 fec_block_writer_next_toi (const FecBlockWriter *writer);
guint16 fec_block_writer_next_seq (const FecBlockWriter *writer);

/** Timestamp of the packets from now on; GST_CLOCK_TIME_NONE for none. */
void fec_block_writer_set_position (
    FecBlockWriter *writer, GstClockTime position);

gboolean fec_block_writer_is_open (const FecBlockWriter *writer);
/**
 * Opens a block; @flags are GstFecBlockFlags, @repair says how much repair it
 * gets (copied). No block may be open.
 */
void fec_block_writer_open (
    FecBlockWriter *writer, guint8 flags, const FecRepairRule *repair);

/**
 * Opens a block that is @object of another sender: its number, flags and length
 * are known from the start, all packets announce them. The caller appends just
 * its bytes and closes it. @object's T must be the channel's.
 */
void fec_block_writer_open_object (FecBlockWriter *writer,
    const FecObject *object, const FecRepairRule *repair);

/** Bytes the open block still takes. */
guint64 fec_block_writer_space (const FecBlockWriter *writer);
/** Bytes that wait in a partial symbol of the open block. */
guint32 fec_block_writer_partial (const FecBlockWriter *writer);
/** Symbols of the open block, 0 when none is open. */
guint32 fec_block_writer_symbols (const FecBlockWriter *writer);

/**
 * Appends all of @data, at most fec_block_writer_space() bytes; full symbols go
 * to the output, but for the block's last possible one, which waits for
 * fec_block_writer_close(). FALSE when out of memory.
 */
gboolean fec_block_writer_append (
    FecBlockWriter *writer, const guint8 *data, gsize size);
/** Fills a partial symbol with filler and sends it; the block goes on. */
void fec_block_writer_fill (FecBlockWriter *writer);

/**
 * Sends what there is of the partial symbol as an early copy; the symbol
 * itself follows when it is full. FALSE when out of memory.
 */
gboolean fec_block_writer_send_early (FecBlockWriter *writer);

/**
 * Closes the open block: what is left of it goes to the output, its length is
 * announced, its repair symbols wait. @last, or an object that is the last one:
 * this is the end of the stream, all repair goes to the output too.
 */
void fec_block_writer_close (FecBlockWriter *writer, gboolean last);
/** Ends the stream: closes an open block as the last, else marks what can still be marked. */
void fec_block_writer_end (FecBlockWriter *writer);
/** Forgets the open block and waiting repair; the next block gets a new number. */
void fec_block_writer_reset (FecBlockWriter *writer);

/**
 * Repair symbols of the last closed block: all, those made, and those that have
 * left. They are made when they are due, some at a time, or all at once when
 * the block closes, whichever costs less; less than all may have to do when
 * there is no memory.
 */
guint32 fec_block_writer_repair_count (const FecBlockWriter *writer);
guint32 fec_block_writer_repair_made (const FecBlockWriter *writer);
guint32 fec_block_writer_repair_sent (const FecBlockWriter *writer);
/** The block they belong to; all zero before the first was closed. */
const FecBlockInfo *fec_block_writer_closed (const FecBlockWriter *writer);
/** Lets repair symbols go until @sent of them have left. */
void fec_block_writer_send_repair (FecBlockWriter *writer, guint32 sent);

/**
 * Sends what fec_block_history_make() has made: for @order alone, as the
 * @index-th packets of it, with a packet number that does not count; or, with
 * FEC_ORDER_ALL, as any packet.
 */
void fec_block_writer_send_fresh (FecBlockWriter *writer,
    const FecFreshSymbols *fresh, guint32 order, guint32 index);

/** The packets since the last call, in order; NULL when there are none. Transfer full. */
GstBufferList *fec_block_writer_take_output (FecBlockWriter *writer);

G_END_DECLS
