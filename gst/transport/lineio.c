/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lineio.c: what comes on a line: control messages and packets, and what they mean for the ways. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/line-private.h"
#include "wire/alc.h"

#include <errno.h>

GST_DEBUG_CATEGORY_EXTERN (fec_subscriber_debug);
#define GST_CAT_DEFAULT fec_subscriber_debug

/* After the sender's last block: how long until nothing more of it is expected. */
#define END_QUIET_US (1000 * 1000)
/* Servers that may send us on, one after the other. */
#define MOST_HOPS 4

/* ---- Control messages --------------------------------------------------- */

static void
choose_ways (GstFecLine *self, gint64 now)
{
  gchar *why = NULL;

  if (self->settings.multicast && self->multicast_fd < 0 &&
      self->multicast_since == 0 &&
      !gst_fec_line_join_group (self, now, &why)) {
    gst_fec_line_give_up_multicast (self, now, why);
    g_free (why);
  }
}

void
gst_fec_line_take_description (GstFecLine *self, gint64 now)
{
  const GstFecDescription *description;

  g_mutex_lock (&self->lock);
  description = gst_fec_session_client_get_description (self->session);
  if (description != NULL) {
    gst_fec_description_clear (&self->description);
    gst_fec_description_copy (&self->description, description);
    self->has_description = TRUE;
  }
  g_mutex_unlock (&self->lock);
  if (description == NULL)
    return;

  if (!self->callbacks.described (self, &self->description, self->user_data)) {
    gst_fec_line_fail (self, GST_RESOURCE_ERROR_FAILED,
        g_strdup_printf (
            "%s:%u/%s is another channel (TSI %u) than that of the "
            "other servers: give fecsrc servers of one channel.",
            self->settings.host, self->settings.port, self->settings.channel,
            self->description.tsi));
    return;
  }
  self->has_tsi = TRUE;
  self->tsi = self->description.tsi;
  if (self->first_packet == 0)
    gst_fec_line_set_state (
        self, GST_FEC_LINE_DESCRIBED, "the server answered", NULL);
  choose_ways (self, now);
}

static void
take_refusal (GstFecLine *self, guint code, const gchar *reason)
{
  if (self->ends_at != 0)
    gst_fec_line_end (self, "the stream is over");
  else if (self->first_packet != 0 && code == GST_FEC_ERROR_NO_SUCH_CHANNEL)
    /* It was there; the server may be starting anew. */
    gst_fec_line_set_state (
        self, GST_FEC_LINE_LOST, "the channel is not there any more", NULL);
  else
    gst_fec_line_fail_refused (self, code, reason);
}

/* Whether the server sent us to another one. */
static gboolean
follow_alternate (GstFecLine *self)
{
  GstFecAddress alternate;
  gboolean named;

  g_mutex_lock (&self->lock);
  named = gst_fec_session_client_get_alternate (self->session, &alternate);
  g_mutex_unlock (&self->lock);
  if (!named || self->hops >= MOST_HOPS)
    return FALSE;
  gst_fec_line_renew_session (self);
  gst_fec_line_go_to (self, &alternate);
  return TRUE;
}

void
gst_fec_line_take_control (
    GstFecLine *self, const guint8 *data, gsize size, gint64 now)
{
  GstFecClientState state;
  const gchar *reason = NULL;
  gchar *reason_copy;
  gboolean changed;
  guint code;

  g_mutex_lock (&self->lock);
  changed = gst_fec_session_client_handle (self->session, data, size, now);
  state = gst_fec_session_client_get_state (self->session);
  code = gst_fec_session_client_get_error (self->session, &reason);
  reason_copy = g_strdup (reason != NULL ? reason : "");
  g_mutex_unlock (&self->lock);

  self->answered = now;
  if (!changed || !follow_alternate (self)) {
    if (state == GST_FEC_CLIENT_REFUSED)
      take_refusal (self, code, reason_copy);
    else if (changed)
      gst_fec_line_take_description (self, now);
  }
  g_free (reason_copy);
}

/* ---- Packets ------------------------------------------------------------ */

static void
count (GstFecLine *self, guint64 *counter)
{
  g_mutex_lock (&self->lock);
  (*counter)++;
  g_mutex_unlock (&self->lock);
}

/* The group delivers: unicast is not needed once it has done so for a while. */
static void
note_multicast (GstFecLine *self, gint64 now)
{
  gint64 gap = MAX (GST_FEC_LINE_STEADY_US,
      (gint64) self->settings.multicast_timeout * 1000 / 2);

  if (self->steady_since == 0 || now - self->last_multicast > gap)
    self->steady_since = now;
  self->last_multicast = now;
  if (self->joining && now - self->steady_since >= GST_FEC_LINE_STEADY_US)
    gst_fec_line_leave_unicast (self, now);
}

/* While two ways deliver, the one that is to be kept is told. */
static gboolean
is_the_way (const GstFecLine *self, GstFecLineState way, gint64 now)
{
  return way == GST_FEC_LINE_MULTICAST || self->last_multicast == 0 ||
      now - self->last_multicast >
      (gint64) self->settings.multicast_timeout * 1000 / 2;
}

static void
note_packet (GstFecLine *self, const GstFecAlcPacket *packet,
    GstFecLineState way, gint64 now)
{
  if (self->first_packet == 0)
    self->first_packet = now;
  self->last_packet = now;
  self->hops = 0;
  self->lost_at = 0;
  self->revive_after = 0;
  if (way == GST_FEC_LINE_MULTICAST)
    note_multicast (self, now);
  else
    self->last_unicast = now;
  if (packet->close_session)
    self->ends_at = now + END_QUIET_US;
  else if ((packet->block_flags & GST_FEC_BLOCK_REPLACEMENT) == 0)
    self->ends_at = 0;
  /* What was made for us alone comes by unicast whatever the way is. */
  if ((packet->block_flags & GST_FEC_BLOCK_REPLACEMENT) == 0 &&
      is_the_way (self, way, now))
    gst_fec_line_set_state (self, way, "packets come", NULL);
}

/* Whether it is new on this line. */
static void
count_packet (
    GstFecLine *self, const GstFecAlcPacket *packet, gsize size, gint64 now)
{
  g_mutex_lock (&self->lock);
  self->counters.bytes += size;
  if ((packet->block_flags & GST_FEC_BLOCK_REPLACEMENT) != 0)
    self->counters.replacements++;
  else
    gst_fec_reception_add (&self->reception, packet->seq, now);
  gst_fec_session_client_set_reception (self->session, self->reception.highest,
      self->reception.received, gst_fec_reception_get_lost (&self->reception),
      gst_fec_reception_get_jitter_us (&self->reception));
  g_mutex_unlock (&self->lock);
}

void
gst_fec_line_take_packet (
    GstFecLine *self, GstFecLineState way, GstBuffer *buffer, gint64 now)
{
  GstFecAlcPacket packet;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    goto done;
  if (gst_fec_alc_parse (&packet, map.data, map.size) != GST_FEC_ALC_OK) {
    count (self, &self->counters.malformed);
  } else if (self->has_tsi && packet.tsi != self->tsi) {
    count (self, &self->counters.foreign);
  } else {
    note_packet (self, &packet, way, now);
    count_packet (self, &packet, map.size, now);
    gst_buffer_unmap (buffer, &map);
    GST_BUFFER_PTS (buffer) = now * 1000;
    self->callbacks.packet (self, &packet, way, buffer, self->user_data);
    return;
  }
  gst_buffer_unmap (buffer, &map);

done:
  gst_buffer_unref (buffer);
}

static void
take_datagram (GstFecLine *self, GstFecReceiverPort port, guint i,
    const GstFecDatagram *datagram, gint64 now)
{
  if (port == GST_FEC_RECEIVER_UNICAST &&
      gst_fec_control_is_message (datagram->data, datagram->size))
    gst_fec_line_take_control (self, datagram->data, datagram->size, now);
  else if (datagram->truncated)
    count (self, &self->counters.malformed);
  else
    gst_fec_line_take_packet (self,
        port == GST_FEC_RECEIVER_MULTICAST ? GST_FEC_LINE_MULTICAST
                                           : GST_FEC_LINE_UDP,
        gst_fec_receiver_take (self->receiver, i), now);
}

void
gst_fec_line_read_port (GstFecLine *self, GstFecReceiverPort port)
{
  const GstFecDatagram *datagrams;
  gint error = 0;
  gint64 now;
  guint i, n;

  n = gst_fec_receiver_read (self->receiver, port, &datagrams, &error);
  if (n == 0 && error != 0 && error != EAGAIN && error != EINTR)
    self->last_errno = error;
  now = g_get_monotonic_time ();
  for (i = 0; i < n && !self->over; i++)
    take_datagram (self, port, i, &datagrams[i], now);
}
