/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeframer.h: cuts packets out of a stream of bytes, such as a file that
 * packets were written to one behind the other. All have one length; it is told
 * or found by the header that repeats. Knows headers, nothing of blocks or pads.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstFecDecodeFramer GstFecDecodeFramer;

GstFecDecodeFramer *gst_fec_decode_framer_new (void);
void gst_fec_decode_framer_free (GstFecDecodeFramer *framer);
/* Forgets all bytes; @packet_size: bytes of a packet, 0: to be found. */
void gst_fec_decode_framer_reset (
    GstFecDecodeFramer *framer, guint packet_size);
/* Takes bytes, transfer full. */
void gst_fec_decode_framer_push (GstFecDecodeFramer *framer, GstBuffer *buffer);
/*
 * The next packet, transfer full, or NULL. @last: no more bytes come.
 * *@skipped grows by the bytes that belong to no packet.
 */
GstBuffer *gst_fec_decode_framer_pull (
    GstFecDecodeFramer *framer, gboolean last, guint64 *skipped);

G_END_DECLS
