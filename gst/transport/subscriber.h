/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subscriber.h: the client's counterpart of the hub: asks a server for a channel, gets its packets by multicast or
 * unicast, whichever works, and keeps the lease. A thread of its own does all that, also while nobody takes packets.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstFecSubscriber GstFecSubscriber;

/** Strings are copied by gst_fec_subscriber_new(). */
typedef struct
{
  const gchar *host; /**< name or numeric address */
  guint16 port;
  const gchar *channel; /**< path without leading slash */
  gboolean multicast; /**< allowed */
  gboolean unicast; /**< allowed */
  const gchar *
      iface; /**< interface that groups are joined on; NULL: as the system chooses */
  guint lease; /**< seconds */
  guint
      multicast_timeout_ms; /**< nothing by multicast for this long: unicast */
  guint
      udp_timeout_ms; /**< nothing heard for this long: the next address of the host; three times: a new session */
  guint
      timeout_ms; /**< no answer at all for this long at the start: an error; 0: never */
  guint
      buffer_size; /**< bytes asked for the sockets' receive buffers, and held here at most */
} GstFecSubscriberSettings;

/** What a subscriber is doing. */
typedef enum
{
  GST_FEC_SUBSCRIBER_CONNECTING, /**< no answer yet */
  GST_FEC_SUBSCRIBER_DESCRIBED, /**< the channel is known, no packet is */
  GST_FEC_SUBSCRIBER_MULTICAST, /**< packets come from a group */
  GST_FEC_SUBSCRIBER_UNICAST, /**< packets come from the server */
  GST_FEC_SUBSCRIBER_LOST, /**< nothing is heard any more; tries anew */
  GST_FEC_SUBSCRIBER_ENDED, /**< the sender said that the stream is over */
  GST_FEC_SUBSCRIBER_FAILED, /**< for good: see the error */
} GstFecSubscriberState;

/** Nick of @state ("connecting", ...); static. */
const gchar *gst_fec_subscriber_state_nick (GstFecSubscriberState state);

/**
 * Told of each change of state, from the subscriber's thread. @error (GST_RESOURCE_ERROR, owned by the caller) is set
 * with FAILED alone. The callback may not stop the subscriber.
 */
typedef void (*GstFecSubscriberFunc) (GstFecSubscriber *subscriber,
    GstFecSubscriberState state, const GError *error, gpointer user_data);

GstFecSubscriber *gst_fec_subscriber_new (
    const GstFecSubscriberSettings *settings, GstFecSubscriberFunc func,
    gpointer user_data);
/** Leaves the session and joins the thread, within a fraction of a second. */
void gst_fec_subscriber_free (GstFecSubscriber *subscriber);
/** Starts the thread. Once. */
void gst_fec_subscriber_start (GstFecSubscriber *subscriber);

/**
 * Waits for packets; as gst_fec_packet_queue_pop(). The buffers' PTS is the monotonic time of arrival in nanoseconds.
 * The first ones wait for the channel's description, half a second at most.
 */
GstFlowReturn gst_fec_subscriber_pop (
    GstFecSubscriber *subscriber, guint max, GstBufferList **list);
void gst_fec_subscriber_set_flushing (
    GstFecSubscriber *subscriber, gboolean flushing);
/** While TRUE, packets are thrown away (a paused live source); the session goes on. */
void gst_fec_subscriber_set_discard (
    GstFecSubscriber *subscriber, gboolean discard);

/** The caps of the packets as far as they are known; the caller owns them. */
GstCaps *gst_fec_subscriber_get_caps (GstFecSubscriber *subscriber);
/**
 * The session client's statistics and transport (string: none, udp-mcast, udp), packets-received, bytes-received,
 * packets-lost, packets-malformed, packets-foreign, packets-dropped, restarts (uint64), jitter-us, receive-buffer-bytes
 * (uint). The caller owns it.
 */
GstStructure *gst_fec_subscriber_get_stats (GstFecSubscriber *subscriber);

G_END_DECLS
