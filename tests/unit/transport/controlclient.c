/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* controlclient.c: see controlclient.h. */
#include "controlclient.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_MS 10000

void
control_client_init (ControlClient *client, guint16 port)
{
  struct sockaddr_in server = { .sin_family = AF_INET };

  server.sin_port = htons (port);
  server.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  client->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (client->fd, >=, 0);
  g_assert_cmpint (
      connect (client->fd, (struct sockaddr *) &server, sizeof (server)), ==,
      0);
}

void
control_client_clear (ControlClient *client)
{
  close (client->fd);
}

/* What comes beside answers are packets. */
void
control_client_ask (ControlClient *client)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  struct pollfd pfd = { .fd = client->fd, .events = POLLIN };
  gssize size = gst_fec_control_write (&client->request, bytes, sizeof (bytes));

  g_assert_cmpint (send (client->fd, bytes, size, 0), ==, size);
  do {
    g_assert_cmpint (poll (&pfd, 1, TIMEOUT_MS), ==, 1);
    size = recv (client->fd, bytes, sizeof (bytes), 0);
    g_assert_cmpint (size, >, 0);
  } while (!gst_fec_control_is_message (bytes, size));
  g_assert_cmpint (gst_fec_control_parse (&client->answer, bytes, size), ==,
      GST_FEC_CONTROL_OK);
}

void
control_client_connect (ControlClient *client, const gchar *channel,
    const gchar *user, const gchar *password)
{
  GstFecControlMessage *request = &client->request;

  gst_fec_control_init (
      request, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  g_strlcpy (request->channels[0].name, channel, GST_FEC_CONTROL_MAX_NAME);
  request->n_channels = 1;
  control_client_ask (client);
  g_assert_cmpuint (client->answer.error_code, ==, 401);
  g_strlcpy (request->nonce, client->answer.nonce, sizeof (request->nonce));
  if (user != NULL) {
    g_strlcpy (request->realm, client->answer.realm, sizeof (request->realm));
    g_strlcpy (request->username, user, sizeof (request->username));
    gst_fec_control_make_key (user, request->realm, password, client->key);
    request->key = client->key;
  }
  control_client_ask (client);
}
