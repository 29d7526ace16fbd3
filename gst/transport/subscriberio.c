/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* subscriberio.c: a subscriber's sockets, the ways packets come, and what is done with each datagram. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/multicast.h"
#include "transport/subscriber-private.h"
#include "transport/udpsocket.h"
#include "wire/alc.h"

#include <errno.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_EXTERN (fec_subscriber_debug);
#define GST_CAT_DEFAULT fec_subscriber_debug

/* After the sender's last block: how long until nothing more of it is expected. */
#define END_QUIET_US (1000 * 1000)

/* ---- Sockets ------------------------------------------------------------ */

gboolean
gst_fec_subscriber_resolve (GstFecSubscriber *self)
{
  GSocketConnectable *host =
      g_network_address_new (self->settings.host, self->settings.port);
  GSocketAddressEnumerator *enumerator = g_socket_connectable_enumerate (host);
  GSocketAddress *address;
  GError *error = NULL;

  while ((address = g_socket_address_enumerator_next (
              enumerator, self->cancellable, &error)) != NULL)
    self->addresses = g_list_append (self->addresses, address);
  g_object_unref (enumerator);
  g_object_unref (host);
  self->address = self->addresses;
  if (self->addresses == NULL &&
      !g_cancellable_is_cancelled (self->cancellable))
    gst_fec_subscriber_fail (self, GST_RESOURCE_ERROR_NOT_FOUND,
        g_strdup_printf ("Cannot find the host \"%s\": %s", self->settings.host,
            error != NULL ? error->message : "it has no address"));
  g_clear_error (&error);
  return self->addresses != NULL;
}

void
gst_fec_subscriber_close_socket (
    GstFecSubscriber *self, GstFecReceiverPort port, gint *fd)
{
  gst_fec_receiver_set_socket (self->receiver, port, -1);
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
enlarge_buffer (GstFecSubscriber *self, gint fd)
{
  gsize size =
      gst_fec_udp_set_buffer (fd, SO_RCVBUF, self->settings.buffer_size);

  g_mutex_lock (&self->lock);
  self->receive_buffer = size;
  g_mutex_unlock (&self->lock);
  if (size < self->settings.buffer_size)
    GST_WARNING (
        "the system limits the receive buffer to %" G_GSIZE_FORMAT
        " of %u bytes: bursts may get lost. \"sysctl -w net.core.rmem_max=%u\" "
        "raises the limit",
        size, self->settings.buffer_size, self->settings.buffer_size);
}

/* Opens a socket to the address in use. Connected, it gets nobody else's datagrams. */
gboolean
gst_fec_subscriber_open_unicast (GstFecSubscriber *self)
{
  struct sockaddr_storage native;
  GSocketAddress *address = self->address->data;
  gssize size = g_socket_address_get_native_size (address);
  gint fd;

  gst_fec_subscriber_close_socket (
      self, GST_FEC_RECEIVER_UNICAST, &self->unicast_fd);
  self->address_since = g_get_monotonic_time ();
  if (!g_socket_address_to_native (address, &native, sizeof (native), NULL))
    return FALSE;
  fd = socket (native.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *) &native, size) < 0) {
    self->last_errno = errno;
    if (fd >= 0)
      close (fd);
    return FALSE;
  }
  enlarge_buffer (self, fd);
  self->unicast_fd = fd;
  gst_fec_receiver_set_socket (self->receiver, GST_FEC_RECEIVER_UNICAST, fd);
  return TRUE;
}

void
gst_fec_subscriber_try_next_address (GstFecSubscriber *self, gint64 now)
{
  if (self->address->next == NULL && self->address == self->addresses &&
      self->unicast_fd >= 0) {
    self->address_since = now;
    return;
  }
  self->address =
      self->address->next != NULL ? self->address->next : self->addresses;
  gst_fec_subscriber_open_unicast (self);
  g_mutex_lock (&self->lock);
  gst_fec_session_client_restart (self->session, now);
  g_mutex_unlock (&self->lock);
}

/* ---- Ways packets come -------------------------------------------------- */

static void
ask_for_unicast (GstFecSubscriber *self, gint64 now)
{
  if (self->joining)
    return;
  self->joining = TRUE;
  g_mutex_lock (&self->lock);
  gst_fec_reception_resync (&self->reception);
  gst_fec_session_client_set_join (self->session, TRUE, now);
  g_mutex_unlock (&self->lock);
}

void
gst_fec_subscriber_give_up_multicast (
    GstFecSubscriber *self, gint64 now, const gchar *why)
{
  if (!self->settings.unicast) {
    gst_fec_subscriber_fail (self, GST_RESOURCE_ERROR_NOT_FOUND,
        g_strdup_printf ("%s:%u/%s cannot be had by multicast: %s. Allow "
                         "unicast by protocols=udp-mcast+udp.",
            self->settings.host, self->settings.port, self->settings.channel,
            why));
    return;
  }
  GST_INFO ("no multicast: %s", why);
  gst_fec_subscriber_close_socket (
      self, GST_FEC_RECEIVER_MULTICAST, &self->multicast_fd);
  ask_for_unicast (self, now);
}

/* The channel is known now: chooses the way. */
static void
choose_transport (
    GstFecSubscriber *self, const GstFecDescription *description, gint64 now)
{
  GError *error = NULL;

  if (!self->settings.multicast || self->multicast_tried)
    return;
  self->multicast_tried = TRUE;
  if (!description->has_group) {
    gst_fec_subscriber_give_up_multicast (
        self, now, "the server names no group");
    return;
  }
  self->multicast_fd = gst_fec_multicast_join (&description->group,
      description->has_source ? &description->source : NULL,
      self->settings.iface, &error);
  if (self->multicast_fd < 0) {
    gst_fec_subscriber_give_up_multicast (self, now, error->message);
    g_error_free (error);
    return;
  }
  enlarge_buffer (self, self->multicast_fd);
  self->multicast_since = now;
  gst_fec_receiver_set_socket (
      self->receiver, GST_FEC_RECEIVER_MULTICAST, self->multicast_fd);
}

static void
take_description (GstFecSubscriber *self, gint64 now)
{
  const GstFecDescription *description;
  GstFecDescription copy = { 0 };
  GstCaps *caps;

  g_mutex_lock (&self->lock);
  description = gst_fec_session_client_get_description (self->session);
  if (description == NULL) {
    g_mutex_unlock (&self->lock);
    return;
  }
  gst_fec_description_copy (&copy, description);
  caps = gst_fec_description_to_caps (description);
  gst_caps_replace (&self->caps, caps);
  gst_caps_unref (caps);
  g_mutex_unlock (&self->lock);

  self->has_tsi = TRUE;
  self->tsi = copy.tsi;
  if (self->first_packet == 0)
    gst_fec_subscriber_set_state (self, GST_FEC_SUBSCRIBER_DESCRIBED, NULL);
  gst_fec_packet_queue_release (self->queue);
  choose_transport (self, &copy, now);
  gst_fec_description_clear (&copy);
}

/* ---- What comes --------------------------------------------------------- */

static void
handle_control (
    GstFecSubscriber *self, const guint8 *data, gsize size, gint64 now)
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
  if (state == GST_FEC_CLIENT_REFUSED) {
    if (self->ends_at != 0)
      gst_fec_subscriber_end (self);
    else if (self->first_packet != 0 && code == GST_FEC_ERROR_NO_SUCH_CHANNEL)
      /* It was there; the server may be starting anew. */
      gst_fec_subscriber_set_state (self, GST_FEC_SUBSCRIBER_LOST, NULL);
    else
      gst_fec_subscriber_fail_refused (self, code, reason_copy);
  } else if (changed) {
    take_description (self, now);
  }
  g_free (reason_copy);
}

static void
count (GstFecSubscriber *self, guint64 *counter, guint n)
{
  if (n == 0)
    return;
  g_mutex_lock (&self->lock);
  *counter += n;
  g_mutex_unlock (&self->lock);
}

static void
note_packet (GstFecSubscriber *self, const GstFecAlcPacket *packet,
    GstFecReceiverPort port, gint64 now)
{
  if (self->first_packet == 0)
    self->first_packet = now;
  self->last_packet = now;
  self->revive_after = 3 * (gint64) self->settings.udp_timeout_ms * 1000;
  if (packet->close_session)
    self->ends_at = now + END_QUIET_US;
  else
    self->ends_at = 0;
  gst_fec_subscriber_set_state (self,
      port == GST_FEC_RECEIVER_MULTICAST ? GST_FEC_SUBSCRIBER_MULTICAST
                                         : GST_FEC_SUBSCRIBER_UNICAST,
      NULL);
}

static void
handle_packet (GstFecSubscriber *self, GstFecReceiverPort port, guint i,
    const GstFecDatagram *datagram, gint64 now)
{
  GstFecAlcPacket packet;
  GstBuffer *buffer;

  if (datagram->truncated ||
      gst_fec_alc_parse (&packet, datagram->data, datagram->size) !=
          GST_FEC_ALC_OK) {
    count (self, &self->counters.malformed, 1);
    return;
  }
  if (self->has_tsi && packet.tsi != self->tsi) {
    count (self, &self->counters.foreign, 1);
    return;
  }
  note_packet (self, &packet, port, now);
  g_mutex_lock (&self->lock);
  self->counters.bytes += datagram->size;
  gst_fec_reception_add (&self->reception, packet.seq, now);
  g_mutex_unlock (&self->lock);

  if (g_atomic_int_get (&self->discard))
    return;
  buffer = gst_fec_receiver_take (self->receiver, i);
  GST_BUFFER_PTS (buffer) = now * 1000;
  count (self, &self->counters.dropped,
      gst_fec_packet_queue_push (self->queue, buffer));
}

void
gst_fec_subscriber_read_port (GstFecSubscriber *self, GstFecReceiverPort port)
{
  const GstFecDatagram *datagrams;
  guint i, n;
  gint error = 0;
  gint64 now;

  n = gst_fec_receiver_read (self->receiver, port, &datagrams, &error);
  if (n == 0 && error != 0 && error != EAGAIN && error != EINTR)
    self->last_errno = error;
  now = g_get_monotonic_time ();
  for (i = 0; i < n && !self->over; i++) {
    const GstFecDatagram *datagram = &datagrams[i];

    if (gst_fec_control_is_message (datagram->data, datagram->size) &&
        port == GST_FEC_RECEIVER_UNICAST)
      handle_control (self, datagram->data, datagram->size, now);
    else
      handle_packet (self, port, i, datagram, now);
  }
  if (n > 0) {
    g_mutex_lock (&self->lock);
    gst_fec_session_client_set_reception (self->session,
        self->reception.highest, self->reception.received,
        gst_fec_reception_get_lost (&self->reception),
        gst_fec_reception_get_jitter_us (&self->reception));
    g_mutex_unlock (&self->lock);
  }
}
