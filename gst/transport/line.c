/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * line.c: one thread that waits for sockets and deadlines. The session client (gst/session) says what to send and when;
 * linetimers.c what to try when nothing comes.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/line-private.h"

#include <errno.h>
#include <sys/socket.h>

GST_DEBUG_CATEGORY (fec_subscriber_debug);
#define GST_CAT_DEFAULT fec_subscriber_debug

/* Longest packet expected at first: what fits an Ethernet frame. */
#define FIRST_PACKET_SIZE 2048
/* A socket whose address is gone is replaced, but not more often. */
#define MIN_REOPEN_US G_USEC_PER_SEC

const gchar *
gst_fec_line_state_nick (GstFecLineState state)
{
  static const gchar *const nicks[] = { "connecting", "described", "multicast",
    "unicast", "tcp", "lost", "ended", "failed" };

  return state < G_N_ELEMENTS (nicks) ? nicks[state] : "unknown";
}

const gchar *
gst_fec_line_transport_nick (GstFecLineState state)
{
  switch (state) {
    case GST_FEC_LINE_MULTICAST:
      return "udp-mcast";
    case GST_FEC_LINE_UDP:
      return "udp";
    case GST_FEC_LINE_TCP:
      return "tcp";
    default:
      return "none";
  }
}

/* ---- Telling ------------------------------------------------------------ */

static gboolean
is_way (GstFecLineState state)
{
  return state == GST_FEC_LINE_MULTICAST || state == GST_FEC_LINE_UDP ||
      state == GST_FEC_LINE_TCP;
}

void
gst_fec_line_set_state (GstFecLine *self, GstFecLineState state,
    const gchar *reason, const GError *error)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->state != state;
  if (changed && is_way (state) && self->first_packet != self->last_packet)
    self->counters.transitions++;
  self->state = state;
  g_mutex_unlock (&self->lock);
  if (changed) {
    GST_INFO ("%s:%u/%s: %s (%s)", self->settings.host, self->settings.port,
        self->settings.channel, gst_fec_line_state_nick (state), reason);
    self->callbacks.state (self, state, reason, error, self->user_data);
  }
}

void
gst_fec_line_fail (GstFecLine *self, GstResourceError code, gchar *text)
{
  GError *error = g_error_new_literal (GST_RESOURCE_ERROR, code, text);

  self->over = TRUE;
  gst_fec_line_set_state (self, GST_FEC_LINE_FAILED, "refused", error);
  g_error_free (error);
  g_free (text);
}

void
gst_fec_line_end (GstFecLine *self, const gchar *reason)
{
  self->over = TRUE;
  gst_fec_line_set_state (self, GST_FEC_LINE_ENDED, reason, NULL);
}

void
gst_fec_line_fail_refused (GstFecLine *self, guint code, const gchar *reason)
{
  const GstFecLineSettings *s = &self->settings;

  switch (code) {
    case GST_FEC_ERROR_NO_SUCH_CHANNEL:
      gst_fec_line_fail (self, GST_RESOURCE_ERROR_NOT_FOUND,
          g_strdup_printf (
              "%s:%u has no channel \"%s\". Look at the path of "
              "the URI; the server may not have started the channel yet.",
              s->host, s->port, s->channel));
      break;
    case GST_FEC_ERROR_UNAUTHENTICATED:
      gst_fec_line_fail (self, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
          s->user == NULL
              ? g_strdup_printf (
                    "%s:%u wants a login. Set user and password of fecsrc, or "
                    "put them into the URI: fec://user:password@host/channel.",
                    s->host, s->port)
              : g_strdup_printf (
                    "%s:%u does not know user \"%s\" with this password, or "
                    "not any more (%u %s).",
                    s->host, s->port, s->user, code, reason));
      break;
    case GST_FEC_ERROR_FORBIDDEN:
      gst_fec_line_fail (self, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
          g_strdup_printf ("%s:%u does not let us have channel \"%s\" (%u %s). "
                           "Ask whoever runs the server.",
              s->host, s->port, s->channel, code, reason));
      break;
    case GST_FEC_ERROR_QUOTA:
    case GST_FEC_ERROR_FULL:
    case GST_FEC_ERROR_CAPACITY:
      gst_fec_line_fail (self, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
          g_strdup_printf ("%s:%u is full (%u %s). Try again later.", s->host,
              s->port, code, reason));
      break;
    default:
      gst_fec_line_fail (self, GST_RESOURCE_ERROR_FAILED,
          g_strdup_printf ("%s:%u refused channel \"%s\" (%u %s).", s->host,
              s->port, s->channel, code, reason));
      break;
  }
}

/* ---- The session -------------------------------------------------------- */

static GstFecSessionClient *
new_session (const GstFecLine *self)
{
  GstFecClientSettings client;

  gst_fec_client_settings_init (&client);
  client.channel = self->settings.channel;
  client.user = self->settings.user;
  client.password = self->settings.password;
  client.lease = self->settings.lease;
  client.renew = self->settings.renew;
  client.lease_end = self->settings.end_time;
  client.join = self->joining;
  return gst_fec_session_client_new (&client);
}

void
gst_fec_line_renew_session (GstFecLine *self)
{
  g_mutex_lock (&self->lock);
  gst_fec_session_client_free (self->session);
  self->session = new_session (self);
  g_mutex_unlock (&self->lock);
}

static void
send_by_udp (GstFecLine *self, const guint8 *data, gsize size, gint64 now)
{
  gint error;

  if (self->udp_fd < 0 || send (self->udp_fd, data, size, MSG_DONTWAIT) >= 0)
    return;
  self->last_errno = error = errno;
  /* Our own address is gone: the next request leaves from another one. */
  if ((error == EINVAL || error == EADDRNOTAVAIL || error == ENETUNREACH ||
          error == EHOSTUNREACH || error == ENETDOWN) &&
      now - self->address_since >= MIN_REOPEN_US)
    gst_fec_line_open_udp (self);
}

/* Sends what the session has to say; returns when it wants to be asked again. */
static gint64
send_due (GstFecLine *self, gint64 now)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  GstFecClientState state;
  gint64 next = G_MAXINT64;
  gsize size;

  if (self->by_tcp && !self->tcp.connected)
    return next;
  for (;;) {
    g_mutex_lock (&self->lock);
    size = gst_fec_session_client_next (
        self->session, now, out, sizeof (out), &next);
    state = gst_fec_session_client_get_state (self->session);
    g_mutex_unlock (&self->lock);
    if (state == GST_FEC_CLIENT_ENDED) {
      gst_fec_line_end (self, "the time wished for is over");
      return now;
    }
    if (size == 0)
      return next;
    if (self->by_tcp)
      gst_fec_line_tcp_send (self, out, size);
    else
      send_by_udp (self, out, size, now);
  }
}

static void
leave (GstFecLine *self)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  g_mutex_lock (&self->lock);
  size = gst_fec_session_client_leave (self->session, out, sizeof (out));
  g_mutex_unlock (&self->lock);
  if (size == 0)
    return;
  if (self->by_tcp)
    gst_fec_line_tcp_send (self, out, size);
  else
    send_by_udp (self, out, size, g_get_monotonic_time ());
}

/* ---- The thread --------------------------------------------------------- */

static void
begin (GstFecLine *self)
{
  gint64 now = g_get_monotonic_time ();

  self->started = self->address_since = self->joined_since = now;
  if (!gst_fec_line_resolve (self))
    return;
  if (self->settings.udp || self->settings.multicast)
    gst_fec_line_open_udp (self);
  else
    gst_fec_line_change_to_tcp (self, now);
}

static void
read_sockets (GstFecLine *self, guint ports)
{
  guint port;

  for (port = 0; port < GST_FEC_RECEIVER_N_PORTS && !self->over; port++) {
    if ((ports & 1u << port) != 0)
      gst_fec_line_read_port (self, port);
  }
  if ((ports & GST_FEC_RECEIVER_STREAM) != 0 && !self->over)
    gst_fec_line_tcp_serve (self, g_get_monotonic_time ());
}

static gpointer
line_thread (gpointer data)
{
  GstFecLine *self = data;

  begin (self);
  while (!self->over && self->addresses != NULL &&
      !g_cancellable_is_cancelled (self->cancellable)) {
    gint64 now = g_get_monotonic_time ();
    gint64 deadline = gst_fec_line_check_timers (self, now);

    if (self->over)
      break;
    deadline = MIN (deadline, send_due (self, now));
    if (self->over)
      break;
    read_sockets (self, gst_fec_receiver_wait (self->receiver, deadline));
  }
  leave (self);
  return NULL;
}

/* ---- For other threads -------------------------------------------------- */

static void
copy_settings (GstFecLine *self, const GstFecLineSettings *settings)
{
  self->settings = *settings;
  self->settings.host = g_strdup (settings->host);
  self->settings.channel = g_strdup (settings->channel);
  self->settings.user = g_strdup (settings->user);
  self->settings.password = g_strdup (settings->password);
  self->settings.iface = g_strdup (settings->iface);
  self->settings.multicast_retry = MAX (settings->multicast_retry, 100);
}

GstFecLine *
gst_fec_line_new (const GstFecLineSettings *settings,
    const GstFecLineCallbacks *callbacks, gpointer user_data)
{
  static gsize once = 0;
  GstFecLine *self = g_new0 (GstFecLine, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (fec_subscriber_debug, "fecsubscriber", 0,
        "Getting packets from a server");
    g_once_init_leave (&once, 1);
  }
  copy_settings (self, settings);
  self->callbacks = *callbacks;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  self->receiver = gst_fec_receiver_new (FIRST_PACKET_SIZE);
  self->cancellable = g_cancellable_new ();
  self->udp_fd = self->multicast_fd = self->tcp.fd = -1;
  self->tcp.in = g_byte_array_new ();
  self->tcp.out = g_byte_array_new ();
  self->joining =
      settings->udp && (settings->fast_start || !settings->multicast);
  self->session = new_session (self);
  return self;
}

void
gst_fec_line_start (GstFecLine *self)
{
  g_return_if_fail (self->thread == NULL);

  self->thread = g_thread_new ("fec-receiver", line_thread, self);
}

void
gst_fec_line_free (GstFecLine *self)
{
  g_cancellable_cancel (self->cancellable);
  gst_fec_receiver_wake (self->receiver);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  gst_fec_line_close_udp (self);
  gst_fec_line_close_group (self);
  gst_fec_line_tcp_close (self);
  gst_fec_session_client_free (self->session);
  gst_fec_receiver_free (self->receiver);
  gst_fec_description_clear (&self->description);
  g_byte_array_unref (self->tcp.in);
  g_byte_array_unref (self->tcp.out);
  g_list_free_full (self->addresses, g_object_unref);
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  g_free ((gchar *) self->settings.host);
  g_free ((gchar *) self->settings.channel);
  g_free ((gchar *) self->settings.user);
  g_free ((gchar *) self->settings.password);
  g_free ((gchar *) self->settings.iface);
  g_free (self);
}

gboolean
gst_fec_line_report_missing (
    GstFecLine *self, guint32 toi, guint8 sbn, guint32 count)
{
  gboolean can;

  g_mutex_lock (&self->lock);
  can = is_way (self->state);
  if (can)
    gst_fec_session_client_report_missing (self->session, toi, sbn,
        (guint16) self->reception.highest, count, g_get_monotonic_time ());
  g_mutex_unlock (&self->lock);
  if (can)
    gst_fec_receiver_wake (self->receiver);
  return can;
}

GstFecLineState
gst_fec_line_get_state (GstFecLine *self)
{
  GstFecLineState state;

  g_mutex_lock (&self->lock);
  state = self->state;
  g_mutex_unlock (&self->lock);
  return state;
}

GstStructure *
gst_fec_line_get_stats (GstFecLine *self)
{
  const GstFecLineCounters *counters = &self->counters;
  GstStructure *stats;

  g_mutex_lock (&self->lock);
  stats = gst_fec_session_client_get_stats (self->session);
  gst_structure_set_name (stats, "application/x-fec-line-stats");
  gst_structure_set (stats, "host", G_TYPE_STRING, self->settings.host, "port",
      G_TYPE_UINT, (guint) self->settings.port, "transport", G_TYPE_STRING,
      gst_fec_line_transport_nick (self->state), "line-state", G_TYPE_STRING,
      gst_fec_line_state_nick (self->state), "packets-received", G_TYPE_UINT64,
      self->reception.received, "packets-replaced", G_TYPE_UINT64,
      counters->replacements, "bytes-received", G_TYPE_UINT64, counters->bytes,
      "packets-lost", G_TYPE_UINT64,
      gst_fec_reception_get_lost (&self->reception), "packets-malformed",
      G_TYPE_UINT64, counters->malformed, "packets-foreign", G_TYPE_UINT64,
      counters->foreign, "packets-damaged", G_TYPE_UINT64, counters->damaged,
      "restarts", G_TYPE_UINT64, counters->restarts, "transitions",
      G_TYPE_UINT64, counters->transitions, "jitter-us", G_TYPE_UINT,
      gst_fec_reception_get_jitter_us (&self->reception),
      "receive-buffer-bytes", G_TYPE_UINT, (guint) self->receive_buffer, NULL);
  g_mutex_unlock (&self->lock);
  return stats;
}
