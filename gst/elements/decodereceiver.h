/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodereceiver.h: one channel being received: buffers of packets in, media
 * out of a source pad. Ties parser, window and release together, counts, and
 * posts warnings. Knows no locks, tasks or properties: one thread at a time;
 * time is a parameter (nanoseconds of any clock).
 */
#pragma once

#include "decodesender.h"
#include "decodestats.h"

G_BEGIN_DECLS

typedef enum
{
  GST_FEC_DECODE_TIMESTAMPS_AUTO,
  GST_FEC_DECODE_TIMESTAMPS_SENDER,
  GST_FEC_DECODE_TIMESTAMPS_ARRIVAL,
} GstFecDecodeTimestamps;

/* The element's properties and what upstream says. */
typedef struct
{
  GstClockTime latency;
  GstCaps *media_caps; /* or NULL */
  guint max_blocks;
  guint max_memory;
  guint tsi; /* 0: any */
  GstFecDecodeTimestamps timestamps;
  guint packet_size; /* 0: find out */
  gboolean request_missing;
  GstClockTime request_interval; /* 0: by the round trip */
  gboolean live;
  gboolean block_events; /* tell downstream of each block that has left */
} GstFecDecodeSettings;

typedef struct _GstFecDecodeReceiver GstFecDecodeReceiver;

/*
 * All are borrowed; @element is where messages come from, @sinkpad where
 * upstream is asked for what is missing.
 */
GstFecDecodeReceiver *gst_fec_decode_receiver_new (GstElement *element,
    GstPad *sinkpad, GstPad *srcpad, GstFecDecodeSender *sender);
void gst_fec_decode_receiver_free (GstFecDecodeReceiver *receiver);

/* Forgets all that was received; the statistics stay. */
void gst_fec_decode_receiver_reset (GstFecDecodeReceiver *receiver);
/* The same, and the statistics and upstream's events are forgotten too. */
void gst_fec_decode_receiver_restart (GstFecDecodeReceiver *receiver);

void gst_fec_decode_receiver_configure (
    GstFecDecodeReceiver *receiver, const GstFecDecodeSettings *settings);
/* Upstream's events; borrowed. */
void gst_fec_decode_receiver_stream_start (
    GstFecDecodeReceiver *receiver, GstEvent *event);
void gst_fec_decode_receiver_set_caps (
    GstFecDecodeReceiver *receiver, GstCaps *caps);
void gst_fec_decode_receiver_set_segment (
    GstFecDecodeReceiver *receiver, const GstSegment *segment);

/* Takes a packet, or bytes when the segment is in bytes; transfer full. */
GstFlowReturn gst_fec_decode_receiver_push (
    GstFecDecodeReceiver *receiver, GstBuffer *buffer, GstClockTime now);
/* Releases what time has made ready. */
GstFlowReturn gst_fec_decode_receiver_release (
    GstFecDecodeReceiver *receiver, GstClockTime now);
/* No packet follows: releases all there is and pushes EOS. */
void gst_fec_decode_receiver_finish (
    GstFecDecodeReceiver *receiver, GstClockTime now);
/* When release() should be called though nothing came; NONE: never. */
GstClockTime gst_fec_decode_receiver_deadline (
    const GstFecDecodeReceiver *receiver);

const GstFecDecodeStats *gst_fec_decode_receiver_stats (
    const GstFecDecodeReceiver *receiver);

G_END_DECLS
