/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* udpsocket.c: UDP sockets as Linux has them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/udpsocket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

gboolean
gst_fec_address_from_sockaddr (
    GstFecAddress *address, const struct sockaddr *sockaddr)
{
  if (sockaddr->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *) sockaddr;

    gst_fec_address_set_ipv4 (
        address, (const guint8 *) &in->sin_addr, g_ntohs (in->sin_port));
    return TRUE;
  }
  if (sockaddr->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) sockaddr;

    gst_fec_address_set_ipv6 (address, (const guint8 *) &in6->sin6_addr,
        g_ntohs (in6->sin6_port), in6->sin6_scope_id);
    return TRUE;
  }
  return FALSE;
}

socklen_t
gst_fec_address_to_sockaddr (const GstFecAddress *address, gint family,
    struct sockaddr_storage *sockaddr)
{
  memset (sockaddr, 0, sizeof (*sockaddr));
  if (family == AF_INET) {
    struct sockaddr_in *in = (struct sockaddr_in *) sockaddr;

    if (!gst_fec_address_is_ipv4 (address))
      return 0;
    in->sin_family = AF_INET;
    in->sin_port = g_htons (address->port);
    memcpy (&in->sin_addr, address->ip + 12, 4);
    return sizeof (*in);
  } else {
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) sockaddr;

    in6->sin6_family = AF_INET6;
    in6->sin6_port = g_htons (address->port);
    in6->sin6_scope_id = address->scope;
    memcpy (&in6->sin6_addr, address->ip, 16);
    return sizeof (*in6);
  }
}

gboolean
gst_fec_address_from_inet (
    GstFecAddress *address, GInetAddress *inet, guint16 port)
{
  const guint8 *bytes = g_inet_address_to_bytes (inet);

  switch (g_inet_address_get_family (inet)) {
    case G_SOCKET_FAMILY_IPV4:
      gst_fec_address_set_ipv4 (address, bytes, port);
      return TRUE;
    case G_SOCKET_FAMILY_IPV6:
      gst_fec_address_set_ipv6 (address, bytes, port, 0);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
gst_fec_address_parse (GstFecAddress *address, const gchar *text, guint16 port)
{
  GSocketAddress *socket_address;
  struct sockaddr_storage native;
  gboolean ok = FALSE;

  /* Understands scope ids ("fe80::1%eth0") as well. */
  socket_address = g_inet_socket_address_new_from_string (text, port);
  if (socket_address == NULL)
    return FALSE;
  if (g_socket_address_to_native (
          socket_address, &native, sizeof (native), NULL))
    ok = gst_fec_address_from_sockaddr (address, (struct sockaddr *) &native);
  g_object_unref (socket_address);
  return ok;
}

static GInetAddress *
to_inet (const GstFecAddress *address)
{
  if (gst_fec_address_is_ipv4 (address))
    return g_inet_address_new_from_bytes (
        address->ip + 12, G_SOCKET_FAMILY_IPV4);
  return g_inet_address_new_from_bytes (address->ip, G_SOCKET_FAMILY_IPV6);
}

gchar *
gst_fec_address_ip_to_string (const GstFecAddress *address)
{
  GInetAddress *inet = to_inet (address);
  gchar *text = g_inet_address_to_string (inet);

  g_object_unref (inet);
  return text;
}

gboolean
gst_fec_address_is_any (const GstFecAddress *address)
{
  GInetAddress *inet = to_inet (address);
  gboolean any = g_inet_address_get_is_any (inet);

  g_object_unref (inet);
  return any;
}

gboolean
gst_fec_address_is_multicast (const GstFecAddress *address)
{
  GInetAddress *inet = to_inet (address);
  gboolean multicast = g_inet_address_get_is_multicast (inet);

  g_object_unref (inet);
  return multicast;
}

static gint
open_socket (const GstFecAddress *address, gint *family)
{
  const gint off = 0;
  gint fd;

  if (!gst_fec_address_is_ipv4 (address)) {
    fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *family = AF_INET6;
    if (fd >= 0)
      setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof (off));
    return fd;
  }
  *family = AF_INET;
  return socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void
ask_for_destination (gint fd, gint family)
{
  const gint on = 1;

  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof (on));
  else
    setsockopt (fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof (on));
}

static gboolean
bind_to (GstFecUdpSocket *udp, const GstFecAddress *address)
{
  struct sockaddr_storage native;
  socklen_t size;

  udp->fd = open_socket (address, &udp->family);
  if (udp->fd < 0)
    return FALSE;
  ask_for_destination (udp->fd, udp->family);
  size = gst_fec_address_to_sockaddr (address, udp->family, &native);
  if (bind (udp->fd, (struct sockaddr *) &native, size) == 0) {
    size = sizeof (native);
    if (getsockname (udp->fd, (struct sockaddr *) &native, &size) == 0) {
      gst_fec_address_from_sockaddr (&udp->local, (struct sockaddr *) &native);
      return TRUE;
    }
  }
  {
    gint saved = errno;

    close (udp->fd);
    udp->fd = -1;
    errno = saved;
  }
  return FALSE;
}

gboolean
gst_fec_udp_socket_bind (
    GstFecUdpSocket *udp, const gchar *address, guint16 port, GError **error)
{
  const guint8 any_ipv6[16] = { 0 };
  const guint8 any_ipv4[4] = { 0 };
  gboolean all = address == NULL || *address == '\0';
  GstFecAddress wanted;
  gboolean ok;

  memset (udp, 0, sizeof (*udp));
  udp->fd = -1;
  if (all)
    gst_fec_address_set_ipv6 (&wanted, any_ipv6, port, 0);
  else if (!gst_fec_address_parse (&wanted, address, port))
    goto no_address;

  ok = bind_to (udp, &wanted);
  if (!ok && all && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
    gst_fec_address_set_ipv4 (&wanted, any_ipv4, port);
    ok = bind_to (udp, &wanted);
  }
  if (!ok)
    goto not_bound;
  return TRUE;

  /* ERRORS */
no_address : {
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "\"%s\" is not a numeric IPv4 or IPv6 address", address);
  return FALSE;
}
not_bound : {
  gint saved = errno;
  const gchar *advice = "";

  if (saved == EADDRINUSE)
    advice = ": choose another port, or 0 for any free one";
  else if (saved == EADDRNOTAVAIL)
    advice = ": it is no address of this machine";
  else if (saved == EACCES)
    advice = ": ports below 1024 need a privilege";
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
      "Cannot listen on UDP %s%sport %u (%s)%s", all ? "" : address,
      all ? "" : " ", port, g_strerror (saved), advice);
  return FALSE;
}
}

gsize
gst_fec_udp_set_buffer (gint fd, gint option, gsize size)
{
  gint value = MIN (size, (gsize) G_MAXINT / 2);
  socklen_t length = sizeof (value);
  gint force = option == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;

  /* With the privilege the system's limit does not count. */
  if (setsockopt (fd, SOL_SOCKET, force, &value, sizeof (value)) < 0)
    setsockopt (fd, SOL_SOCKET, option, &value, sizeof (value));
  if (getsockopt (fd, SOL_SOCKET, option, &value, &length) < 0 || value < 0)
    return 0;
  /* The kernel reports twice what it was asked for: its own overhead. */
  return (gsize) value / 2;
}

gsize
gst_fec_udp_put_source (gint family, const guint8 source[16], gpointer control)
{
  static const guint8 any[16] = { 0 };
  struct cmsghdr *cmsg = control;

  if (memcmp (source, any, sizeof (any)) == 0)
    return 0;
  if (family == AF_INET) {
    struct in_pktinfo info = { 0 };

    memcpy (&info.ipi_spec_dst, source + 12, 4);
    cmsg->cmsg_level = IPPROTO_IP;
    cmsg->cmsg_type = IP_PKTINFO;
    cmsg->cmsg_len = CMSG_LEN (sizeof (info));
    memcpy (CMSG_DATA (cmsg), &info, sizeof (info));
    return CMSG_SPACE (sizeof (info));
  } else {
    struct in6_pktinfo info = { 0 };

    memcpy (&info.ipi6_addr, source, 16);
    cmsg->cmsg_level = IPPROTO_IPV6;
    cmsg->cmsg_type = IPV6_PKTINFO;
    cmsg->cmsg_len = CMSG_LEN (sizeof (info));
    memcpy (CMSG_DATA (cmsg), &info, sizeof (info));
    return CMSG_SPACE (sizeof (info));
  }
}

gboolean
gst_fec_udp_get_destination (struct msghdr *msg, guint8 ip[16])
{
  struct cmsghdr *cmsg;

  for (cmsg = CMSG_FIRSTHDR (msg); cmsg != NULL;
       cmsg = CMSG_NXTHDR (msg, cmsg)) {
    if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      GstFecAddress address;

      memcpy (&info, CMSG_DATA (cmsg), sizeof (info));
      gst_fec_address_set_ipv4 (&address, (guint8 *) &info.ipi_addr, 0);
      memcpy (ip, address.ip, 16);
      return TRUE;
    }
    if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;

      memcpy (&info, CMSG_DATA (cmsg), sizeof (info));
      memcpy (ip, &info.ipi6_addr, 16);
      return TRUE;
    }
  }
  return FALSE;
}
