/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * udpfanout.h: the sender thread: what is new in the rings goes to all clients of each channel. It waits for the
 * network so that nobody else has to. Knows rings and client lists, not sessions.
 */
#pragma once

#include "transport/clientlist.h"
#include "transport/packetring.h"

G_BEGIN_DECLS

typedef struct _GstFecUdpFanout GstFecUdpFanout;
typedef struct _GstFecFanoutChannel GstFecFanoutChannel;

/** What became of the packets; sums over all clients. */
typedef struct
{
  guint64 packets_sent; /**< datagrams the kernel took */
  guint64 bytes_sent; /**< their payload */
  guint64 send_errors; /**< datagrams the kernel refused */
  guint64
      packets_dropped; /**< packets of a ring overwritten before they were sent to anybody */
} GstFecFanoutCounters;

/** A fan-out that is not running. */
GstFecUdpFanout *gst_fec_udp_fanout_new (void);
/** Stops it and forgets its channels. */
void gst_fec_udp_fanout_free (GstFecUdpFanout *fanout);

/** Starts the thread that sends through the non-blocking socket @fd of @family, which must stay open until stop. */
void gst_fec_udp_fanout_start (GstFecUdpFanout *fanout, gint fd, gint family);
/** Ends the thread within a fraction of a second. Safe when not running. */
void gst_fec_udp_fanout_stop (GstFecUdpFanout *fanout);

/** Adds a channel with @ring (a reference is taken), read from its head on, and no clients yet. */
GstFecFanoutChannel *gst_fec_udp_fanout_add (
    GstFecUdpFanout *fanout, GstFecPacketRing *ring);
/** Forgets @channel without waiting for the sender. */
void gst_fec_udp_fanout_remove (
    GstFecUdpFanout *fanout, GstFecFanoutChannel *channel);
/** Goes on with another ring; what is unsent in the one before is lost. */
void gst_fec_fanout_channel_set_ring (
    GstFecFanoutChannel *channel, GstFecPacketRing *ring);
/** From now on packets go to @clients (a reference is taken); NULL: to nobody. */
void gst_fec_fanout_channel_set_clients (
    GstFecFanoutChannel *channel, GstFecClientList *clients);

/**
 * Adds @client to the channel's list: it is sent what there is of the block under way (greeting.h), then everything
 * without a gap. FALSE when it is there already or the channel has no list.
 *
 * @source: our address that it spoke to, NULL: any.
 */
gboolean gst_fec_udp_fanout_join (GstFecUdpFanout *fanout,
    GstFecFanoutChannel *channel, const GstFecAddress *client,
    const GstFecAddress *source);

/** Says that a ring has something new. Never waits. */
void gst_fec_udp_fanout_wake (GstFecUdpFanout *fanout);
/** Waits until all that is in @channel's ring now has been handed to the kernel; FALSE after @timeout_us. */
gboolean gst_fec_udp_fanout_drain (
    GstFecUdpFanout *fanout, GstFecFanoutChannel *channel, gint64 timeout_us);
/** Of all channels, those removed included. */
void gst_fec_udp_fanout_get_counters (
    GstFecUdpFanout *fanout, GstFecFanoutCounters *counters);

G_END_DECLS
