/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * udpfanout.c: a batch of packets is copied out of the ring once, then each client of the snapshot gets it, many
 * messages to a system call. The copy costs nothing against the sending and lets the writer overwrite the ring
 * whenever it likes.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/udpfanout.h"
#include "transport/greeting.h"
#include "transport/udpsocket.h"

#include <errno.h>
#include <gst/gst.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_STATIC (fanout_debug);
#define GST_CAT_DEFAULT fanout_debug

/* Most packets taken from a ring at once. */
#define BATCH_PACKETS 16
/* Most packets that the sender holds. */
#define MAX_PACKETS GST_FEC_GREETING_PACKETS
/* Newcomers greeted at most in one round; others begin with what comes. */
#define MAX_NEWCOMERS 256
/* Most messages of one system call; the kernel stops at 1024. */
#define BATCH_MESSAGES 256
/* How long a batch may wait for a full socket before what is left is dropped. */
#define MAX_WAIT_MS 50

struct _GstFecFanoutChannel
{
  gint refcount; /* atomic */
  GMutex lock; /* guards the fields below */
  GstFecPacketRing *ring;
  GstFecClientList *clients; /* may be NULL */
  GstFecRingPosition position; /* all before it has been sent */
  GArray *newcomers; /* of GstFecClient: to be greeted */
  /* of the sender alone */
  guint first_client; /* who is served first in the next batch */
};

struct _GstFecUdpFanout
{
  GMutex lock; /* guards channels */
  GCond progress; /* a batch was sent */
  GPtrArray *channels; /* replaced when changed, never changed */
  gint wake_fd;
  _Atomic gint woken;
  _Atomic gint running;
  GThread *thread;
  gint fd;
  gint family;
  _Atomic guint64 packets_sent;
  _Atomic guint64 bytes_sent;
  _Atomic guint64 send_errors;
  _Atomic guint64 packets_dropped;
};

/* What the sender thread works with. */
typedef struct
{
  guint8 *packets;
  gsize packets_size;
  struct iovec iov[MAX_PACKETS];
  struct mmsghdr messages[BATCH_MESSAGES];
  guint32 slots[BATCH_MESSAGES];
  guint64 control[BATCH_MESSAGES][GST_FEC_UDP_CONTROL_SIZE / sizeof (guint64)];
  gint64 wait_until; /* until when this batch may wait */
} Sender;

static void
add_counter (_Atomic guint64 *counter, guint64 n)
{
  atomic_fetch_add_explicit (counter, n, memory_order_relaxed);
}

static void
channel_unref (gpointer data)
{
  GstFecFanoutChannel *channel = data;

  if (!g_atomic_int_dec_and_test (&channel->refcount))
    return;
  gst_fec_packet_ring_unref (channel->ring);
  g_clear_pointer (&channel->clients, gst_fec_client_list_unref);
  g_array_unref (channel->newcomers);
  g_mutex_clear (&channel->lock);
  g_free (channel);
}

GstFecUdpFanout *
gst_fec_udp_fanout_new (void)
{
  static gsize once = 0;
  GstFecUdpFanout *fanout = g_new0 (GstFecUdpFanout, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (
        fanout_debug, "fecfanout", 0, "Sending packets to clients");
    g_once_init_leave (&once, 1);
  }
  g_mutex_init (&fanout->lock);
  g_cond_init (&fanout->progress);
  fanout->channels = g_ptr_array_new_with_free_func (channel_unref);
  fanout->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  fanout->fd = -1;
  return fanout;
}

void
gst_fec_udp_fanout_free (GstFecUdpFanout *fanout)
{
  gst_fec_udp_fanout_stop (fanout);
  g_ptr_array_unref (fanout->channels);
  if (fanout->wake_fd >= 0)
    close (fanout->wake_fd);
  g_cond_clear (&fanout->progress);
  g_mutex_clear (&fanout->lock);
  g_free (fanout);
}

/* A copy of the channel array without @without. Called with the lock. */
static GPtrArray *
copy_channels (GstFecUdpFanout *fanout, GstFecFanoutChannel *without)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (channel_unref);
  guint i;

  for (i = 0; i < fanout->channels->len; i++) {
    GstFecFanoutChannel *channel = g_ptr_array_index (fanout->channels, i);

    if (channel != without) {
      g_atomic_int_inc (&channel->refcount);
      g_ptr_array_add (copy, channel);
    }
  }
  return copy;
}

static void
replace_channels (GstFecUdpFanout *fanout, GPtrArray *channels)
{
  g_ptr_array_unref (fanout->channels);
  fanout->channels = channels;
}

GstFecFanoutChannel *
gst_fec_udp_fanout_add (GstFecUdpFanout *fanout, GstFecPacketRing *ring)
{
  GstFecFanoutChannel *channel = g_new0 (GstFecFanoutChannel, 1);
  GPtrArray *channels;

  g_atomic_int_set (&channel->refcount, 1);
  g_mutex_init (&channel->lock);
  channel->ring = gst_fec_packet_ring_ref (ring);
  channel->position = gst_fec_packet_ring_get_head (ring);
  channel->newcomers = g_array_new (FALSE, FALSE, sizeof (GstFecClient));

  g_mutex_lock (&fanout->lock);
  channels = copy_channels (fanout, NULL);
  g_ptr_array_add (channels, channel);
  replace_channels (fanout, channels);
  g_mutex_unlock (&fanout->lock);
  return channel;
}

void
gst_fec_udp_fanout_remove (
    GstFecUdpFanout *fanout, GstFecFanoutChannel *channel)
{
  g_mutex_lock (&fanout->lock);
  replace_channels (fanout, copy_channels (fanout, channel));
  g_mutex_unlock (&fanout->lock);
}

void
gst_fec_fanout_channel_set_ring (
    GstFecFanoutChannel *channel, GstFecPacketRing *ring)
{
  g_mutex_lock (&channel->lock);
  gst_fec_packet_ring_unref (channel->ring);
  channel->ring = gst_fec_packet_ring_ref (ring);
  channel->position = 0;
  g_mutex_unlock (&channel->lock);
}

void
gst_fec_fanout_channel_set_clients (
    GstFecFanoutChannel *channel, GstFecClientList *clients)
{
  g_mutex_lock (&channel->lock);
  g_clear_pointer (&channel->clients, gst_fec_client_list_unref);
  if (clients != NULL)
    channel->clients = gst_fec_client_list_ref (clients);
  g_mutex_unlock (&channel->lock);
}

gboolean
gst_fec_udp_fanout_join (GstFecUdpFanout *fanout, GstFecFanoutChannel *channel,
    const GstFecAddress *client, const GstFecAddress *source)
{
  GstFecClient entry;
  gboolean added;

  /* One lock for both, so that the greeting ends where the batches begin. */
  g_mutex_lock (&channel->lock);
  added = channel->clients != NULL &&
      gst_fec_client_list_add (channel->clients, client, source);
  if (added && channel->newcomers->len < MAX_NEWCOMERS) {
    gst_fec_client_init (&entry, fanout->family, client, source);
    g_array_append_val (channel->newcomers, entry);
  }
  g_mutex_unlock (&channel->lock);
  if (added)
    gst_fec_udp_fanout_wake (fanout);
  return added;
}

void
gst_fec_udp_fanout_wake (GstFecUdpFanout *fanout)
{
  const guint64 one = 1;

  if (atomic_exchange (&fanout->woken, 1) == 0) {
    /* Fails only when the counter is full, and then it is readable anyway. */
    if (write (fanout->wake_fd, &one, sizeof (one)) < 0)
      return;
  }
}

static void
count_error (GstFecUdpFanout *fanout, GstFecClientList *clients,
    const struct msghdr *msg, guint32 slot, gint error)
{
  add_counter (&fanout->send_errors, 1);
  if (slot != GST_FEC_CLIENT_NO_SLOT &&
      gst_fec_client_list_count_error (clients, slot, error)) {
    gchar text[GST_FEC_ADDRESS_TEXT_SIZE] = "?";
    GstFecAddress address;

    if (gst_fec_address_from_sockaddr (&address, msg->msg_name))
      gst_fec_address_format (&address, text);
    GST_WARNING ("cannot send to %s: %s (further errors are only counted)",
        text, g_strerror (error));
  }
}

/* Whether the socket takes something again before the batch's time is over. */
static gboolean
wait_for_socket (GstFecUdpFanout *fanout, Sender *sender)
{
  struct pollfd pfd = { .fd = fanout->fd, .events = POLLOUT };
  gint64 left = sender->wait_until - g_get_monotonic_time ();

  if (left <= 0 || !atomic_load (&fanout->running))
    return FALSE;
  return poll (&pfd, 1, (left + 999) / 1000) > 0;
}

static void
send_messages (
    GstFecUdpFanout *fanout, Sender *sender, GstFecClientList *clients, guint n)
{
  guint64 bytes = 0, sent = 0;
  guint done = 0;

  while (done < n) {
    gint i,
        ret = sendmmsg (
            fanout->fd, sender->messages + done, n - done, MSG_DONTWAIT);

    if (ret > 0) {
      for (i = 0; i < ret; i++)
        bytes += sender->messages[done + i].msg_len;
      sent += ret;
      done += ret;
      continue;
    }
    if (ret < 0 && errno == EINTR)
      continue;
    if (ret < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) &&
        wait_for_socket (fanout, sender))
      continue;
    count_error (fanout, clients, &sender->messages[done].msg_hdr,
        sender->slots[done], ret < 0 ? errno : EIO);
    done++;
  }
  add_counter (&fanout->packets_sent, sent);
  add_counter (&fanout->bytes_sent, bytes);
}

/* Sends @n_packets to @n_clients, beginning with @first. */
static void
send_to_clients (GstFecUdpFanout *fanout, Sender *sender,
    GstFecClientList *list, GstFecClient *clients, guint n_clients, guint first,
    guint n_packets)
{
  socklen_t name_size = fanout->family == AF_INET
      ? sizeof (struct sockaddr_in)
      : sizeof (struct sockaddr_in6);
  guint i, p, n = 0;

  sender->wait_until = g_get_monotonic_time () + MAX_WAIT_MS * 1000;
  for (i = 0; i < n_clients; i++) {
    GstFecClient *client = &clients[(first + i) % n_clients];
    gpointer control = sender->control[n];
    gsize control_size =
        gst_fec_udp_put_source (fanout->family, client->source, control);

    for (p = 0; p < n_packets; p++) {
      struct msghdr *msg = &sender->messages[n].msg_hdr;

      msg->msg_name = &client->to;
      msg->msg_namelen = name_size;
      msg->msg_iov = &sender->iov[p];
      msg->msg_iovlen = 1;
      msg->msg_control = control_size > 0 ? control : NULL;
      msg->msg_controllen = control_size;
      msg->msg_flags = 0;
      sender->slots[n] = client->slot;
      n++;
    }
    if (n + n_packets > BATCH_MESSAGES) {
      send_messages (fanout, sender, list, n);
      n = 0;
    }
  }
  if (n > 0)
    send_messages (fanout, sender, list, n);
}

/* Makes room for @n packets of @ring. */
static void
need_packets (Sender *sender, GstFecPacketRing *ring, guint n)
{
  gsize size = n * gst_fec_packet_ring_get_read_size (ring);

  if (sender->packets_size < size) {
    sender->packets_size = size;
    sender->packets = g_realloc (sender->packets, size);
  }
}

/* Sends what there is of the block before @end to those who have just come. */
static void
greet (GstFecUdpFanout *fanout, Sender *sender, GstFecPacketRing *ring,
    GstFecRingPosition end, GstFecClientList *clients, GArray *newcomers)
{
  guint n;

  need_packets (sender, ring, GST_FEC_GREETING_PACKETS);
  n = gst_fec_greeting_take (ring, end, sender->packets, sender->iov);
  if (n > 0)
    send_to_clients (fanout, sender, clients, (GstFecClient *) newcomers->data,
        newcomers->len, 0, n);
}

/* Copies what is new at @position, and was there at @head, into the sender's memory. */
static guint
take_packets (GstFecUdpFanout *fanout, Sender *sender, GstFecPacketRing *ring,
    GstFecRingPosition *position, GstFecRingPosition head)
{
  gsize stride = gst_fec_packet_ring_get_read_size (ring);
  guint64 skipped = 0;
  guint n;

  need_packets (sender, ring, BATCH_PACKETS);
  for (n = 0; n < BATCH_PACKETS && *position < head; n++) {
    guint8 *packet = sender->packets + n * stride;
    gsize size = gst_fec_packet_ring_read (ring, position, packet, &skipped);

    if (size == 0)
      break;
    sender->iov[n].iov_base = packet;
    sender->iov[n].iov_len = size;
  }
  if (skipped > 0)
    add_counter (&fanout->packets_dropped, skipped);
  return n;
}

/* What of a channel one batch works with. */
typedef struct
{
  GstFecPacketRing *ring;
  GstFecRingPosition position;
  /* what comes later is for the clients of a later snapshot: some may have been removed */
  GstFecRingPosition head;
  GstFecClientList *clients; /* may be NULL, and the next two with it */
  GstFecClientSnapshot *snapshot;
  GArray *newcomers; /* may be NULL */
} Batch;

static void
begin_batch (GstFecFanoutChannel *channel, Batch *batch)
{
  g_mutex_lock (&channel->lock);
  batch->ring = gst_fec_packet_ring_ref (channel->ring);
  batch->position = channel->position;
  batch->head = gst_fec_packet_ring_get_head (channel->ring);
  if (channel->clients != NULL) {
    batch->clients = gst_fec_client_list_ref (channel->clients);
    batch->snapshot = gst_fec_client_list_snapshot (channel->clients);
  }
  if (channel->clients != NULL && channel->newcomers->len > 0) {
    batch->newcomers = channel->newcomers;
    channel->newcomers = g_array_new (FALSE, FALSE, sizeof (GstFecClient));
  }
  g_mutex_unlock (&channel->lock);
}

static void
end_batch (GstFecFanoutChannel *channel, Batch *batch)
{
  g_mutex_lock (&channel->lock);
  if (channel->ring == batch->ring)
    channel->position = batch->position;
  g_mutex_unlock (&channel->lock);
  gst_fec_packet_ring_unref (batch->ring);
  g_clear_pointer (&batch->newcomers, g_array_unref);
  g_clear_pointer (&batch->snapshot, gst_fec_client_snapshot_unref);
  g_clear_pointer (&batch->clients, gst_fec_client_list_unref);
}

/* Sends one batch of @channel; FALSE when nothing was new. */
static gboolean
serve_channel (
    GstFecUdpFanout *fanout, Sender *sender, GstFecFanoutChannel *channel)
{
  Batch batch = { 0 };
  guint n_packets;

  begin_batch (channel, &batch);
  if (batch.newcomers != NULL)
    greet (fanout, sender, batch.ring, batch.position, batch.clients,
        batch.newcomers);
  n_packets =
      take_packets (fanout, sender, batch.ring, &batch.position, batch.head);
  if (n_packets > 0 && batch.snapshot != NULL &&
      batch.snapshot->n_clients > 0) {
    channel->first_client =
        (channel->first_client + 1) % batch.snapshot->n_clients;
    send_to_clients (fanout, sender, batch.clients, batch.snapshot->clients,
        batch.snapshot->n_clients, channel->first_client, n_packets);
  }
  end_batch (channel, &batch);
  return n_packets > 0;
}

/* One batch of every channel; FALSE when none had anything new. */
static gboolean
serve_channels (GstFecUdpFanout *fanout, Sender *sender)
{
  GPtrArray *channels;
  gboolean busy = FALSE;
  guint i;

  g_mutex_lock (&fanout->lock);
  channels = g_ptr_array_ref (fanout->channels);
  g_mutex_unlock (&fanout->lock);
  for (i = 0; i < channels->len; i++)
    busy |= serve_channel (fanout, sender, g_ptr_array_index (channels, i));
  g_ptr_array_unref (channels);

  g_mutex_lock (&fanout->lock);
  g_cond_broadcast (&fanout->progress);
  g_mutex_unlock (&fanout->lock);
  return busy;
}

static gpointer
sender_thread (gpointer data)
{
  GstFecUdpFanout *fanout = data;
  Sender *sender = g_new0 (Sender, 1);
  guint64 ignored;

  while (atomic_load (&fanout->running)) {
    struct pollfd pfd = { .fd = fanout->wake_fd, .events = POLLIN };

    if (poll (&pfd, 1, -1) < 0 && errno != EINTR)
      break;
    if (read (fanout->wake_fd, &ignored, sizeof (ignored)) < 0 &&
        errno != EAGAIN && errno != EINTR)
      break;
    /* An exchange, so that what was written before the wake is seen. */
    atomic_exchange (&fanout->woken, 0);
    while (atomic_load (&fanout->running) && serve_channels (fanout, sender))
      ;
  }
  g_free (sender->packets);
  g_free (sender);
  return NULL;
}

void
gst_fec_udp_fanout_start (GstFecUdpFanout *fanout, gint fd, gint family)
{
  g_return_if_fail (fanout->thread == NULL);

  fanout->fd = fd;
  fanout->family = family;
  atomic_store (&fanout->running, 1);
  fanout->thread = g_thread_new ("fec-sender", sender_thread, fanout);
}

void
gst_fec_udp_fanout_stop (GstFecUdpFanout *fanout)
{
  if (fanout->thread == NULL)
    return;
  atomic_store (&fanout->running, 0);
  gst_fec_udp_fanout_wake (fanout);
  g_thread_join (fanout->thread);
  fanout->thread = NULL;
  fanout->fd = -1;
}

static gboolean
is_drained (GstFecFanoutChannel *channel, GstFecPacketRing *ring,
    GstFecRingPosition target)
{
  gboolean drained;

  g_mutex_lock (&channel->lock);
  drained = channel->ring != ring || channel->position >= target;
  g_mutex_unlock (&channel->lock);
  return drained;
}

gboolean
gst_fec_udp_fanout_drain (
    GstFecUdpFanout *fanout, GstFecFanoutChannel *channel, gint64 timeout_us)
{
  gint64 deadline = g_get_monotonic_time () + timeout_us;
  GstFecPacketRing *ring;
  GstFecRingPosition target;
  gboolean drained;

  g_mutex_lock (&channel->lock);
  ring = gst_fec_packet_ring_ref (channel->ring);
  g_mutex_unlock (&channel->lock);
  target = gst_fec_packet_ring_get_head (ring);
  gst_fec_udp_fanout_wake (fanout);

  g_mutex_lock (&fanout->lock);
  while (!(drained = is_drained (channel, ring, target))) {
    if (!atomic_load (&fanout->running) ||
        !g_cond_wait_until (&fanout->progress, &fanout->lock, deadline))
      break;
  }
  g_mutex_unlock (&fanout->lock);
  gst_fec_packet_ring_unref (ring);
  return drained;
}

void
gst_fec_udp_fanout_get_counters (
    GstFecUdpFanout *fanout, GstFecFanoutCounters *counters)
{
  counters->packets_sent = atomic_load (&fanout->packets_sent);
  counters->bytes_sent = atomic_load (&fanout->bytes_sent);
  counters->send_errors = atomic_load (&fanout->send_errors);
  counters->packets_dropped = atomic_load (&fanout->packets_dropped);
}
