/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subscriber.c: one thread that waits for sockets and deadlines. The session client (gst/session) says what to send
 * and when; this file knows where packets come from and what to try when they do not.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/subscriber-private.h"
#include "transport/udpsocket.h"
#include "wire/alc.h"

#include <errno.h>
#include <unistd.h>

GST_DEBUG_CATEGORY (fec_subscriber_debug);
#define GST_CAT_DEFAULT fec_subscriber_debug

/* Longest packet expected at first: what fits an Ethernet frame. */
#define FIRST_PACKET_SIZE 2048
/* How long the first packets wait for the description. */
#define HOLD_US (500 * 1000)
/* Most time between two attempts to revive a session. */
#define MAX_SILENCE_US (60 * G_USEC_PER_SEC)

const gchar *
gst_fec_subscriber_state_nick (GstFecSubscriberState state)
{
  static const gchar *const nicks[] = { "connecting", "described", "multicast",
    "unicast", "lost", "ended", "failed" };

  return state < G_N_ELEMENTS (nicks) ? nicks[state] : "unknown";
}

/* ---- Telling ------------------------------------------------------------ */

void
gst_fec_subscriber_set_state (
    GstFecSubscriber *self, GstFecSubscriberState state, const GError *error)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->state != state;
  self->state = state;
  g_mutex_unlock (&self->lock);
  if (changed) {
    GST_INFO ("%s:%u/%s: %s", self->settings.host, self->settings.port,
        self->settings.channel, gst_fec_subscriber_state_nick (state));
    self->func (self, state, error, self->user_data);
  }
}

void
gst_fec_subscriber_fail (
    GstFecSubscriber *self, GstResourceError code, gchar *text)
{
  GError *error = g_error_new_literal (GST_RESOURCE_ERROR, code, text);

  self->over = TRUE;
  gst_fec_subscriber_set_state (self, GST_FEC_SUBSCRIBER_FAILED, error);
  gst_fec_packet_queue_finish (self->queue, GST_FLOW_ERROR);
  g_error_free (error);
  g_free (text);
}

void
gst_fec_subscriber_end (GstFecSubscriber *self)
{
  self->over = TRUE;
  gst_fec_subscriber_set_state (self, GST_FEC_SUBSCRIBER_ENDED, NULL);
  gst_fec_packet_queue_finish (self->queue, GST_FLOW_EOS);
}

void
gst_fec_subscriber_fail_refused (
    GstFecSubscriber *self, guint code, const gchar *reason)
{
  const GstFecSubscriberSettings *s = &self->settings;

  switch (code) {
    case GST_FEC_ERROR_NO_SUCH_CHANNEL:
      gst_fec_subscriber_fail (self, GST_RESOURCE_ERROR_NOT_FOUND,
          g_strdup_printf (
              "%s:%u has no channel \"%s\". Look at the path of "
              "the URI; the server may not have started the channel yet.",
              s->host, s->port, s->channel));
      break;
    case GST_FEC_ERROR_UNAUTHENTICATED:
    case GST_FEC_ERROR_FORBIDDEN:
      gst_fec_subscriber_fail (self, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
          g_strdup_printf ("%s:%u does not let us have channel \"%s\" (%u %s). "
                           "Ask whoever runs the server.",
              s->host, s->port, s->channel, code, reason));
      break;
    case GST_FEC_ERROR_QUOTA:
    case GST_FEC_ERROR_CAPACITY:
      gst_fec_subscriber_fail (self, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
          g_strdup_printf ("%s:%u is full (%u %s). Try again later.", s->host,
              s->port, code, reason));
      break;
    default:
      gst_fec_subscriber_fail (self, GST_RESOURCE_ERROR_FAILED,
          g_strdup_printf ("%s:%u refused channel \"%s\" (%u %s).", s->host,
              s->port, s->channel, code, reason));
      break;
  }
}

static void
fail_no_answer (GstFecSubscriber *self)
{
  const GstFecSubscriberSettings *s = &self->settings;

  gst_fec_subscriber_fail (self, GST_RESOURCE_ERROR_NOT_FOUND,
      g_strdup_printf (
          "No answer from %s:%u for %u ms%s%s. Is a server "
          "running there, and does the firewall let UDP port %u through?",
          s->host, s->port, s->timeout_ms, self->last_errno != 0 ? ": " : "",
          self->last_errno != 0 ? g_strerror (self->last_errno) : "", s->port));
}

/* ---- What is due -------------------------------------------------------- */

/* Sends what the session has to say; returns when it wants to be asked again. */
static gint64
send_due (GstFecSubscriber *self, gint64 now)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  gint64 next = G_MAXINT64;
  gsize size;

  if (self->unicast_fd < 0)
    return next;
  for (;;) {
    g_mutex_lock (&self->lock);
    size = gst_fec_session_client_next (
        self->session, now, out, sizeof (out), &next);
    g_mutex_unlock (&self->lock);
    if (size == 0)
      return next;
    if (send (self->unicast_fd, out, size, MSG_DONTWAIT) < 0)
      self->last_errno = errno;
  }
}

static void
revive (GstFecSubscriber *self, gint64 now)
{
  GST_INFO ("nothing heard for %" G_GINT64_FORMAT " ms: a new session",
      self->revive_after / 1000);
  if (self->first_packet != 0)
    gst_fec_subscriber_set_state (self, GST_FEC_SUBSCRIBER_LOST, NULL);
  g_mutex_lock (&self->lock);
  self->counters.restarts++;
  gst_fec_session_client_restart (self->session, now);
  g_mutex_unlock (&self->lock);
  self->revive_after = MIN (2 * self->revive_after, MAX_SILENCE_US);
}

/* Notes that @at is a deadline; TRUE when it is over. */
static gboolean
is_due (gint64 at, gint64 now, gint64 *deadline)
{
  if (now >= at)
    return TRUE;
  *deadline = MIN (*deadline, at);
  return FALSE;
}

/* Does what waiting too long makes necessary before there has been an answer. */
static void
check_connecting (GstFecSubscriber *self, gint64 now, gint64 *deadline)
{
  const GstFecSubscriberSettings *s = &self->settings;

  if (s->timeout_ms > 0 &&
      is_due (self->started + s->timeout_ms * G_GINT64_CONSTANT (1000), now,
          deadline)) {
    fail_no_answer (self);
    return;
  }
  if (is_due (
          self->address_since + s->udp_timeout_ms * G_GINT64_CONSTANT (1000),
          now, deadline)) {
    gst_fec_subscriber_try_next_address (self, now);
    *deadline = MIN (*deadline, now);
  }
}

static void
check_multicast (GstFecSubscriber *self, gint64 now, gint64 *deadline)
{
  const GstFecSubscriberSettings *s = &self->settings;
  gint64 since = MAX (self->multicast_since, self->last_packet);
  gint64 timeout_ms = s->multicast_timeout_ms;

  /* Where there is nothing else to try, only a start without any packet ends. */
  if (!s->unicast) {
    if (self->first_packet != 0 || s->timeout_ms == 0)
      return;
    timeout_ms = MAX (timeout_ms, s->timeout_ms);
  }
  if (is_due (since + timeout_ms * 1000, now, deadline))
    gst_fec_subscriber_give_up_multicast (
        self, now, "nothing came from the group");
}

static void
check_silence (GstFecSubscriber *self, gint64 now, gint64 *deadline)
{
  gint64 since = MAX (self->last_packet, self->revive_at);

  if (since == 0)
    since = self->answered;
  if (is_due (since + self->revive_after, now, deadline)) {
    self->revive_at = now;
    revive (self, now);
    *deadline = MIN (*deadline, now);
  }
}

/* All timers; returns when the next one is due. */
static gint64
check_timers (GstFecSubscriber *self, gint64 now)
{
  gint64 deadline = G_MAXINT64;

  if (self->ends_at != 0 && is_due (self->ends_at, now, &deadline)) {
    gst_fec_subscriber_end (self);
    return now;
  }
  if (self->first_packet != 0 &&
      is_due (self->first_packet + HOLD_US, now, &deadline))
    gst_fec_packet_queue_release (self->queue);
  if (self->answered == 0) {
    check_connecting (self, now, &deadline);
    return deadline;
  }
  if (self->multicast_fd >= 0)
    check_multicast (self, now, &deadline);
  if (self->ends_at == 0)
    check_silence (self, now, &deadline);
  return deadline;
}

static void
leave (GstFecSubscriber *self)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  g_mutex_lock (&self->lock);
  size = gst_fec_session_client_leave (self->session, out, sizeof (out));
  g_mutex_unlock (&self->lock);
  if (size > 0 && self->unicast_fd >= 0 &&
      send (self->unicast_fd, out, size, MSG_DONTWAIT) < 0)
    GST_DEBUG ("leave not sent: %s", g_strerror (errno));
}

static gpointer
subscriber_thread (gpointer data)
{
  GstFecSubscriber *self = data;

  self->started = self->address_since = g_get_monotonic_time ();
  if (!gst_fec_subscriber_resolve (self))
    return NULL;
  gst_fec_subscriber_open_unicast (self);
  while (!self->over && !g_cancellable_is_cancelled (self->cancellable)) {
    gint64 now = g_get_monotonic_time ();
    gint64 deadline = check_timers (self, now);
    guint port, ports;

    if (self->over)
      break;
    deadline = MIN (deadline, send_due (self, now));
    ports = gst_fec_receiver_wait (self->receiver, deadline);
    for (port = 0; port < GST_FEC_RECEIVER_N_PORTS && !self->over; port++) {
      if ((ports & 1u << port) != 0)
        gst_fec_subscriber_read_port (self, port);
    }
  }
  leave (self);
  return NULL;
}

/* ---- For other threads -------------------------------------------------- */

GstFecSubscriber *
gst_fec_subscriber_new (const GstFecSubscriberSettings *settings,
    GstFecSubscriberFunc func, gpointer user_data)
{
  static gsize once = 0;
  GstFecSubscriber *self = g_new0 (GstFecSubscriber, 1);
  GstFecClientSettings client;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (fec_subscriber_debug, "fecsubscriber", 0,
        "Getting packets from a server");
    g_once_init_leave (&once, 1);
  }
  self->settings = *settings;
  self->settings.host = g_strdup (settings->host);
  self->settings.channel = g_strdup (settings->channel);
  self->settings.iface = g_strdup (settings->iface);
  self->func = func;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  self->queue = gst_fec_packet_queue_new (settings->buffer_size);
  self->receiver = gst_fec_receiver_new (FIRST_PACKET_SIZE);
  self->cancellable = g_cancellable_new ();
  self->caps = gst_caps_new_empty_simple (GST_FEC_ALC_MEDIA_TYPE);
  self->unicast_fd = self->multicast_fd = -1;
  self->revive_after = 3 * (gint64) settings->udp_timeout_ms * 1000;
  self->joining = !settings->multicast;

  gst_fec_client_settings_init (&client);
  client.channel = self->settings.channel;
  client.lease = settings->lease;
  client.join = self->joining;
  self->session = gst_fec_session_client_new (&client);
  return self;
}

void
gst_fec_subscriber_start (GstFecSubscriber *self)
{
  g_return_if_fail (self->thread == NULL);

  self->thread = g_thread_new ("fec-receiver", subscriber_thread, self);
}

void
gst_fec_subscriber_free (GstFecSubscriber *self)
{
  g_cancellable_cancel (self->cancellable);
  gst_fec_receiver_wake (self->receiver);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  gst_fec_subscriber_close_socket (
      self, GST_FEC_RECEIVER_UNICAST, &self->unicast_fd);
  gst_fec_subscriber_close_socket (
      self, GST_FEC_RECEIVER_MULTICAST, &self->multicast_fd);
  gst_fec_session_client_free (self->session);
  gst_fec_receiver_free (self->receiver);
  gst_fec_packet_queue_free (self->queue);
  g_list_free_full (self->addresses, g_object_unref);
  g_object_unref (self->cancellable);
  gst_caps_unref (self->caps);
  g_mutex_clear (&self->lock);
  g_free ((gchar *) self->settings.host);
  g_free ((gchar *) self->settings.channel);
  g_free ((gchar *) self->settings.iface);
  g_free (self);
}

GstFlowReturn
gst_fec_subscriber_pop (GstFecSubscriber *self, guint max, GstBufferList **list)
{
  return gst_fec_packet_queue_pop (self->queue, max, list);
}

void
gst_fec_subscriber_set_flushing (GstFecSubscriber *self, gboolean flushing)
{
  gst_fec_packet_queue_set_flushing (self->queue, flushing);
}

void
gst_fec_subscriber_set_discard (GstFecSubscriber *self, gboolean discard)
{
  g_atomic_int_set (&self->discard, discard);
  if (discard)
    gst_fec_packet_queue_clear (self->queue);
}

GstCaps *
gst_fec_subscriber_get_caps (GstFecSubscriber *self)
{
  GstCaps *caps;

  g_mutex_lock (&self->lock);
  caps = gst_caps_ref (self->caps);
  g_mutex_unlock (&self->lock);
  return caps;
}

GstStructure *
gst_fec_subscriber_get_stats (GstFecSubscriber *self)
{
  GstStructure *stats;
  const gchar *transport = "none";

  g_mutex_lock (&self->lock);
  if (self->state == GST_FEC_SUBSCRIBER_MULTICAST)
    transport = "udp-mcast";
  else if (self->state == GST_FEC_SUBSCRIBER_UNICAST)
    transport = "udp";
  stats = gst_fec_session_client_get_stats (self->session);
  gst_structure_set_name (stats, "application/x-fec-subscriber-stats");
  gst_structure_set (stats, "transport", G_TYPE_STRING, transport,
      "packets-received", G_TYPE_UINT64, self->reception.received,
      "bytes-received", G_TYPE_UINT64, self->counters.bytes, "packets-lost",
      G_TYPE_UINT64, gst_fec_reception_get_lost (&self->reception),
      "packets-malformed", G_TYPE_UINT64, self->counters.malformed,
      "packets-foreign", G_TYPE_UINT64, self->counters.foreign,
      "packets-dropped", G_TYPE_UINT64, self->counters.dropped, "restarts",
      G_TYPE_UINT64, self->counters.restarts, "jitter-us", G_TYPE_UINT,
      gst_fec_reception_get_jitter_us (&self->reception),
      "receive-buffer-bytes", G_TYPE_UINT, (guint) self->receive_buffer, NULL);
  g_mutex_unlock (&self->lock);
  return stats;
}
