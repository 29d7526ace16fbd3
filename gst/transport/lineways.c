/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lineways.c: a line's sockets, and changing from one way to another. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/line-private.h"
#include "transport/multicast.h"
#include "transport/udpsocket.h"

#include <errno.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_EXTERN (fec_subscriber_debug);
#define GST_CAT_DEFAULT fec_subscriber_debug

/* ---- Addresses ---------------------------------------------------------- */

gboolean
gst_fec_line_resolve (GstFecLine *self)
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
    gst_fec_line_fail (self, GST_RESOURCE_ERROR_NOT_FOUND,
        g_strdup_printf ("Cannot find the host \"%s\": %s", self->settings.host,
            error != NULL ? error->message : "it has no address"));
  g_clear_error (&error);
  return self->addresses != NULL;
}

/* Another source of the same packets: what it did not have to send is not lost. */
static void
resync (GstFecLine *self)
{
  g_mutex_lock (&self->lock);
  gst_fec_reception_resync (&self->reception);
  g_mutex_unlock (&self->lock);
}

/* Begins the session anew; what the server knows of it is asked for. */
static void
restart_session (GstFecLine *self, gint64 now)
{
  g_mutex_lock (&self->lock);
  gst_fec_session_client_set_reliable (self->session, self->by_tcp);
  gst_fec_session_client_restart (self->session, now);
  g_mutex_unlock (&self->lock);
}

gboolean
gst_fec_line_next_address (GstFecLine *self, gint64 now)
{
  gboolean more = self->address->next != NULL;

  self->address_since = now;
  self->address = more ? self->address->next : self->addresses;
  if (self->addresses->next != NULL || self->udp_fd < 0) {
    gst_fec_line_open_udp (self);
    restart_session (self, now);
  }
  return more;
}

void
gst_fec_line_go_to (GstFecLine *self, const GstFecAddress *server)
{
  struct sockaddr_storage native;
  gint family = gst_fec_address_is_ipv4 (server) ? AF_INET : AF_INET6;
  socklen_t size = gst_fec_address_to_sockaddr (server, family, &native);
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];

  GST_INFO ("%s:%u sends us to %s", self->settings.host, self->settings.port,
      gst_fec_address_format (server, text));
  g_list_free_full (self->addresses, g_object_unref);
  self->addresses =
      g_list_append (NULL, g_socket_address_new_from_native (&native, size));
  self->address = self->addresses;
  self->hops++;
  self->answered = self->multicast_since = 0;
  gst_fec_line_close_group (self);
  gst_fec_line_change_to_udp (self, g_get_monotonic_time ());
}

/* ---- UDP ---------------------------------------------------------------- */

static void
enlarge_buffer (GstFecLine *self, gint fd)
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

void
gst_fec_line_close_udp (GstFecLine *self)
{
  gst_fec_receiver_set_socket (self->receiver, GST_FEC_RECEIVER_UNICAST, -1);
  if (self->udp_fd >= 0)
    close (self->udp_fd);
  self->udp_fd = -1;
}

/* Connected, the socket gets nobody else's datagrams. */
gboolean
gst_fec_line_open_udp (GstFecLine *self)
{
  struct sockaddr_storage native;
  GSocketAddress *address = self->address->data;
  gssize size = g_socket_address_get_native_size (address);
  gint fd;

  gst_fec_line_close_udp (self);
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
  self->udp_fd = fd;
  gst_fec_receiver_set_socket (self->receiver, GST_FEC_RECEIVER_UNICAST, fd);
  return TRUE;
}

/* ---- Multicast ---------------------------------------------------------- */

void
gst_fec_line_close_group (GstFecLine *self)
{
  gst_fec_receiver_set_socket (self->receiver, GST_FEC_RECEIVER_MULTICAST, -1);
  if (self->multicast_fd >= 0)
    close (self->multicast_fd);
  self->multicast_fd = -1;
  self->steady_since = 0;
}

gboolean
gst_fec_line_join_group (GstFecLine *self, gint64 now, gchar **why)
{
  const GstFecDescription *description = &self->description;
  GError *error = NULL;

  gst_fec_line_close_group (self);
  self->multicast_since = now;
  if (!description->has_group) {
    *why = g_strdup ("the server names no group");
    return FALSE;
  }
  self->multicast_fd = gst_fec_multicast_join (&description->group,
      description->has_source ? &description->source : NULL,
      self->settings.iface, &error);
  if (self->multicast_fd < 0) {
    *why = g_strdup (error->message);
    g_error_free (error);
    return FALSE;
  }
  enlarge_buffer (self, self->multicast_fd);
  gst_fec_receiver_set_socket (
      self->receiver, GST_FEC_RECEIVER_MULTICAST, self->multicast_fd);
  return TRUE;
}

void
gst_fec_line_give_up_multicast (GstFecLine *self, gint64 now, const gchar *why)
{
  if (!self->settings.udp && !self->settings.tcp) {
    gst_fec_line_fail (self, GST_RESOURCE_ERROR_NOT_FOUND,
        g_strdup_printf ("%s:%u/%s cannot be had by multicast: %s. Allow "
                         "unicast by protocols=udp-mcast+udp+tcp.",
            self->settings.host, self->settings.port, self->settings.channel,
            why));
    return;
  }
  GST_INFO ("no multicast: %s", why);
  if (self->settings.udp || self->by_tcp)
    gst_fec_line_join_unicast (self, now);
  else
    gst_fec_line_change_to_tcp (self, now);
}

/* ---- Unicast ------------------------------------------------------------ */

static void
set_join (GstFecLine *self, gboolean join, gint64 now)
{
  self->joining = join;
  g_mutex_lock (&self->lock);
  gst_fec_session_client_set_join (self->session, join, now);
  g_mutex_unlock (&self->lock);
}

void
gst_fec_line_join_unicast (GstFecLine *self, gint64 now)
{
  if (self->joining || !(self->settings.udp || self->by_tcp))
    return;
  self->joined_since = now;
  self->last_unicast = 0;
  resync (self);
  set_join (self, TRUE, now);
}

void
gst_fec_line_leave_unicast (GstFecLine *self, gint64 now)
{
  if (self->joining)
    set_join (self, FALSE, now);
}

void
gst_fec_line_change_to_tcp (GstFecLine *self, gint64 now)
{
  GST_INFO ("%s:%u: trying TCP", self->settings.host, self->settings.port);
  /* Without a connection the timers see that there is none. */
  gst_fec_line_tcp_open (self, now);
  self->by_tcp = TRUE;
  self->joined_since = now;
  self->last_unicast = 0;
  resync (self);
  set_join (self, TRUE, now);
  restart_session (self, now);
}

void
gst_fec_line_change_to_udp (GstFecLine *self, gint64 now)
{
  gst_fec_line_tcp_close (self);
  self->by_tcp = FALSE;
  self->joined_since = now;
  self->last_unicast = 0;
  resync (self);
  gst_fec_line_open_udp (self);
  set_join (self, self->settings.udp, now);
  restart_session (self, now);
}
