/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subscriber-private.h: what the files of a subscriber share: subscriber.c (the thread, its timers, what others ask)
 * and subscriberio.c (sockets, ways packets come, what comes). All functions are of the thread alone.
 */
#pragma once

#include <gio/gio.h>

#include "session/sessionclient.h"
#include "transport/packetqueue.h"
#include "transport/receiver.h"
#include "transport/reception.h"
#include "transport/subscriber.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 bytes;
  guint64 malformed; /* no ALC packet, no control message */
  guint64 foreign; /* packets of another channel */
  guint64 dropped; /* taken too slowly */
  guint64 restarts;
} Counters;

struct _GstFecSubscriber
{
  GstFecSubscriberSettings settings;
  GstFecSubscriberFunc func;
  gpointer user_data;
  GstFecPacketQueue *queue;
  GstFecReceiver *receiver;
  GCancellable *cancellable;
  GThread *thread;
  gint discard; /* atomic */

  GMutex lock; /* guards what follows: the thread writes it, others read it */
  GstFecSessionClient *session;
  GstFecReception reception;
  Counters counters;
  GstCaps *caps;
  GstFecSubscriberState state;
  gsize receive_buffer;

  /* of the thread alone */
  GList *addresses; /* GSocketAddress, of the host */
  GList *address; /* the one in use */
  gint unicast_fd;
  gint multicast_fd;
  gboolean has_tsi;
  guint32 tsi;
  gboolean joining; /* asked for unicast */
  gboolean multicast_tried;
  gint last_errno;
  gint64 started;
  gint64 address_since; /* when the address in use was taken */
  gint64 answered; /* last control message, 0: none yet */
  gint64 first_packet; /* 0: none yet */
  gint64 last_packet;
  gint64 multicast_since; /* when the group was joined */
  gint64 revive_at; /* when silence is long enough */
  gint64 revive_after; /* how long that is */
  gint64 ends_at; /* the stream is over then; 0: it is not */
  gboolean over; /* nothing more to do */
};

/** Changes the state and tells it; @error with FAILED alone. */
void gst_fec_subscriber_set_state (GstFecSubscriber *subscriber,
    GstFecSubscriberState state, const GError *error);
/** Ends all with an error; takes @text. */
void gst_fec_subscriber_fail (
    GstFecSubscriber *subscriber, GstResourceError code, gchar *text);
/** Ends all with the error that the server's @code means. */
void gst_fec_subscriber_fail_refused (
    GstFecSubscriber *subscriber, guint code, const gchar *reason);
/** Ends all since the stream is over. */
void gst_fec_subscriber_end (GstFecSubscriber *subscriber);

/** Finds the addresses of the host; FALSE (and failed) when there are none. */
gboolean gst_fec_subscriber_resolve (GstFecSubscriber *subscriber);
/** Opens a socket to the address in use. */
gboolean gst_fec_subscriber_open_unicast (GstFecSubscriber *subscriber);
/** Closes *@fd, the socket of @port. */
void gst_fec_subscriber_close_socket (
    GstFecSubscriber *subscriber, GstFecReceiverPort port, gint *fd);
/** Goes on with the host's next address. */
void gst_fec_subscriber_try_next_address (
    GstFecSubscriber *subscriber, gint64 now);
/** Asks for unicast instead, or fails when that is not allowed. */
void gst_fec_subscriber_give_up_multicast (
    GstFecSubscriber *subscriber, gint64 now, const gchar *why);
/** Handles what @port has. */
void gst_fec_subscriber_read_port (
    GstFecSubscriber *subscriber, GstFecReceiverPort port);

G_END_DECLS
