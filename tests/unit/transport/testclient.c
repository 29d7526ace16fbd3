/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* testclient.c: a client without threads. */
#include "testclient.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/alc.h"
#include "wire/control.h"

#define TIMEOUT_US (10 * G_USEC_PER_SEC)

TestClient *
test_client_new (const gchar *address, guint16 port, const gchar *channel)
{
  return test_client_new_at ("127.0.0.1", address, port, channel);
}

TestClient *
test_client_new_at (const gchar *local, const gchar *address, guint16 port,
    const gchar *channel)
{
  TestClient *client = g_new0 (TestClient, 1);
  struct sockaddr_in server = { .sin_family = AF_INET };
  struct sockaddr_in own = { .sin_family = AF_INET };
  GstFecClientSettings settings;
  gint size = 4 << 20;

  client->fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_cmpint (client->fd, >=, 0);
  setsockopt (client->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof (size));
  inet_pton (AF_INET, local, &own.sin_addr);
  g_assert_cmpint (
      bind (client->fd, (struct sockaddr *) &own, sizeof (own)), ==, 0);
  server.sin_port = htons (port);
  inet_pton (AF_INET, address, &server.sin_addr);
  g_assert_cmpint (
      connect (client->fd, (struct sockaddr *) &server, sizeof (server)), ==,
      0);

  gst_fec_client_settings_init (&settings);
  settings.channel = channel;
  settings.join = TRUE;
  client->session = gst_fec_session_client_new (&settings);
  return client;
}

void
test_client_free (TestClient *client)
{
  gst_fec_session_client_free (client->session);
  close (client->fd);
  g_free (client);
}

static void
take_packet (TestClient *client, const guint8 *data, gsize size)
{
  GstFecAlcPacket packet;

  g_assert_cmpint (gst_fec_alc_parse (&packet, data, size), ==, GST_FEC_ALC_OK);
  if (client->packets > 0 && packet.seq != (guint16) (client->last_seq + 1))
    client->gaps++;
  client->packets++;
  client->last_seq = packet.seq;
  client->last_tsi = packet.tsi;
}

void
test_client_poll (TestClient *client)
{
  guint8 data[GST_FEC_ALC_MAX_PACKET];
  gint64 next;
  gssize size;

  while ((size = gst_fec_session_client_next (client->session,
              g_get_monotonic_time (), data, sizeof (data), &next)) > 0)
    g_assert_cmpint (send (client->fd, data, size, 0), ==, size);
  while ((size = recv (client->fd, data, sizeof (data), 0)) > 0) {
    if (gst_fec_control_is_message (data, size)) {
      client->control++;
      gst_fec_session_client_handle (
          client->session, data, size, g_get_monotonic_time ());
    } else {
      take_packet (client, data, size);
    }
  }
}

static void
wait_a_little (TestClient *client)
{
  struct pollfd pfd = { .fd = client->fd, .events = POLLIN };

  poll (&pfd, 1, 20);
}

gboolean
test_client_wait_state (TestClient *client, GstFecClientState state)
{
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  for (;;) {
    test_client_poll (client);
    if (gst_fec_session_client_get_state (client->session) == state)
      return TRUE;
    if (g_get_monotonic_time () > until)
      return FALSE;
    wait_a_little (client);
  }
}

gboolean
test_client_wait_packets (TestClient *client, guint n)
{
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  for (;;) {
    test_client_poll (client);
    if (client->packets >= n)
      return TRUE;
    if (g_get_monotonic_time () > until)
      return FALSE;
    wait_a_little (client);
  }
}

void
test_client_leave (TestClient *client)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gssize size =
      gst_fec_session_client_leave (client->session, data, sizeof (data));

  if (size > 0)
    g_assert_cmpint (send (client->fd, data, size, 0), ==, size);
}

void
test_make_packet (guint8 *out, gsize size, guint32 tsi, guint16 seq)
{
  GstFecAlcPacket packet = {
    .tsi = tsi,
    .seq = seq,
    .has_symbol = TRUE,
    .esi = seq,
  };

  g_assert_cmpuint (size, >, GST_FEC_ALC_HEADER_SIZE);
  gst_fec_alc_write_header (&packet, out);
  memset (out + GST_FEC_ALC_HEADER_SIZE, seq, size - GST_FEC_ALC_HEADER_SIZE);
}
