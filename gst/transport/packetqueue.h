/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packetqueue.h: packets on their way from the thread that receives them to the thread that pushes them on. Bounded:
 * when the taker is too slow the oldest packets go. Any thread.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstFecPacketQueue GstFecPacketQueue;

/** Holds at most @max_bytes of packets; packets stay inside until gst_fec_packet_queue_release(). */
GstFecPacketQueue *gst_fec_packet_queue_new (gsize max_bytes);
void gst_fec_packet_queue_free (GstFecPacketQueue *queue);

/** Takes @buffer. Returns how many older packets were dropped for it. */
guint gst_fec_packet_queue_push (GstFecPacketQueue *queue, GstBuffer *buffer);
/** Lets packets out. */
void gst_fec_packet_queue_release (GstFecPacketQueue *queue);
/** Drops all packets. */
void gst_fec_packet_queue_clear (GstFecPacketQueue *queue);
/** No packet comes any more: @flow (not OK) is returned once the queue is empty. The first call counts. */
void gst_fec_packet_queue_finish (GstFecPacketQueue *queue, GstFlowReturn flow);
/** While flushing, pop returns GST_FLOW_FLUSHING at once. */
void gst_fec_packet_queue_set_flushing (
    GstFecPacketQueue *queue, gboolean flushing);

/**
 * Waits for packets. GST_FLOW_OK: *@list, which the caller owns, holds all there are, @max at most. Else there are
 * none: GST_FLOW_FLUSHING, or what gst_fec_packet_queue_finish() said.
 */
GstFlowReturn gst_fec_packet_queue_pop (
    GstFecPacketQueue *queue, guint max, GstBufferList **list);

G_END_DECLS
