/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoderaw.h: media out of released symbols in framing=raw: the bytes as they
 * are, without a copy, with the caps that somebody told or typefinding finds.
 * Knows blocks and the output, nothing of packets or deadlines.
 */
#pragma once

#include "decodeoutput.h"
#include "decodewindow.h"

G_BEGIN_DECLS

typedef struct _GstFecDecodeRaw GstFecDecodeRaw;

GstFecDecodeRaw *gst_fec_decode_raw_new (GstFecDecodeOutput *output);
void gst_fec_decode_raw_free (GstFecDecodeRaw *raw);
/* Forgets everything; stream-start, caps and segment are pushed again. */
void gst_fec_decode_raw_reset (GstFecDecodeRaw *raw);
/*
 * @caps: of the bytes, or NULL: typefind. @arrival: buffers get the times of
 * arrival in a TIME segment, one a symbol; else a BYTES segment without times.
 * @stream_start: to push, or NULL. All borrowed, copied.
 */
void gst_fec_decode_raw_configure (GstFecDecodeRaw *raw, GstCaps *caps,
    gboolean arrival, GstEvent *stream_start);
/* Hands on the symbols of a DATA item. */
void gst_fec_decode_raw_data (
    GstFecDecodeRaw *raw, const GstFecDecodeItem *item);
/*
 * Hands on the bytes of an early copy: the first ones of a symbol that is the
 * next to be released and still being filled.
 */
void gst_fec_decode_raw_early (GstFecDecodeRaw *raw,
    const GstFecAlcPacket *packet, const GstFecDecodeTime *time);
/* The next DATA item belongs to another block. */
void gst_fec_decode_raw_block_end (GstFecDecodeRaw *raw);
/* Nothing handed on waits for its type to be found. */
gboolean gst_fec_decode_raw_is_out (const GstFecDecodeRaw *raw);
/* Nothing more comes: what waits for its type to be found leaves. */
void gst_fec_decode_raw_finish (GstFecDecodeRaw *raw);

G_END_DECLS
