/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linetimers.c: what silence means for a line: another way, another address, another attempt. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/line-private.h"

GST_DEBUG_CATEGORY_EXTERN (fec_subscriber_debug);
#define GST_CAT_DEFAULT fec_subscriber_debug

/* The first interval between two attempts that follow each other. */
#define FIRST_PAUSE_US G_USEC_PER_SEC

static gint64
us (guint ms)
{
  return (gint64) ms * 1000;
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

/* Nothing comes on any way. The first attempt to change that is made at once, others after growing pauses. */
static void
lose (GstFecLine *self, gint64 now, const gchar *reason)
{
  gint64 pause = self->revive_after;

  if (self->first_packet != 0 && !self->settings.reconnect) {
    gst_fec_line_fail (self, GST_RESOURCE_ERROR_READ,
        g_strdup_printf ("Nothing comes from %s:%u any more: %s.",
            self->settings.host, self->settings.port, reason));
    return;
  }
  if (self->first_packet != 0)
    gst_fec_line_set_state (self, GST_FEC_LINE_LOST, reason, NULL);
  /* Jittered: who lost a server together shall not come back together. */
  self->lost_at =
      now + (gint64) (g_random_double_range (0.75, 1.25) * (gdouble) pause);
  self->revive_after = pause == 0
      ? FIRST_PAUSE_US
      : MIN (2 * pause, us (self->settings.reconnect_max));
}

static void
revive (GstFecLine *self, gint64 now)
{
  GST_INFO ("%s:%u: a new session", self->settings.host, self->settings.port);
  self->lost_at = 0;
  if (self->answered == 0)
    self->address = self->addresses;
  g_mutex_lock (&self->lock);
  self->counters.restarts++;
  g_mutex_unlock (&self->lock);
  if (self->settings.udp || self->settings.multicast)
    gst_fec_line_change_to_udp (self, now);
  else
    gst_fec_line_change_to_tcp (self, now);
}

static void
try_tcp (GstFecLine *self, gint64 now, const gchar *reason)
{
  if (self->settings.tcp)
    gst_fec_line_change_to_tcp (self, now);
  else
    lose (self, now, reason);
}

/* TCP did not work where the host was asked: its next address, and after the last one all anew. */
static void
give_up_tcp (GstFecLine *self, gint64 now, const gchar *reason)
{
  while (self->answered == 0 && self->address->next != NULL) {
    self->address = self->address->next;
    gst_fec_line_change_to_tcp (self, now);
    if (self->tcp.fd >= 0)
      return;
  }
  lose (self, now, reason);
}

static void
fail_no_answer (GstFecLine *self)
{
  const GstFecLineSettings *s = &self->settings;

  gst_fec_line_fail (self, GST_RESOURCE_ERROR_NOT_FOUND,
      g_strdup_printf (
          "No answer from %s:%u for %u ms%s%s. Is a server "
          "running there, and does the firewall let port %u through?",
          s->host, s->port, s->timeout, self->last_errno != 0 ? ": " : "",
          self->last_errno != 0 ? g_strerror (self->last_errno) : "", s->port));
}

/* Before there has been an answer: the host's next address, and after the last one TCP to all of them. */
static void
check_connecting (GstFecLine *self, gint64 now, gint64 *deadline)
{
  const GstFecLineSettings *s = &self->settings;

  if (s->timeout > 0 &&
      is_due (self->started + us (s->timeout), now, deadline)) {
    fail_no_answer (self);
    return;
  }
  if (self->lost_at != 0)
    return;
  if (self->by_tcp) {
    if (is_due (self->tcp.since + us (s->tcp_timeout), now, deadline))
      give_up_tcp (self, now, "no answer by TCP");
  } else if (is_due (
                 self->address_since + us (s->udp_timeout), now, deadline)) {
    if (!gst_fec_line_next_address (self, now) && s->tcp)
      try_tcp (self, now, "no answer by UDP");
  }
  *deadline = self->lost_at != 0 ? MIN (*deadline, self->lost_at)
                                 : MIN (*deadline, now + us (s->udp_timeout));
}

static gboolean
is_multicast_alive (const GstFecLine *self, gint64 now)
{
  return self->last_multicast != 0 &&
      now - self->last_multicast < us (self->settings.multicast_timeout);
}

static void
rejoin_group (GstFecLine *self, gint64 now)
{
  gchar *why = NULL;

  if (gst_fec_line_join_group (self, now, &why))
    return;
  GST_INFO ("group not joined: %s", why);
  g_free (why);
}

static void
check_multicast (GstFecLine *self, gint64 now, gint64 *deadline)
{
  const GstFecLineSettings *s = &self->settings;
  gint64 since = MAX (self->multicast_since, self->last_multicast);
  gboolean alone = !s->udp && !s->tcp;

  if (is_due (since + us (s->multicast_retry), now, deadline) &&
      self->description.has_group) {
    rejoin_group (self, now);
    *deadline = MIN (*deadline, now + us (s->multicast_retry));
  }
  if (self->joining || self->by_tcp || self->lost_at != 0)
    return;
  /* Where there is nothing else to try, only a start without any packet ends. */
  if (alone && (self->first_packet != 0 || s->timeout == 0))
    return;
  since = MAX (self->joined_since, since);
  if (is_due (since +
              us (alone ? MAX (s->multicast_timeout, s->timeout)
                        : s->multicast_timeout),
          now, deadline))
    gst_fec_line_give_up_multicast (self, now, "nothing came from the group");
}

/* Unicast was asked for, and nothing comes by it. */
static void
check_unicast (GstFecLine *self, gint64 now, gint64 *deadline)
{
  const GstFecLineSettings *s = &self->settings;
  gint64 since = MAX (self->joined_since, self->last_unicast);
  guint timeout = self->by_tcp ? s->tcp_timeout : s->udp_timeout;

  if (is_multicast_alive (self, now)) {
    *deadline =
        MIN (*deadline, self->last_multicast + us (s->multicast_timeout));
    return;
  }
  if (!is_due (since + us (timeout), now, deadline))
    return;
  if (self->by_tcp)
    lose (self, now, "nothing comes by TCP");
  else
    try_tcp (self, now, "nothing comes by UDP");
}

/* A group alone: silence is asked about, since the server may know. */
static void
check_silence (GstFecLine *self, gint64 now, gint64 *deadline)
{
  gint64 since = MAX (self->last_packet, self->joined_since);

  if (since == 0)
    since = self->answered;
  if (is_due (since + 3 * us (self->settings.udp_timeout), now, deadline))
    lose (self, now, "nothing comes from the group");
}

/* A connection that broke is not waited for. */
static void
check_connection (GstFecLine *self, gint64 now)
{
  if (self->by_tcp && self->tcp.fd < 0 && self->lost_at == 0 &&
      !is_multicast_alive (self, now))
    give_up_tcp (self, now, "the connection by TCP broke");
}

gint64
gst_fec_line_check_timers (GstFecLine *self, gint64 now)
{
  gint64 deadline = G_MAXINT64;

  if (self->ends_at != 0) {
    if (is_due (self->ends_at, now, &deadline)) {
      gst_fec_line_end (self, "the stream is over");
      return now;
    }
    return deadline;
  }
  check_connection (self, now);
  if (self->lost_at != 0 && is_due (self->lost_at, now, &deadline)) {
    revive (self, now);
    return now;
  }
  if (self->answered == 0) {
    check_connecting (self, now, &deadline);
    return deadline;
  }
  if (self->settings.multicast && self->has_description)
    check_multicast (self, now, &deadline);
  if (self->over || self->lost_at != 0)
    return MIN (deadline, self->lost_at != 0 ? self->lost_at : now);
  if (self->joining)
    check_unicast (self, now, &deadline);
  else
    check_silence (self, now, &deadline);
  return self->lost_at != 0 ? MIN (deadline, self->lost_at) : deadline;
}
