/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alc.h: ALC packets (RFC 5651, 5775, 6330) to and from bytes. Pure functions, no memory, no I/O.
 *
 * Layout (docs/protocol.md is normative): an LCT header of 16 bytes (CCI 32 bits with channel index and sequence
 * number, TSI 32, TOI 32), EXT_BLOCK 4, EXT_FTI or a NOP of the same 16, FEC payload ID 4, symbol T bytes.
 */
#pragma once

#include <glib.h>
#include <raptorq.h>

G_BEGIN_DECLS

/** Bytes before the symbol in the packets we write. */
#define GST_FEC_ALC_HEADER_SIZE 40
/** Codepoint: FEC Encoding ID of RaptorQ (RFC 6330 section 3.1). */
#define GST_FEC_ALC_CODEPOINT 6
/** Largest packet we read or write: what fits a UDP datagram. */
#define GST_FEC_ALC_MAX_PACKET 65507
/** Largest symbol that fits such a packet behind our header. */
#define GST_FEC_ALC_MAX_SYMBOL                                                 \
  (GST_FEC_ALC_MAX_PACKET - GST_FEC_ALC_HEADER_SIZE)
/** Port of control and data where none is given. */
#define GST_FEC_DEFAULT_PORT 6330
/** Bytes of a symbol where none is given: 1384-byte packets, below any usual path MTU. */
#define GST_FEC_DEFAULT_SYMBOL_SIZE 1344
/** Media type of the caps that carry one ALC packet a buffer. */
#define GST_FEC_ALC_MEDIA_TYPE "application/x-fec-alc"

/** SBN of early copies; no object has a source block of this number (Z is at most 255). */
#define GST_FEC_ALC_EARLY_SBN 255

/** EXT_BLOCK's flags. */
typedef enum
{
  /** the block holds records; else raw bytes */
  GST_FEC_BLOCK_RECORDS = 1 << 0,
  /** the block starts at a random access point */
  GST_FEC_BLOCK_RANDOM_ACCESS = 1 << 1,
  GST_FEC_BLOCK_LAST = 1 << 2, /**< no block follows in this stream */
  /** the symbol replaces one that was sent before */
  GST_FEC_BLOCK_REPLACEMENT = 1 << 3,
  /** early copy: the first bytes of a symbol that is still being filled */
  GST_FEC_BLOCK_EARLY = 1 << 4,
} GstFecBlockFlags;

/** What a packet says, all in host order. */
typedef struct
{
  guint32 tsi; /**< the channel */
  guint32 toi; /**< the object (live: the block) */
  guint8 channel; /**< channel index of the CCI */
  guint16 seq; /**< packet sequence number of the channel */
  /** A: no packet of this session follows this block */
  gboolean close_session;
  gboolean close_object; /**< B: no packet of this object follows soon */
  gboolean has_block; /**< EXT_BLOCK was there; else block_flags is 0 */
  guint8 block_flags; /**< GstFecBlockFlags */
  /** with GST_FEC_BLOCK_EARLY: bytes of the symbol that are right, 1 to T - 1 */
  guint16 early_size;
  gboolean has_oti; /**< EXT_FTI was there (it passed rq_oti_check()) */
  RqOti oti; /**< valid when has_oti */
  gboolean has_symbol; /**< FALSE: a packet that is a header alone */
  guint8 sbn;
  guint32 esi;
  const guint8 *symbol; /**< points into the packet; not aligned */
  /** T, from the packet's length; equals oti.symbol_size when has_oti */
  guint32 symbol_size;
} GstFecAlcPacket;

/** Why a packet was refused; 0 is fine. GST_FEC_ALC_N_ERRORS is the number of values, for counters. */
typedef enum
{
  GST_FEC_ALC_OK = 0,
  GST_FEC_ALC_TOO_SHORT, /**< ends before what its header announces */
  GST_FEC_ALC_TOO_LONG, /**< above GST_FEC_ALC_MAX_PACKET */
  GST_FEC_ALC_VERSION, /**< LCT version is not 1 */
  GST_FEC_ALC_CODEPOINT_UNKNOWN, /**< CP is not 6 */
  /** C, PSI, S, O, H or reserved bits are not ours: other widths of CCI, TSI, TOI */
  GST_FEC_ALC_FLAGS,
  /** HDR_LEN does not fit the packet or its extensions */
  GST_FEC_ALC_HDR_LEN,
  /** a header extension's HEL is 0 or reaches beyond the header, or one came twice */
  GST_FEC_ALC_EXTENSION,
  GST_FEC_ALC_OTI, /**< EXT_FTI contradicts itself or the packet's length */
  GST_FEC_ALC_PAYLOAD_ID, /**< SBN or ESI cannot be in this object */
  GST_FEC_ALC_N_ERRORS
} GstFecAlcError;

/** A sentence for @error; static. */
const gchar *gst_fec_alc_error_message (GstFecAlcError error);

/**
 * Reads one packet strictly. @packet's symbol points into @data. Unknown header extensions are ignored. Nothing is
 * allocated; any bytes are allowed.
 */
GstFecAlcError gst_fec_alc_parse (
    GstFecAlcPacket *packet, const guint8 *data, gsize size);

/**
 * Writes the GST_FEC_ALC_HEADER_SIZE bytes of @packet's header to @out: EXT_FTI when has_oti, else EXT_NOP in its
 * place; EXT_BLOCK always. The symbol is not touched: it belongs right behind.
 */
void gst_fec_alc_write_header (
    const GstFecAlcPacket *packet, guint8 out[GST_FEC_ALC_HEADER_SIZE]);

/** Whether a datagram's first byte can be an ALC packet's (0x10 to 0x1f); control messages begin below 0x10. */
gboolean gst_fec_alc_is_packet (const guint8 *data, gsize size);

/** Reads only TSI and sequence number of a packet that gst_fec_alc_parse() or we ourselves have found good. */
guint32 gst_fec_alc_peek_tsi (const guint8 *data);
guint16 gst_fec_alc_peek_seq (const guint8 *data);
/** Gives such a packet another sequence number. */
void gst_fec_alc_poke_seq (guint8 *data, guint16 seq);

/** Al as our encoders choose it for symbols of @symbol_size bytes: 4, 2 or 1. */
guint8 gst_fec_alc_alignment (guint32 symbol_size);

G_END_DECLS
