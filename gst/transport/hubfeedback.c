/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hubfeedback.c: what listeners send back, and packets for some of them alone.
 *
 * Callbacks run in the control thread with feedback_lock, which nothing else
 * needs but who takes callbacks away: so these wait until a call is over. It is
 * taken before the hub's lock, never within.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/hubfeedback.h"

#include <errno.h>

GST_DEBUG_CATEGORY_EXTERN (fec_hub_debug);
#define GST_CAT_DEFAULT fec_hub_debug

/* Something to tell, collected with the lock and told without it. */
typedef struct
{
  GstFecHubFeedback callbacks;
  gpointer user_data;
  guint32 tsi;
  gboolean is_loss;
  guint listeners;
  gdouble worst_tenth;
  guint32 order;
  guint32 toi;
  guint8 sbn;
  guint32 count;
} Telling;

/* ---- What applications call ---- */

void
gst_fec_hub_channel_set_feedback (GstFecHub *hub, GstFecHubChannel *channel,
    const GstFecHubFeedback *callbacks, gpointer user_data)
{
  g_rec_mutex_lock (&hub->feedback_lock);
  gst_fec_hub_lock (hub);
  g_clear_pointer (&channel->feedback, gst_fec_channel_feedback_free);
  if (callbacks != NULL) {
    channel->feedback = gst_fec_channel_feedback_new (callbacks->settings);
    channel->feedback_callbacks = *callbacks;
    channel->feedback_callbacks.settings = NULL;
    channel->feedback_data = user_data;
  }
  gst_fec_hub_unlock (hub);
  g_rec_mutex_unlock (&hub->feedback_lock);
}

void
gst_fec_hub_add_orders (
    GstFecHub *hub, guint32 tsi, GstFecOrderCounters *counters)
{
  GstFecHubChannel *channel;

  gst_fec_hub_lock (hub);
  channel = g_hash_table_lookup (hub->channels, GUINT_TO_POINTER (tsi));
  if (channel != NULL && channel->feedback != NULL)
    gst_fec_channel_feedback_add_counters (channel->feedback, counters);
  gst_fec_hub_unlock (hub);
}

/* Sends one datagram to one client. With the lock or in the control thread: then the socket stays open. */
static gboolean
send_datagram (
    GstFecHub *hub, const GstFecRequester *to, const guint8 *packet, gsize size)
{
  guint64 control[GST_FEC_UDP_CONTROL_SIZE / sizeof (guint64)] = { 0 };
  struct sockaddr_storage address;
  struct iovec iov = { .iov_base = (gpointer) packet, .iov_len = size };
  struct msghdr msg = {
    .msg_name = &address,
    .msg_iov = &iov,
    .msg_iovlen = 1,
  };

  msg.msg_namelen =
      gst_fec_address_to_sockaddr (&to->client, hub->udp.family, &address);
  if (msg.msg_namelen == 0)
    return FALSE;
  msg.msg_controllen =
      gst_fec_udp_put_source (hub->udp.family, to->source.ip, control);
  if (msg.msg_controllen > 0)
    msg.msg_control = control;
  if (sendmsg (hub->udp.fd, &msg, MSG_DONTWAIT) < 0) {
    GST_DEBUG_OBJECT (hub, "fresh symbol not sent: %s", g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

static gboolean
send_to (
    GstFecHub *hub, const GstFecRequester *to, const guint8 *packet, gsize size)
{
  if (to->client.transport == GST_FEC_TRANSPORT_TCP)
    return gst_fec_tcp_port_send (hub->tcp, &to->client, packet, size);
  return send_datagram (hub, to, packet, size);
}

guint
gst_fec_hub_write_order (GstFecHub *hub, GstFecHubChannel *channel,
    guint32 order, guint32 index, const guint8 *packet, gsize size)
{
  GstFecRequester recipients[GST_FEC_ORDER_MAX_RECIPIENTS];
  guint n, i, sent = 0;

  gst_fec_hub_lock (hub);
  if (channel->feedback == NULL || hub->server == NULL) {
    gst_fec_hub_unlock (hub);
    return 0;
  }
  n = gst_fec_channel_feedback_deliver (
      channel->feedback, order, index, packet, size, recipients);
  for (i = 0; i < n; i++)
    sent += send_to (hub, &recipients[i], packet, size);
  gst_fec_hub_unlock (hub);
  return sent;
}

/* ---- What listeners send ---- */

/* Called with the lock; what comes by TCP comes from another thread than the one that waits for the deadline. */
static void
note_deadline (GstFecHub *hub, GstFecHubChannel *channel)
{
  gint64 deadline = gst_fec_channel_feedback_deadline (channel->feedback);

  if (deadline >= hub->feedback_at)
    return;
  hub->feedback_at = deadline;
  if (g_thread_self () != hub->control)
    gst_fec_hub_wake_control (hub);
}

void
gst_fec_hub_feedback_missing (GstFecHub *hub, GstFecHubChannel *channel,
    guint64 session, const GstFecAddress *client, const GstFecMissing *missing)
{
  if (channel->feedback == NULL)
    return;
  gst_fec_channel_feedback_missing (channel->feedback, session, client,
      &hub->arrival, missing, gst_fec_hub_get_now (hub));
  note_deadline (hub, channel);
}

void
gst_fec_hub_feedback_reported (GstFecHub *hub, GstFecHubChannel *channel,
    guint64 session, const GstFecChannelReport *report)
{
  if (channel->feedback == NULL)
    return;
  gst_fec_channel_feedback_reported (
      channel->feedback, session, report, gst_fec_hub_get_now (hub));
  note_deadline (hub, channel);
}

/* ---- Telling ---- */

/* Datagrams that a packet for all costs. */
static guint
get_cost (const GstFecHubChannel *channel)
{
  guint n = channel->description.has_group ? 1 : 0;

  if (channel->clients != NULL)
    n += gst_fec_client_list_get_size (channel->clients);
  if (channel->tcp_clients != NULL)
    n += gst_fec_client_list_get_size (channel->tcp_clients);
  return n;
}

static void
collect_channel (GstFecHub *hub, GstFecHubChannel *channel, GArray *tellings,
    GArray *deliveries)
{
  gint64 now = gst_fec_hub_get_now (hub);
  Telling telling = {
    .callbacks = channel->feedback_callbacks,
    .user_data = channel->feedback_data,
    .tsi = channel->description.tsi,
  };
  GstFecOrder order;

  while (gst_fec_channel_feedback_next_order (
      channel->feedback, get_cost (channel), now, &order, deliveries)) {
    if (order.count == 0)
      continue;
    telling.order = order.number;
    telling.toi = order.toi;
    telling.sbn = order.sbn;
    telling.count = order.count;
    g_array_append_val (tellings, telling);
  }
  telling.is_loss = gst_fec_channel_feedback_take_loss (
      channel->feedback, now, &telling.listeners, &telling.worst_tenth);
  if (telling.is_loss)
    g_array_append_val (tellings, telling);
}

/* Collects what is due and sets when something will be again. With the lock. */
static void
collect (GstFecHub *hub, GArray *tellings, GArray *deliveries)
{
  GHashTableIter iter;
  GstFecHubChannel *channel;

  hub->feedback_at = G_MAXINT64;
  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel)) {
    if (channel->feedback == NULL)
      continue;
    collect_channel (hub, channel, tellings, deliveries);
    note_deadline (hub, channel);
  }
}

static void
tell (const Telling *telling)
{
  if (telling->is_loss)
    telling->callbacks.loss (telling->user_data, telling->tsi,
        telling->listeners, telling->worst_tenth);
  else
    telling->callbacks.wanted (telling->user_data, telling->tsi, telling->toi,
        telling->sbn, telling->count, telling->order);
}

static gint64
get_deadline (GstFecHub *hub)
{
  gint64 deadline;

  gst_fec_hub_lock (hub);
  deadline = hub->feedback_at;
  gst_fec_hub_unlock (hub);
  return deadline;
}

/* Sends what was made before to who lacks it now. */
static void
send_deliveries (GstFecHub *hub, const GArray *deliveries)
{
  guint i;

  for (i = 0; i < deliveries->len; i++) {
    const GstFecDelivery *delivery =
        &g_array_index (deliveries, GstFecDelivery, i);
    gsize size;
    const guint8 *data = g_bytes_get_data (delivery->packet, &size);

    send_to (hub, &delivery->who, data, size);
  }
}

gint64
gst_fec_hub_feedback_run (GstFecHub *hub)
{
  gint64 deadline = get_deadline (hub);
  GArray *tellings, *deliveries;
  guint i;

  if (gst_fec_hub_get_now (hub) < deadline)
    return deadline;
  tellings = g_array_new (FALSE, FALSE, sizeof (Telling));
  deliveries = gst_fec_deliveries_new ();
  g_rec_mutex_lock (&hub->feedback_lock);
  gst_fec_hub_lock (hub);
  collect (hub, tellings, deliveries);
  gst_fec_hub_unlock (hub);
  for (i = 0; i < tellings->len; i++)
    tell (&g_array_index (tellings, Telling, i));
  g_rec_mutex_unlock (&hub->feedback_lock);
  send_deliveries (hub, deliveries);
  g_array_unref (deliveries);
  g_array_unref (tellings);
  return get_deadline (hub);
}
