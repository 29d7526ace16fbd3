/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpfanout.h: what is new in the rings goes to the TCP clients of each channel, as frames. Each client has a position
 * of its own in each ring: one that is slow delays nobody, and one that falls more than the ring behind goes on at the
 * newest packet. Knows rings and connections, not sessions.
 */
#pragma once

#include "transport/packetring.h"
#include "transport/tcpconnection.h"

G_BEGIN_DECLS

typedef struct _GstFecTcpFanout GstFecTcpFanout;
typedef struct _GstFecTcpChannel GstFecTcpChannel;

/** What became of the packets; sums over all clients. */
typedef struct
{
  guint64 packets_sent; /**< frames the kernel took or began to take */
  guint64 bytes_sent; /**< their bytes */
  guint64
      packets_skipped; /**< packets overwritten before a slow client got them */
} GstFecTcpFanoutCounters;

/* ---- From any thread ---------------------------------------------------- */

/** A channel that is read from @ring (a reference is taken). The caller has one reference. */
GstFecTcpChannel *gst_fec_tcp_channel_new (GstFecPacketRing *ring);
GstFecTcpChannel *gst_fec_tcp_channel_ref (GstFecTcpChannel *channel);
void gst_fec_tcp_channel_unref (GstFecTcpChannel *channel);
/** The ring it is read from, with a reference for the caller. */
GstFecPacketRing *gst_fec_tcp_channel_ref_ring (GstFecTcpChannel *channel);
/** Goes on with another ring, from its beginning; what is unsent in the one before is lost. */
void gst_fec_tcp_channel_set_ring (
    GstFecTcpChannel *channel, GstFecPacketRing *ring);
/** Waits until each client has been given all that is in the ring now; FALSE at the monotonic time @deadline. */
gboolean gst_fec_tcp_channel_drain (GstFecTcpChannel *channel, gint64 deadline);
void gst_fec_tcp_fanout_get_counters (
    GstFecTcpFanout *fanout, GstFecTcpFanoutCounters *counters);

/* ---- From the thread that owns the connections -------------------------- */

GstFecTcpFanout *gst_fec_tcp_fanout_new (void);
/** There must be no subscriptions any more. */
void gst_fec_tcp_fanout_free (GstFecTcpFanout *fanout);

/**
 * From now on @connection gets @channel, beginning with the block that was under way (greeting.h) when the channel read
 * from @ring whose head was @head; when it reads from another one now, from the begin of that.
 */
void gst_fec_tcp_fanout_join (GstFecTcpFanout *fanout,
    GstFecTcpChannel *channel, GstFecTcpConnection *connection,
    GstFecPacketRing *ring, GstFecRingPosition head);
/** Nothing more of @channel is sent to @connection but the rest of a frame. */
void gst_fec_tcp_fanout_leave (GstFecTcpFanout *fanout,
    GstFecTcpChannel *channel, GstFecTcpConnection *connection);
/** Leaves all channels. */
void gst_fec_tcp_fanout_leave_all (
    GstFecTcpFanout *fanout, GstFecTcpConnection *connection);

/** Sends the frame of a packet of no ring to @connection, which is not blocked. */
void gst_fec_tcp_fanout_send (GstFecTcpFanout *fanout,
    GstFecTcpConnection *connection, const guint8 *frame, gsize size,
    gint64 now);
/**
 * Sends some of what is new to each connection that is not blocked. Connections that became blocked or broken are
 * appended to @changed. TRUE when there is more.
 */
gboolean gst_fec_tcp_fanout_serve (
    GstFecTcpFanout *fanout, GPtrArray *changed, gint64 now);

G_END_DECLS
