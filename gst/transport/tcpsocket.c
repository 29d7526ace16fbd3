/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpsocket.c: listening sockets; what is set there holds for all connections accepted from them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/tcpsocket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* Free numbers of UDP that are tried until TCP has one free too. */
#define TRIES 32
/* Connections that wait to be accepted. */
#define BACKLOG 4096
/* What the kernel holds for a client: in all, and not sent yet. A slow client is to lag in the ring, not there. */
#define SEND_BUFFER (64 * 1024)
#define UNSENT_LOW (16 * 1024)
/* A peer that confirms nothing for so long is gone. */
#define USER_TIMEOUT_MS (30 * 1000)

static void
set_options (gint fd)
{
  const gint on = 1, buffer = SEND_BUFFER, low = UNSENT_LOW;
  const guint timeout = USER_TIMEOUT_MS;

  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof (on));
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof (buffer));
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof (on));
  setsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof (low));
  setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof (timeout));
}

/* -1 with errno set when it cannot be. */
static gint
listen_at (const GstFecAddress *address, gint family)
{
  const gint off = 0;
  struct sockaddr_storage native;
  socklen_t size = gst_fec_address_to_sockaddr (address, family, &native);
  gint fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0)
    return -1;
  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof (off));
  set_options (fd);
  if (bind (fd, (struct sockaddr *) &native, size) < 0 ||
      listen (fd, BACKLOG) < 0) {
    gint saved = errno;

    close (fd);
    errno = saved;
    return -1;
  }
  return fd;
}

gboolean
gst_fec_port_bind (GstFecUdpSocket *udp, gint *listen_fd, const gchar *address,
    guint16 port, GError **error)
{
  guint tries = port == 0 ? TRIES : 1;

  for (;;) {
    if (!gst_fec_udp_socket_bind (udp, address, port, error))
      return FALSE;
    *listen_fd = listen_at (&udp->local, udp->family);
    if (*listen_fd >= 0)
      return TRUE;
    if (errno != EADDRINUSE || --tries == 0)
      break;
    close (udp->fd);
  }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
      "Cannot listen on TCP port %u (%s)%s", udp->local.port,
      g_strerror (errno),
      errno == EADDRINUSE ? ": choose another port, or 0 for any free one"
                          : "");
  close (udp->fd);
  udp->fd = -1;
  return FALSE;
}
