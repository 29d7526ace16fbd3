/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame.h: what goes over TCP: control messages and packets, each behind its 16-bit length (RFC 4571); docs/protocol.md
 * is normative. Pure functions; the caller has the memory.
 *
 *   length:16 | control message
 *   length:16 | ALC packet | CRC-32C of the packet:32
 *   length:16 = 0                                     keeps the connection alive
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Bytes before what a frame carries, and behind a packet. */
#define GST_FEC_FRAME_HEADER 2
#define GST_FEC_FRAME_TRAILER 4
/** Longest frame, with its header. */
#define GST_FEC_FRAME_MAX (GST_FEC_FRAME_HEADER + 65535)

typedef enum
{
  GST_FEC_FRAME_NONE, /**< not all of it is there yet */
  GST_FEC_FRAME_ALIVE,
  GST_FEC_FRAME_CONTROL,
  GST_FEC_FRAME_PACKET, /**< its CRC was right */
  GST_FEC_FRAME_DAMAGED, /**< neither a message nor a packet with a right CRC: one packet lost */
} GstFecFrameKind;

/** CRC-32C (Castagnoli, as of RFC 3720 appendix B.4) of @size bytes. */
guint32 gst_fec_crc32c (const guint8 *data, gsize size);

/** Writes the frame of a control message to @out, GST_FEC_FRAME_HEADER + @size bytes; returns its size. @size: 1 to 65535. */
gsize gst_fec_frame_write_control (
    const guint8 *message, gsize size, guint8 *out);
/**
 * Writes the frame of a packet to @out, GST_FEC_FRAME_HEADER + @size + GST_FEC_FRAME_TRAILER bytes; returns its size.
 * @size: 1 to 65531.
 */
gsize gst_fec_frame_write_packet (
    const guint8 *packet, gsize size, guint8 *out);

/**
 * The first frame of @data. *@payload and *@payload_size tell what CONTROL and PACKET carry, *@consumed how many bytes
 * the frame has (0 with NONE).
 */
GstFecFrameKind gst_fec_frame_read (const guint8 *data, gsize size,
    const guint8 **payload, gsize *payload_size, gsize *consumed);

G_END_DECLS
