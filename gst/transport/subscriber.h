/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subscriber.h: the client's counterpart of the hub: gets the packets of one channel from one or several servers, each
 * by a line (line.h) of its own, and puts out each packet once, whichever way and however often it came. Also while
 * nobody takes packets.
 */
#pragma once

#include "transport/line.h"

G_BEGIN_DECLS

typedef struct _GstFecSubscriber GstFecSubscriber;

/** Most servers of a subscriber. */
#define GST_FEC_SUBSCRIBER_MAX_LINES 16

/**
 * Told of each change of the line to server @line, from that line's thread. @reason: a few words, never NULL. @error
 * (GST_RESOURCE_ERROR, owned by the caller) is set with FAILED alone; @last: no other line is left, the packets end.
 * The callback may not stop the subscriber.
 */
typedef void (*GstFecSubscriberFunc) (GstFecSubscriber *subscriber, guint line,
    GstFecLineState state, const gchar *reason, const GError *error,
    gboolean last, gpointer user_data);

/** @n_lines, 1 to GST_FEC_SUBSCRIBER_MAX_LINES, of @lines: servers that have the same channel. */
GstFecSubscriber *gst_fec_subscriber_new (const GstFecLineSettings *lines,
    guint n_lines, GstFecSubscriberFunc func, gpointer user_data);
/** Leaves the sessions and joins the threads, within a fraction of a second. */
void gst_fec_subscriber_free (GstFecSubscriber *subscriber);
/** Starts the lines. Once. */
void gst_fec_subscriber_start (GstFecSubscriber *subscriber);

/**
 * Waits for packets; as gst_fec_packet_queue_pop(). The buffers' PTS is the monotonic time of arrival in nanoseconds.
 * The first ones wait for the channel's description, half a second at most.
 */
GstFlowReturn gst_fec_subscriber_pop (
    GstFecSubscriber *subscriber, guint max, GstBufferList **list);
void gst_fec_subscriber_set_flushing (
    GstFecSubscriber *subscriber, gboolean flushing);
/** While TRUE, packets are thrown away (a paused live source); the sessions go on. */
void gst_fec_subscriber_set_discard (
    GstFecSubscriber *subscriber, gboolean discard);

/**
 * An object cannot be decoded yet: asks one of the servers, in turn, for @count symbols more. From any thread.
 */
void gst_fec_subscriber_report_missing (
    GstFecSubscriber *subscriber, guint32 toi, guint8 sbn, guint32 count);

/** The caps of the packets as far as they are known; the caller owns them. */
GstCaps *gst_fec_subscriber_get_caps (GstFecSubscriber *subscriber);
/**
 * Of all lines together: transport (string: none, udp-mcast, udp, tcp; of the first line that has one),
 * packets-received, packets-replaced, bytes-received, packets-lost, packets-malformed, packets-foreign,
 * packets-damaged, restarts, transitions, requests, retransmissions, answers, ignored, stale-nonces (uint64);
 * packets-duplicate (came more than once), packets-dropped (nobody took them) (uint64); state (string, of the session
 * client), rtt-us, jitter-us, receive-buffer-bytes (uint), of the first line; servers (GST_TYPE_LIST of the lines'
 * structures). The caller owns it.
 */
GstStructure *gst_fec_subscriber_get_stats (GstFecSubscriber *subscriber);

G_END_DECLS
