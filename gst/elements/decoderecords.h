/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoderecords.h: media out of released symbols in framing=records: buffers,
 * timestamps, caps, segment and tags as the sender had them. Knows blocks,
 * records and the output, nothing of packets or deadlines.
 */
#pragma once

#include "decodeoutput.h"
#include "decodewindow.h"

G_BEGIN_DECLS

typedef struct _GstFecDecodeRecords GstFecDecodeRecords;

GstFecDecodeRecords *gst_fec_decode_records_new (GstFecDecodeOutput *output);
void gst_fec_decode_records_free (GstFecDecodeRecords *records);
/* Forgets everything; the next preamble is pushed whatever it holds. */
void gst_fec_decode_records_reset (GstFecDecodeRecords *records);
/*
 * @arrival: the sender's segment is shifted so that the first buffer's running
 * time is the time its first packet came, and again when buffers come more than
 * @latency later than that; else the segment is the sender's.
 * @max_buffer: most bytes of a buffer that is put together from fragments.
 */
void gst_fec_decode_records_configure (GstFecDecodeRecords *records,
    gboolean arrival, GstClockTime latency, gsize max_buffer);
/* Another sender's timeline begins: times of arrival are compared anew. */
void gst_fec_decode_records_new_timeline (GstFecDecodeRecords *records);
/* Reads the symbols of a DATA item. */
void gst_fec_decode_records_data (
    GstFecDecodeRecords *records, const GstFecDecodeItem *item);
/* The block cannot be rebuilt: what begins in its gap is lost. */
void gst_fec_decode_records_lost (GstFecDecodeRecords *records);
/* The next DATA item belongs to another block. */
void gst_fec_decode_records_block_end (GstFecDecodeRecords *records);
/* Nothing more comes: pushes a segment that waited for its first buffer. */
void gst_fec_decode_records_finish (GstFecDecodeRecords *records);
/* No buffer waits for its rest in another block. */
gboolean gst_fec_decode_records_is_out (const GstFecDecodeRecords *records);

G_END_DECLS
