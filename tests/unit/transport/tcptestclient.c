/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcptestclient.c: a TCP client without threads. */
#include "tcptestclient.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/alc.h"
#include "wire/control.h"
#include "wire/frame.h"

#define TIMEOUT_US (10 * G_USEC_PER_SEC)

TcpTestClient *
tcp_test_client_new (const gchar *address, guint16 port, const gchar *channel)
{
  return tcp_test_client_new_slow (address, port, channel, 0);
}

static socklen_t
set_server (struct sockaddr_storage *server, const gchar *address, guint16 port)
{
  struct sockaddr_in *in = (struct sockaddr_in *) server;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) server;

  memset (server, 0, sizeof (*server));
  if (strchr (address, ':') != NULL) {
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons (port);
    inet_pton (AF_INET6, address, &in6->sin6_addr);
    return sizeof (*in6);
  }
  in->sin_family = AF_INET;
  in->sin_port = htons (port);
  inet_pton (AF_INET, address, &in->sin_addr);
  return sizeof (*in);
}

TcpTestClient *
tcp_test_client_new_slow (
    const gchar *address, guint16 port, const gchar *channel, gint buffer)
{
  TcpTestClient *client = g_new0 (TcpTestClient, 1);
  struct sockaddr_storage server;
  socklen_t size = set_server (&server, address, port);
  GstFecClientSettings settings;

  client->in = g_byte_array_new ();
  client->fd = socket (server.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (client->fd, >=, 0);
  if (buffer > 0)
    setsockopt (client->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof (buffer));
  g_assert_cmpint (
      connect (client->fd, (struct sockaddr *) &server, size), ==, 0);
  g_assert_cmpint (fcntl (client->fd, F_SETFL, O_NONBLOCK), ==, 0);
  if (channel != NULL) {
    gst_fec_client_settings_init (&settings);
    settings.channel = channel;
    settings.join = TRUE;
    client->session = gst_fec_session_client_new (&settings);
  }
  return client;
}

void
tcp_test_client_free (TcpTestClient *client)
{
  if (client->session != NULL)
    gst_fec_session_client_free (client->session);
  g_byte_array_unref (client->in);
  close (client->fd);
  g_free (client);
}

void
tcp_test_client_send (TcpTestClient *client, gconstpointer data, gsize size)
{
  if (send (client->fd, data, size, MSG_NOSIGNAL) != (gssize) size)
    client->closed = TRUE;
}

static void
take_packet (TcpTestClient *client, const guint8 *data, gsize size)
{
  GstFecAlcPacket packet;

  g_assert_cmpint (gst_fec_alc_parse (&packet, data, size), ==, GST_FEC_ALC_OK);
  if (client->packets > 0 && packet.seq != (guint16) (client->last_seq + 1)) {
    client->gaps++;
    client->skipped += (guint16) (packet.seq - client->last_seq - 1);
  }
  client->packets++;
  client->last_seq = packet.seq;
  client->last_tsi = packet.tsi;
}

/* Takes the first frame; FALSE when it is not whole. */
static gboolean
take_frame (TcpTestClient *client)
{
  const guint8 *payload;
  gsize size, consumed;

  switch (gst_fec_frame_read (
      client->in->data, client->in->len, &payload, &size, &consumed)) {
    case GST_FEC_FRAME_NONE:
      return FALSE;
    case GST_FEC_FRAME_ALIVE:
      client->alive++;
      break;
    case GST_FEC_FRAME_CONTROL:
      g_assert_true (gst_fec_control_is_message (payload, size));
      client->control++;
      if (client->session != NULL)
        gst_fec_session_client_handle (
            client->session, payload, size, g_get_monotonic_time ());
      break;
    case GST_FEC_FRAME_PACKET:
      take_packet (client, payload, size);
      break;
    case GST_FEC_FRAME_DAMAGED:
      client->damaged++;
      break;
  }
  g_byte_array_remove_range (client->in, 0, consumed);
  return TRUE;
}

static void
receive (TcpTestClient *client)
{
  guint8 data[16384];
  gssize size;

  while ((size = recv (client->fd, data, sizeof (data), 0)) > 0) {
    g_byte_array_append (client->in, data, size);
    while (take_frame (client))
      ;
  }
  if (size == 0 || (errno != EAGAIN && errno != EINTR))
    client->closed = TRUE;
}

void
tcp_test_client_poll (TcpTestClient *client)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  guint8 frame[GST_FEC_FRAME_HEADER + GST_FEC_CONTROL_MAX_SIZE];
  gint64 next;
  gssize size;

  while (client->session != NULL && !client->closed &&
      (size = gst_fec_session_client_next (client->session,
           g_get_monotonic_time (), data, sizeof (data), &next)) > 0)
    tcp_test_client_send (
        client, frame, gst_fec_frame_write_control (data, size, frame));
  receive (client);
}

typedef gboolean (*Condition) (TcpTestClient *client, guint n);

static gboolean
wait_for (TcpTestClient *client, Condition condition, guint n)
{
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  for (;;) {
    struct pollfd pfd = { .fd = client->fd, .events = POLLIN };

    tcp_test_client_poll (client);
    if (condition (client, n))
      return TRUE;
    if (client->closed || g_get_monotonic_time () > until)
      return FALSE;
    poll (&pfd, 1, 20);
  }
}

static gboolean
has_state (TcpTestClient *client, guint state)
{
  return gst_fec_session_client_get_state (client->session) == state;
}

static gboolean
has_packets (TcpTestClient *client, guint n)
{
  return client->packets >= n;
}

static gboolean
is_closed (TcpTestClient *client, guint unused)
{
  return client->closed;
}

gboolean
tcp_test_client_wait_state (TcpTestClient *client, GstFecClientState state)
{
  return wait_for (client, has_state, state);
}

gboolean
tcp_test_client_wait_packets (TcpTestClient *client, guint n)
{
  return wait_for (client, has_packets, n);
}

gboolean
tcp_test_client_wait_closed (TcpTestClient *client)
{
  return wait_for (client, is_closed, 0);
}
