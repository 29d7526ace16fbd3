/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpfanout.c: a batch of packets is copied out of the ring and framed once for all clients that are at the same
 * place, which is where all but the slow ones are. A client has no other memory than the rest of one frame.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/tcpfanout.h"
#include "transport/greeting.h"

#include <stdatomic.h>

/* Most packets written at once: about as much as a socket holds unsent. */
#define BATCH_PACKETS 16

struct _GstFecTcpChannel
{
  gint refcount; /* atomic */
  GMutex lock; /* guards the fields below */
  GCond progress;
  GstFecPacketRing *ring;
  guint n_subscriptions;
  GstFecRingPosition sent; /* all before it has been given to everybody */
  /* of the sending thread */
  GPtrArray *subscriptions;
};

typedef struct
{
  GstFecTcpChannel *channel;
  GstFecTcpConnection *connection;
  GstFecPacketRing *ring;
  GstFecRingPosition position; /* of the packet to be sent next */
  guint index; /* in the channel's array */
} Subscription;

/* Packets that follow each other in a ring, as frames. */
typedef struct
{
  GstFecPacketRing *ring; /* NULL: nothing here */
  GstFecRingPosition first;
  guint n;
  gsize ends[BATCH_PACKETS];
  GByteArray *bytes;
  GByteArray *packet; /* one, as the ring gives it */
} Frames;

struct _GstFecTcpFanout
{
  GPtrArray *channels; /* with subscriptions */
  Frames frames;
  _Atomic guint64 packets_sent;
  _Atomic guint64 bytes_sent;
  _Atomic guint64 packets_skipped;
};

/* ---- Channels ----------------------------------------------------------- */

GstFecTcpChannel *
gst_fec_tcp_channel_new (GstFecPacketRing *ring)
{
  GstFecTcpChannel *channel = g_new0 (GstFecTcpChannel, 1);

  g_atomic_int_set (&channel->refcount, 1);
  g_mutex_init (&channel->lock);
  g_cond_init (&channel->progress);
  channel->ring = gst_fec_packet_ring_ref (ring);
  channel->subscriptions = g_ptr_array_new ();
  return channel;
}

GstFecTcpChannel *
gst_fec_tcp_channel_ref (GstFecTcpChannel *channel)
{
  g_atomic_int_inc (&channel->refcount);
  return channel;
}

void
gst_fec_tcp_channel_unref (GstFecTcpChannel *channel)
{
  if (!g_atomic_int_dec_and_test (&channel->refcount))
    return;
  gst_fec_packet_ring_unref (channel->ring);
  g_ptr_array_unref (channel->subscriptions);
  g_cond_clear (&channel->progress);
  g_mutex_clear (&channel->lock);
  g_free (channel);
}

void
gst_fec_tcp_channel_set_ring (GstFecTcpChannel *channel, GstFecPacketRing *ring)
{
  g_mutex_lock (&channel->lock);
  gst_fec_packet_ring_unref (channel->ring);
  channel->ring = gst_fec_packet_ring_ref (ring);
  channel->sent = 0;
  g_mutex_unlock (&channel->lock);
}

GstFecPacketRing *
gst_fec_tcp_channel_ref_ring (GstFecTcpChannel *channel)
{
  GstFecPacketRing *ring;

  g_mutex_lock (&channel->lock);
  ring = gst_fec_packet_ring_ref (channel->ring);
  g_mutex_unlock (&channel->lock);
  return ring;
}

gboolean
gst_fec_tcp_channel_drain (GstFecTcpChannel *channel, gint64 deadline)
{
  GstFecPacketRing *ring = gst_fec_tcp_channel_ref_ring (channel);
  GstFecRingPosition target = gst_fec_packet_ring_get_head (ring);
  gboolean drained = FALSE;

  g_mutex_lock (&channel->lock);
  for (;;) {
    drained = channel->n_subscriptions == 0 || channel->ring != ring ||
        channel->sent >= target;
    if (drained ||
        !g_cond_wait_until (&channel->progress, &channel->lock, deadline))
      break;
  }
  g_mutex_unlock (&channel->lock);
  gst_fec_packet_ring_unref (ring);
  return drained;
}

/* ---- Frames ------------------------------------------------------------- */

static void
frames_clear (Frames *frames)
{
  g_clear_pointer (&frames->ring, gst_fec_packet_ring_unref);
  frames->n = 0;
}

/* Frames what @ring has from @position on, or from the newest packet when that is not there any more. */
static void
frames_fill (
    Frames *frames, GstFecPacketRing *ring, GstFecRingPosition position)
{
  gsize read_size = gst_fec_packet_ring_get_read_size (ring);
  gsize place = 0;

  frames_clear (frames);
  frames->ring = gst_fec_packet_ring_ref (ring);
  g_byte_array_set_size (frames->packet, read_size);
  g_byte_array_set_size (frames->bytes,
      BATCH_PACKETS *
          (GST_FEC_FRAME_HEADER + read_size + GST_FEC_FRAME_TRAILER));
  while (frames->n < BATCH_PACKETS) {
    GstFecRingPosition next = position;
    gsize size =
        gst_fec_packet_ring_read (ring, &next, frames->packet->data, NULL);

    if (size == 0 || (frames->n > 0 && next != position + 1))
      break;
    if (frames->n == 0)
      frames->first = next - 1;
    place += gst_fec_frame_write_packet (
        frames->packet->data, size, frames->bytes->data + place);
    frames->ends[frames->n++] = place;
    position = next;
  }
}

/* Frames from @position on, at least one unless nothing is new. */
static void
frames_need (
    Frames *frames, GstFecPacketRing *ring, GstFecRingPosition position)
{
  if (frames->ring != ring || position < frames->first ||
      position >= frames->first + frames->n)
    frames_fill (frames, ring, position);
}

/* ---- Subscriptions ------------------------------------------------------ */

GstFecTcpFanout *
gst_fec_tcp_fanout_new (void)
{
  GstFecTcpFanout *fanout = g_new0 (GstFecTcpFanout, 1);

  fanout->channels = g_ptr_array_new ();
  fanout->frames.bytes = g_byte_array_new ();
  fanout->frames.packet = g_byte_array_new ();
  return fanout;
}

void
gst_fec_tcp_fanout_free (GstFecTcpFanout *fanout)
{
  frames_clear (&fanout->frames);
  g_byte_array_unref (fanout->frames.bytes);
  g_byte_array_unref (fanout->frames.packet);
  g_ptr_array_unref (fanout->channels);
  g_free (fanout);
}

static Subscription *
find_subscription (GstFecTcpConnection *connection, GstFecTcpChannel *channel)
{
  guint i;

  for (i = 0; i < connection->subscriptions->len; i++) {
    Subscription *sub = g_ptr_array_index (connection->subscriptions, i);

    if (sub->channel == channel)
      return sub;
  }
  return NULL;
}

void
gst_fec_tcp_fanout_join (GstFecTcpFanout *fanout, GstFecTcpChannel *channel,
    GstFecTcpConnection *connection, GstFecPacketRing *ring,
    GstFecRingPosition head)
{
  Subscription *sub;

  if (find_subscription (connection, channel) != NULL)
    return;
  sub = g_new0 (Subscription, 1);
  sub->channel = gst_fec_tcp_channel_ref (channel);
  sub->connection = connection;
  sub->ring = gst_fec_tcp_channel_ref_ring (channel);
  sub->position = sub->ring == ring ? gst_fec_greeting_find (ring, head) : 0;
  sub->index = channel->subscriptions->len;
  if (sub->index == 0)
    g_ptr_array_add (fanout->channels, channel);
  g_ptr_array_add (channel->subscriptions, sub);
  g_ptr_array_add (connection->subscriptions, sub);

  g_mutex_lock (&channel->lock);
  if (channel->n_subscriptions++ == 0 || sub->position < channel->sent)
    channel->sent = sub->position;
  g_mutex_unlock (&channel->lock);
}

/* Ends @sub, which its connection has forgotten. */
static void
unsubscribe (GstFecTcpFanout *fanout, Subscription *sub)
{
  GstFecTcpChannel *channel = sub->channel;

  g_ptr_array_remove_index_fast (channel->subscriptions, sub->index);
  if (sub->index < channel->subscriptions->len) {
    Subscription *moved =
        g_ptr_array_index (channel->subscriptions, sub->index);

    moved->index = sub->index;
  }
  if (channel->subscriptions->len == 0)
    g_ptr_array_remove_fast (fanout->channels, channel);

  g_mutex_lock (&channel->lock);
  channel->n_subscriptions--;
  g_cond_broadcast (&channel->progress);
  g_mutex_unlock (&channel->lock);
  gst_fec_packet_ring_unref (sub->ring);
  gst_fec_tcp_channel_unref (channel);
  g_free (sub);
}

void
gst_fec_tcp_fanout_leave (GstFecTcpFanout *fanout, GstFecTcpChannel *channel,
    GstFecTcpConnection *connection)
{
  Subscription *sub = find_subscription (connection, channel);

  if (sub == NULL)
    return;
  g_ptr_array_remove_fast (connection->subscriptions, sub);
  unsubscribe (fanout, sub);
}

void
gst_fec_tcp_fanout_leave_all (
    GstFecTcpFanout *fanout, GstFecTcpConnection *connection)
{
  GPtrArray *subs = connection->subscriptions;

  while (subs->len > 0)
    unsubscribe (fanout, g_ptr_array_steal_index_fast (subs, subs->len - 1));
}

/* ---- Sending ------------------------------------------------------------ */

static void
add_counter (_Atomic guint64 *counter, guint64 n)
{
  atomic_fetch_add_explicit (counter, n, memory_order_relaxed);
}

void
gst_fec_tcp_fanout_send (GstFecTcpFanout *fanout,
    GstFecTcpConnection *connection, const guint8 *frame, gsize size,
    gint64 now)
{
  guint n = gst_fec_tcp_connection_send (connection, frame, 0, &size, 1, now);

  add_counter (&fanout->packets_sent, n);
  add_counter (&fanout->bytes_sent, n * size);
}

/* Sends one batch of what is new to a subscription that is not blocked. */
static void
send_batch (GstFecTcpFanout *fanout, Subscription *sub, gint64 now)
{
  Frames *frames = &fanout->frames;
  gsize begin;
  guint i, n;

  frames_need (frames, sub->ring, sub->position);
  if (frames->n == 0)
    return;
  if (sub->position < frames->first) {
    add_counter (&fanout->packets_skipped, frames->first - sub->position);
    sub->position = frames->first;
  }
  i = sub->position - frames->first;
  begin = i > 0 ? frames->ends[i - 1] : 0;
  n = gst_fec_tcp_connection_send (sub->connection, frames->bytes->data, begin,
      frames->ends + i, frames->n - i, now);
  if (n == 0)
    return;
  sub->position += n;
  add_counter (&fanout->packets_sent, n);
  add_counter (&fanout->bytes_sent, frames->ends[i + n - 1] - begin);
}

static void
follow_ring (Subscription *sub, GstFecPacketRing *ring)
{
  if (sub->ring == ring)
    return;
  gst_fec_packet_ring_unref (sub->ring);
  sub->ring = gst_fec_packet_ring_ref (ring);
  sub->position = 0;
}

/* One batch for each subscription of @channel; TRUE when there is more. */
static gboolean
serve_channel (GstFecTcpFanout *fanout, GstFecTcpChannel *channel,
    GPtrArray *changed, gint64 now)
{
  GstFecPacketRing *ring = gst_fec_tcp_channel_ref_ring (channel);
  GstFecRingPosition head = gst_fec_packet_ring_get_head (ring), sent = head;
  gboolean more = FALSE;
  guint i;

  for (i = 0; i < channel->subscriptions->len; i++) {
    Subscription *sub = g_ptr_array_index (channel->subscriptions, i);
    GstFecTcpConnection *connection = sub->connection;

    follow_ring (sub, ring);
    if (!connection->blocked && !connection->broken && sub->position < head) {
      send_batch (fanout, sub, now);
      if (connection->blocked || connection->broken)
        g_ptr_array_add (changed, connection);
      else if (sub->position < head)
        more = TRUE;
    }
    sent = MIN (sent, sub->position);
    if (connection->out != NULL && sent > 0 && sent == sub->position)
      sent--;
  }

  g_mutex_lock (&channel->lock);
  if (channel->ring == ring)
    channel->sent = sent;
  g_cond_broadcast (&channel->progress);
  g_mutex_unlock (&channel->lock);
  gst_fec_packet_ring_unref (ring);
  return more;
}

gboolean
gst_fec_tcp_fanout_serve (
    GstFecTcpFanout *fanout, GPtrArray *changed, gint64 now)
{
  gboolean more = FALSE;
  guint i;

  for (i = 0; i < fanout->channels->len; i++)
    more |= serve_channel (
        fanout, g_ptr_array_index (fanout->channels, i), changed, now);
  return more;
}

void
gst_fec_tcp_fanout_get_counters (
    GstFecTcpFanout *fanout, GstFecTcpFanoutCounters *counters)
{
  counters->packets_sent = atomic_load (&fanout->packets_sent);
  counters->bytes_sent = atomic_load (&fanout->bytes_sent);
  counters->packets_skipped = atomic_load (&fanout->packets_skipped);
}
