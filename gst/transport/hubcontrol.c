/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hubcontrol.c: the control side of a hub: moves messages between socket and session server, runs the leases, and
 * turns the server's changes into client lists and events.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/hub-private.h"
#include "transport/hubevents.h"
#include "transport/hubfeedback.h"
#include "transport/hubstatic.h"
#include "wire/control.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_EXTERN (fec_hub_debug);
#define GST_CAT_DEFAULT fec_hub_debug

/* Datagrams read at once. */
#define READ_BATCH 32

/* ---- What the session server tells: always with the lock ---------------- */

static GstFecHubChannel *
find_channel (GstFecHub *hub, guint32 tsi)
{
  return g_hash_table_lookup (hub->channels, GUINT_TO_POINTER (tsi));
}

static void
log_change (
    GstFecHub *hub, const GstFecAddress *client, guint32 tsi, const gchar *what)
{
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];

  GST_DEBUG_OBJECT (
      hub, "%s, TSI %u: %s", gst_fec_address_format (client, text), tsi, what);
}

static void
on_listener_added (gpointer user_data, guint64 session_id,
    const GstFecAddress *client, guint32 tsi)
{
  GstFecHub *hub = user_data;
  GstFecHubChannel *channel = find_channel (hub, tsi);

  if (channel == NULL || channel->clients == NULL)
    return;
  if (client->transport == GST_FEC_TRANSPORT_TCP) {
    gst_fec_client_list_add (channel->tcp_clients, client, NULL);
    gst_fec_tcp_port_join (hub->tcp, channel->tcp, client);
  } else {
    gst_fec_udp_fanout_join (
        hub->fanout, channel->fanout, client, &hub->arrival);
  }
  log_change (hub, client, tsi, "added");
  gst_fec_hub_event_append (hub->events, client, tsi, NULL);
}

static void
on_listener_removed (gpointer user_data, guint64 session_id,
    const GstFecAddress *client, guint32 tsi, GstFecEndReason reason)
{
  GstFecHub *hub = user_data;
  GstFecHubChannel *channel = find_channel (hub, tsi);

  if (channel == NULL || channel->clients == NULL)
    return;
  if (client->transport == GST_FEC_TRANSPORT_TCP) {
    gst_fec_client_list_remove (channel->tcp_clients, client);
    gst_fec_tcp_port_leave (hub->tcp, channel->tcp, client);
  } else if (!gst_fec_hub_is_static (channel, client)) {
    gst_fec_client_list_remove (channel->clients, client);
  }
  log_change (hub, client, tsi, gst_fec_end_reason_nick (reason));
  gst_fec_hub_event_append (
      hub->events, client, tsi, gst_fec_end_reason_nick (reason));
}

static gboolean
on_may_join (gpointer user_data, const GstFecAddress *client, const gchar *user,
    guint32 tsi)
{
  GstFecHub *hub = user_data;

  return gst_fec_hub_event_may_join (G_OBJECT (hub), client, tsi);
}

static void
on_reported (gpointer user_data, guint64 session_id,
    const GstFecAddress *client, const GstFecChannelReport *report)
{
  GstFecHub *hub = user_data;
  GstFecHubChannel *channel = find_channel (hub, report->tsi);

  if (channel != NULL)
    gst_fec_hub_feedback_reported (hub, channel, session_id, report);
}

static void
on_missing (gpointer user_data, guint64 session_id, const GstFecAddress *client,
    const GstFecMissing *missing)
{
  GstFecHub *hub = user_data;
  GstFecHubChannel *channel = find_channel (hub, missing->tsi);

  if (channel != NULL)
    gst_fec_hub_feedback_missing (hub, channel, session_id, client, missing);
}

GstFecSessionServer *
gst_fec_hub_new_server (GstFecHub *hub)
{
  const GstFecSessionCallbacks callbacks = {
    .listener_added = on_listener_added,
    .listener_removed = on_listener_removed,
    .may_join = on_may_join,
    .reported = on_reported,
    .missing = on_missing,
  };

  GstFecSessionServer *server =
      gst_fec_session_server_new (&hub->settings, &callbacks, hub);

  gst_fec_session_server_set_credentials (server, hub->credentials);
  return server;
}

/* ---- Control thread ----------------------------------------------------- */

typedef struct
{
  guint8 data[READ_BATCH][GST_FEC_CONTROL_MAX_SIZE];
  guint64 control[READ_BATCH][GST_FEC_UDP_CONTROL_SIZE / sizeof (guint64)];
  struct sockaddr_storage from[READ_BATCH];
  struct iovec iov[READ_BATCH];
  struct mmsghdr messages[READ_BATCH];
} Inbox;

static gint
read_inbox (GstFecHub *hub, Inbox *inbox)
{
  guint i;

  for (i = 0; i < READ_BATCH; i++) {
    struct msghdr *msg = &inbox->messages[i].msg_hdr;

    inbox->iov[i].iov_base = inbox->data[i];
    inbox->iov[i].iov_len = sizeof (inbox->data[i]);
    msg->msg_name = &inbox->from[i];
    msg->msg_namelen = sizeof (inbox->from[i]);
    msg->msg_iov = &inbox->iov[i];
    msg->msg_iovlen = 1;
    msg->msg_control = inbox->control[i];
    msg->msg_controllen = sizeof (inbox->control[i]);
    msg->msg_flags = 0;
  }
  return recvmmsg (
      hub->udp.fd, inbox->messages, READ_BATCH, MSG_DONTWAIT, NULL);
}

static void
send_reply (GstFecHub *hub, struct msghdr *request, guint8 *data, gsize size)
{
  guint64 control[GST_FEC_UDP_CONTROL_SIZE / sizeof (guint64)] = { 0 };
  struct iovec iov = { .iov_base = data, .iov_len = size };
  struct msghdr msg = {
    .msg_name = request->msg_name,
    .msg_namelen = request->msg_namelen,
    .msg_iov = &iov,
    .msg_iovlen = 1,
  };

  msg.msg_controllen =
      gst_fec_udp_put_source (hub->udp.family, hub->arrival.ip, control);
  if (msg.msg_controllen > 0)
    msg.msg_control = control;
  /* An answer that is lost is asked for again. */
  if (sendmsg (hub->udp.fd, &msg, MSG_DONTWAIT) < 0)
    GST_DEBUG_OBJECT (hub, "answer not sent: %s", g_strerror (errno));
}

/* Handles one datagram. Called with the lock. */
static void
handle_datagram (
    GstFecHub *hub, struct msghdr *msg, const guint8 *data, gsize size)
{
  guint8 reply[GST_FEC_CONTROL_MAX_SIZE];
  GstFecAddress from;
  gsize reply_size;

  if ((msg->msg_flags & MSG_TRUNC) != 0 ||
      !gst_fec_control_is_message (data, size) ||
      !gst_fec_address_from_sockaddr (&from, msg->msg_name)) {
    hub->ignored++;
    return;
  }
  hub->arrival = hub->udp.local;
  gst_fec_udp_get_destination (msg, hub->arrival.ip);

  hub->in_server = TRUE;
  reply_size = gst_fec_session_server_handle (hub->server, data, size, &from,
      &hub->arrival, gst_fec_hub_get_now (hub), g_get_real_time (), reply,
      sizeof (reply));
  hub->in_server = FALSE;
  if (reply_size > 0)
    send_reply (hub, msg, reply, reply_size);
}

gint64
gst_fec_hub_run_timers (GstFecHub *hub)
{
  gint64 next;

  hub->in_server = TRUE;
  next = gst_fec_session_server_tick (hub->server, gst_fec_hub_get_now (hub));
  hub->in_server = FALSE;
  return next;
}

void
gst_fec_hub_reschedule (GstFecHub *hub)
{
  if (gst_fec_hub_run_timers (hub) < hub->next_timer)
    gst_fec_hub_wake_control (hub);
}

void
gst_fec_hub_wake_control (GstFecHub *hub)
{
  const guint64 one = 1;

  if (write (hub->wake_fd, &one, sizeof (one)) < 0)
    GST_WARNING_OBJECT (hub, "eventfd: %s", g_strerror (errno));
}

static void
clear_wake (GstFecHub *hub)
{
  guint64 ignored;

  if (read (hub->wake_fd, &ignored, sizeof (ignored)) < 0)
    GST_WARNING_OBJECT (hub, "eventfd: %s", g_strerror (errno));
}

/* How long poll() may wait until @next; -1: as long as it likes. */
static gint
get_timeout (GstFecHub *hub, gint64 next)
{
  gint64 left;

  if (next == G_MAXINT64)
    return -1;
  left = next - gst_fec_hub_get_now (hub);
  return left <= 0 ? 0 : MIN (left / 1000 + 1, 60 * 1000);
}

gpointer
gst_fec_hub_control_thread (gpointer data)
{
  GstFecHub *hub = data;
  Inbox *inbox = g_new0 (Inbox, 1);
  struct pollfd pfds[2] = {
    { .fd = hub->udp.fd, .events = POLLIN },
    { .fd = hub->wake_fd, .events = POLLIN },
  };
  gint timeout = 0;

  while (g_atomic_int_get (&hub->running)) {
    gint64 next, feedback;
    gint i, n = 0;

    pfds[0].revents = pfds[1].revents = 0;
    if (poll (pfds, 2, timeout) < 0 && errno != EINTR)
      break;
    if (!g_atomic_int_get (&hub->running))
      break;
    if ((pfds[0].revents & (POLLIN | POLLERR)) != 0)
      n = read_inbox (hub, inbox);
    if ((pfds[1].revents & POLLIN) != 0)
      clear_wake (hub);

    gst_fec_hub_lock (hub);
    for (i = 0; i < n; i++)
      handle_datagram (hub, &inbox->messages[i].msg_hdr, inbox->data[i],
          inbox->messages[i].msg_len);
    hub->next_timer = gst_fec_hub_run_timers (hub);
    next = hub->next_timer;
    gst_fec_hub_unlock (hub);
    feedback = gst_fec_hub_feedback_run (hub);
    timeout = get_timeout (hub, MIN (next, feedback));
  }
  g_free (inbox);
  return NULL;
}
