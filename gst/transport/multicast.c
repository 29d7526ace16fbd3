/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* multicast.c: multicast sockets, IPv4 and IPv6 alike where the system lets them be (RFC 3678). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/multicast.h"
#include "transport/udpsocket.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Most packets of one system call. */
#define BATCH_MESSAGES 64
/* How long sending may wait for a full socket. */
#define MAX_WAIT_MS 50
/* Bytes asked for the socket's buffer: all repair of a stream's last block leaves at once. */
#define SEND_BUFFER (4u << 20)

struct _GstFecMulticastSender
{
  gint fd;
};

static gint
get_family (const GstFecAddress *address)
{
  return gst_fec_address_is_ipv4 (address) ? AF_INET : AF_INET6;
}

static gboolean
find_interface (const gchar *name, guint *index, GError **error)
{
  *index = 0;
  if (name == NULL || *name == '\0')
    return TRUE;
  *index = if_nametoindex (name);
  if (*index != 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
      "There is no network interface \"%s\": \"ip link\" lists those there are",
      name);
  return FALSE;
}

/* Writes @group as the kernel wants it; groups of one link or interface need to know which. */
static socklen_t
put_group (
    const GstFecAddress *group, guint index, struct sockaddr_storage *native)
{
  GstFecAddress scoped = *group;

  if (scoped.scope == 0)
    scoped.scope = index;
  return gst_fec_address_to_sockaddr (&scoped, get_family (group), native);
}

static gboolean
check_group (const GstFecAddress *group, GError **error)
{
  gchar *text;

  if (gst_fec_address_is_multicast (group))
    return TRUE;
  text = gst_fec_address_ip_to_string (group);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "%s is no multicast group: use one of 224.0.0.0 to 239.255.255.255 or "
      "ff00::/8",
      text);
  g_free (text);
  return FALSE;
}

static void
set_int (gint fd, gint level, gint option, gint value)
{
  /* What a system does not have it does not need. */
  if (setsockopt (fd, level, option, &value, sizeof (value)) < 0)
    return;
}

static void
set_sending_options (
    gint fd, gint family, const GstFecMulticastSettings *settings, guint index)
{
  if (family == AF_INET) {
    struct ip_mreqn request = { .imr_ifindex = index };

    set_int (fd, IPPROTO_IP, IP_MULTICAST_TTL, settings->ttl);
    set_int (fd, IPPROTO_IP, IP_MULTICAST_LOOP, settings->loop);
    if (index != 0)
      setsockopt (fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof (request));
    if (settings->dscp >= 0)
      set_int (fd, IPPROTO_IP, IP_TOS, settings->dscp << 2);
  } else {
    set_int (fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, settings->ttl);
    set_int (fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, settings->loop);
    if (index != 0)
      set_int (fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
    if (settings->dscp >= 0)
      set_int (fd, IPPROTO_IPV6, IPV6_TCLASS, settings->dscp << 2);
  }
}

GstFecMulticastSender *
gst_fec_multicast_sender_new (
    const GstFecMulticastSettings *settings, GError **error)
{
  gint family = get_family (&settings->group);
  struct sockaddr_storage native;
  GstFecMulticastSender *sender;
  socklen_t size;
  guint index;
  gint fd;

  if (!check_group (&settings->group, error) ||
      !find_interface (settings->iface, &index, error))
    return NULL;
  fd = socket (family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    goto failed;
  set_sending_options (fd, family, settings, index);
  gst_fec_udp_set_buffer (fd, SO_SNDBUF, SEND_BUFFER);
  size = put_group (&settings->group, index, &native);
  if (connect (fd, (struct sockaddr *) &native, size) < 0)
    goto failed;

  sender = g_new0 (GstFecMulticastSender, 1);
  sender->fd = fd;
  return sender;

  /* ERRORS */
failed : {
  gint saved = errno;
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];

  gst_fec_address_format (&settings->group, text);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
      "Cannot send to %s: %s%s", text, g_strerror (saved),
      saved == ENETUNREACH && index == 0 ? " (no route: name an interface)"
                                         : "");
  if (fd >= 0)
    close (fd);
  return NULL;
}
}

void
gst_fec_multicast_sender_free (GstFecMulticastSender *sender)
{
  close (sender->fd);
  g_free (sender);
}

static gboolean
wait_for_socket (gint fd, gint64 until)
{
  struct pollfd pfd = { .fd = fd, .events = POLLOUT };
  gint64 left = until - g_get_monotonic_time ();

  return left > 0 && poll (&pfd, 1, (left + 999) / 1000) > 0;
}

static guint
send_batch (GstFecMulticastSender *sender, const struct iovec *packets, guint n,
    gint64 until, gint *last_error)
{
  struct mmsghdr messages[BATCH_MESSAGES];
  guint i, done = 0, sent = 0;

  memset (messages, 0, n * sizeof (messages[0]));
  for (i = 0; i < n; i++) {
    messages[i].msg_hdr.msg_iov = (struct iovec *) &packets[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  while (done < n) {
    gint ret = sendmmsg (sender->fd, messages + done, n - done, MSG_DONTWAIT);

    if (ret > 0) {
      done += ret;
      sent += ret;
    } else if (ret < 0 && errno == EINTR) {
      continue;
    } else if (ret < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) &&
        wait_for_socket (sender->fd, until)) {
      continue;
    } else {
      if (last_error != NULL)
        *last_error = ret < 0 ? errno : EIO;
      done++;
    }
  }
  return sent;
}

guint
gst_fec_multicast_sender_send (GstFecMulticastSender *sender,
    const struct iovec *packets, guint n, gint *last_error)
{
  gint64 until = g_get_monotonic_time () + MAX_WAIT_MS * 1000;
  guint i, sent = 0;

  for (i = 0; i < n; i += BATCH_MESSAGES)
    sent += send_batch (
        sender, packets + i, MIN (n - i, BATCH_MESSAGES), until, last_error);
  return sent;
}

static gboolean
join (gint fd, gint family, const GstFecAddress *group,
    const GstFecAddress *source, guint index)
{
  gint level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;

  if (source != NULL) {
    struct group_source_req request = { .gsr_interface = index };

    gst_fec_address_to_sockaddr (group, family, &request.gsr_group);
    gst_fec_address_to_sockaddr (source, family, &request.gsr_source);
    return setsockopt (fd, level, MCAST_JOIN_SOURCE_GROUP, &request,
               sizeof (request)) == 0;
  } else {
    struct group_req request = { .gr_interface = index };

    gst_fec_address_to_sockaddr (group, family, &request.gr_group);
    return setsockopt (
               fd, level, MCAST_JOIN_GROUP, &request, sizeof (request)) == 0;
  }
}

gint
gst_fec_multicast_join (const GstFecAddress *group, const GstFecAddress *source,
    const gchar *iface, GError **error)
{
  gint family = get_family (group);
  struct sockaddr_storage native;
  socklen_t size;
  guint index;
  gint fd;

  if (!check_group (group, error) || !find_interface (iface, &index, error))
    return -1;
  fd = socket (family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    goto failed;
  set_int (fd, SOL_SOCKET, SO_REUSEADDR, 1);
  /* Bound to the group itself, it gets no other group's packets. */
  size = put_group (group, index, &native);
  if (bind (fd, (struct sockaddr *) &native, size) < 0 ||
      !join (fd, family, group, source, index))
    goto failed;
  return fd;

  /* ERRORS */
failed : {
  gint saved = errno;
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];

  gst_fec_address_format (group, text);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
      "Cannot join %s: %s%s", text, g_strerror (saved),
      saved == ENODEV && index == 0 ? " (no route to groups: name an interface)"
                                    : "");
  if (fd >= 0)
    close (fd);
  return -1;
}
}
