/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeoutput.h: what leaves fecdecode's source pad: buffers gathered to lists
 * and events between them, counted. Knows the pad, nothing of blocks.
 */
#pragma once

#include <gst/gst.h>
#include "decodesender.h"
#include "decodestats.h"

G_BEGIN_DECLS

typedef struct
{
  GstPad *pad; /* borrowed */
  GstFecDecodeSender *sender; /* borrowed */
  GstFecDecodeStats *stats; /* borrowed */
  GstBufferList *list; /* not sent yet, or NULL */
  gboolean discont; /* the next buffer comes after a gap */
  GstFlowReturn flow; /* of the last sending; sticks until cleared */
} GstFecDecodeOutput;

/* Takes @buffer (writable) to the end of the list. */
void gst_fec_decode_output_buffer (
    GstFecDecodeOutput *output, GstBuffer *buffer);
/* Pushes the list and then @event (transfer full). */
void gst_fec_decode_output_event (GstFecDecodeOutput *output, GstEvent *event);
/* Pushes the list; returns the flow. */
GstFlowReturn gst_fec_decode_output_flush (GstFecDecodeOutput *output);
/* Drops the list, clears the flow; the next buffer is marked DISCONT. */
void gst_fec_decode_output_reset (GstFecDecodeOutput *output);
/* Pushes @upstream (borrowed) or, when it is NULL, a stream-start of ours. */
void gst_fec_decode_output_stream_start (
    GstFecDecodeOutput *output, GstEvent *upstream);

G_END_DECLS
