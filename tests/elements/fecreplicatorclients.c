/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecreplicatorclients.c: tests of fecunicastreplicator's clients by TCP and of those that never ask. */
#include <arpa/inet.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/transport/tcptestclient.h"
#include "../unit/transport/testclient.h"
#include "transport/hub.h"
#include "wire/alc.h"

#define PACKET_SIZE 1384

static void
push_packet (GstHarness *h, guint32 tsi, guint16 seq)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, PACKET_SIZE, NULL);
  GstMapInfo map;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_WRITE));
  test_make_packet (map.data, map.size, tsi, seq);
  gst_buffer_unmap (buffer, &map);
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
}

static GstElement *
make_element (const gchar *properties)
{
  gchar *line = g_strdup_printf ("fecunicastreplicator %s", properties);
  GstElement *element = gst_parse_launch (line, NULL);

  fail_unless (element != NULL);
  g_free (line);
  return gst_object_ref_sink (element);
}

static GstHarness *
new_harness (const gchar *properties)
{
  GstElement *element = make_element (properties);
  GstHarness *h = gst_harness_new_with_element (element, "sink", NULL);

  gst_object_unref (element);
  gst_harness_set_src_caps_str (h, GST_FEC_ALC_MEDIA_TYPE);
  return h;
}

static guint
get_port (GstHarness *h)
{
  guint port;

  g_object_get (h->element, "bound-port", &port, NULL);
  return port;
}

static GValue
get_clients (GstHarness *h)
{
  GValue clients = G_VALUE_INIT;

  g_value_init (&clients, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (h->element), "clients", &clients);
  return clients;
}

static guint
count_clients (GstHarness *h)
{
  GValue clients = get_clients (h);
  guint n = gst_value_array_get_size (&clients);

  g_value_unset (&clients);
  return n;
}

/* ---- A receiver that never asks ----------------------------------------- */

typedef struct
{
  gint fd;
  guint16 port;
} Receiver;

static Receiver
open_receiver (void)
{
  struct sockaddr_in own = { .sin_family = AF_INET };
  socklen_t size = sizeof (own);
  Receiver receiver = { .fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) };

  own.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  fail_unless_equals_int (
      bind (receiver.fd, (struct sockaddr *) &own, sizeof (own)), 0);
  getsockname (receiver.fd, (struct sockaddr *) &own, &size);
  receiver.port = ntohs (own.sin_port);
  return receiver;
}

/* The TSI of the next packet, 0: none came within some seconds. */
static guint32
receive (Receiver *receiver)
{
  struct pollfd pfd = { .fd = receiver->fd, .events = POLLIN };
  guint8 data[PACKET_SIZE];
  GstFecAlcPacket packet;

  if (poll (&pfd, 1, 10000) <= 0)
    return 0;
  fail_unless_equals_int (
      recv (receiver->fd, data, sizeof (data), 0), PACKET_SIZE);
  fail_unless_equals_int (
      gst_fec_alc_parse (&packet, data, sizeof (data)), GST_FEC_ALC_OK);
  return packet.tsi;
}

/* Whether a packet of a higher sequence number than @seq is there. */
static gboolean
has_later_packet (Receiver *receiver, guint16 seq)
{
  guint8 data[PACKET_SIZE];
  GstFecAlcPacket packet;

  while (recv (receiver->fd, data, sizeof (data), MSG_DONTWAIT) > 0) {
    fail_unless_equals_int (
        gst_fec_alc_parse (&packet, data, sizeof (data)), GST_FEC_ALC_OK);
    if (packet.seq > seq)
      return TRUE;
  }
  return FALSE;
}

static void
drain (GstHarness *h)
{
  /* EOS waits for the sender. */
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
}

/* ---- Tests -------------------------------------------------------------- */

GST_START_TEST (test_a_client_by_tcp_is_served_and_listed)
{
  GstHarness *h = new_harness ("port=0 channel=live");
  TcpTestClient *client;
  GValue clients;
  const GstStructure *s;
  guint i;

  push_packet (h, 5, 0);
  client = tcp_test_client_new ("127.0.0.1", get_port (h), "live");
  fail_unless (tcp_test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  clients = get_clients (h);
  fail_unless_equals_int (gst_value_array_get_size (&clients), 1);
  s = gst_value_get_structure (gst_value_array_get_value (&clients, 0));
  fail_unless_equals_string (gst_structure_get_string (s, "transport"), "tcp");
  g_value_unset (&clients);
  for (i = 1; i < 100; i++)
    push_packet (h, 5, i);
  fail_unless (tcp_test_client_wait_packets (client, 100));
  fail_unless_equals_int (client->gaps, 0);

  g_signal_emit_by_name (h->element, "remove", "127.0.0.1", 0);
  fail_unless_equals_int (count_clients (h), 0);
  tcp_test_client_free (client);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_eos_waits_for_clients_by_tcp)
{
  GstHarness *h = new_harness ("port=0 channel=live");
  TcpTestClient *client;
  GstStructure *stats;
  guint64 sent = 0;
  guint i;

  push_packet (h, 5, 0);
  client = tcp_test_client_new ("127.0.0.1", get_port (h), "live");
  fail_unless (tcp_test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  for (i = 1; i < 30; i++)
    push_packet (h, 5, i);
  drain (h);
  g_signal_emit_by_name (h->element, "get-stats", &stats);
  fail_unless (gst_structure_get_uint64 (stats, "tcp-packets-sent", &sent));
  fail_unless_equals_uint64 (sent, 30);
  gst_structure_free (stats);
  tcp_test_client_free (client);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_without_connections_there_is_no_tcp)
{
  GstHarness *h = new_harness ("port=0 channel=live max-connections=0");
  struct sockaddr_in server = { .sin_family = AF_INET };
  gint fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  server.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  server.sin_port = htons (get_port (h));
  fail_unless (connect (fd, (struct sockaddr *) &server, sizeof (server)) < 0);
  close (fd);
  gst_harness_teardown (h);
}
GST_END_TEST;

static void
on_change (GstElement *element, const gchar *address, gint port, guint tsi,
    gpointer user_data)
{
  g_atomic_int_inc ((gint *) user_data);
}

static void
on_removed (GstElement *element, const gchar *address, gint port, guint tsi,
    const gchar *reason, gint *removed)
{
  fail_unless_equals_string (reason, "removed");
  g_atomic_int_inc (removed);
}

GST_START_TEST (test_added_clients_get_all_channels_until_they_are_removed)
{
  GstHarness *h = new_harness ("port=0 channel=live");
  Receiver receiver = open_receiver ();
  gint added = 0, removed = 0;
  guint32 tsi;
  gboolean is_static = FALSE;
  guint64 id = 1;
  GValue clients;
  const GstStructure *s;

  g_signal_connect (h->element, "client-added", G_CALLBACK (on_change), &added);
  g_signal_connect (
      h->element, "client-removed", G_CALLBACK (on_removed), &removed);
  push_packet (h, 5, 1);
  g_signal_emit_by_name (h->element, "add", "127.0.0.1", receiver.port);
  g_signal_emit_by_name (h->element, "add", "127.0.0.1", receiver.port);
  push_packet (h, 5, 2);
  fail_unless_equals_int (receive (&receiver), 5);
  /* A channel that comes later is another one. */
  push_packet (h, 6, 1);
  while ((tsi = receive (&receiver)) == 5)
    ;
  fail_unless_equals_int (tsi, 6);
  fail_unless_equals_int (added, 2);

  clients = get_clients (h);
  fail_unless_equals_int (gst_value_array_get_size (&clients), 2);
  s = gst_value_get_structure (gst_value_array_get_value (&clients, 0));
  fail_unless (gst_structure_get_boolean (s, "static", &is_static));
  fail_unless (gst_structure_get_uint64 (s, "session-id", &id));
  fail_unless (is_static);
  fail_unless_equals_uint64 (id, 0);
  fail_unless_equals_string (gst_structure_get_string (s, "transport"), "udp");
  g_value_unset (&clients);

  g_signal_emit_by_name (h->element, "remove", "127.0.0.1", 1);
  fail_unless_equals_int (count_clients (h), 2);
  g_signal_emit_by_name (h->element, "remove", "127.0.0.1", receiver.port);
  fail_unless_equals_int (count_clients (h), 0);
  fail_unless_equals_int (removed, 2);
  push_packet (h, 5, 3);
  push_packet (h, 7, 3);
  drain (h);
  fail_if (has_later_packet (&receiver, 2));
  close (receiver.fd);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_initial_clients_are_there_from_the_first_packet)
{
  Receiver a = open_receiver (), b = open_receiver ();
  gchar *properties = g_strdup_printf (
      "port=0 initial-clients=\"127.0.0.1:%u, 127.0.0.1:%u\"", a.port, b.port);
  GstHarness *h = new_harness (properties);

  push_packet (h, 5, 1);
  fail_unless_equals_int (receive (&a), 5);
  fail_unless_equals_int (receive (&b), 5);
  g_signal_emit_by_name (h->element, "clear");
  push_packet (h, 5, 2);
  drain (h);
  fail_if (has_later_packet (&a, 1));
  fail_if (has_later_packet (&b, 1));
  close (a.fd);
  close (b.fd);
  g_free (properties);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_clients_added_before_the_start_are_kept)
{
  GstElement *element = make_element ("port=0");
  Receiver receiver = open_receiver ();
  GstHarness *h;

  g_signal_emit_by_name (element, "add", "127.0.0.1", receiver.port);
  h = gst_harness_new_with_element (element, "sink", NULL);
  gst_harness_set_src_caps_str (h, GST_FEC_ALC_MEDIA_TYPE);
  push_packet (h, 5, 1);
  fail_unless_equals_int (receive (&receiver), 5);
  close (receiver.fd);
  gst_object_unref (element);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_fixed_clients_never_expire)
{
  GstFecHub *hub = gst_fec_hub_new ();
  GstHarness *h;
  Receiver receiver = open_receiver ();
  TestClient *client;
  GstElement *element = make_element ("channel=live");

  fail_unless (gst_fec_hub_start (hub, "127.0.0.1", 0, NULL));
  g_object_set (element, "hub", hub, NULL);
  h = gst_harness_new_with_element (element, "sink", NULL);
  gst_harness_set_src_caps_str (h, GST_FEC_ALC_MEDIA_TYPE);
  push_packet (h, 5, 1);
  g_signal_emit_by_name (element, "add", "127.0.0.1", receiver.port);
  /* A session that begins and ends beside it changes nothing. */
  client = test_client_new ("127.0.0.1", get_port (h), "live");
  fail_unless (test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  fail_unless_equals_int (count_clients (h), 2);
  test_client_leave (client);
  while (count_clients (h) > 1)
    g_thread_yield ();
  push_packet (h, 5, 2);
  fail_unless_equals_int (receive (&receiver), 5);
  test_client_free (client);
  close (receiver.fd);
  gst_object_unref (element);
  gst_harness_teardown (h);
  gst_fec_hub_stop (hub);
  gst_object_unref (hub);
}
GST_END_TEST;

static void
assert_warning (GstBus *bus, const gchar *part)
{
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  GError *error = NULL;

  fail_unless (message != NULL);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, part) != NULL, "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
}

GST_START_TEST (test_addresses_that_cannot_be_are_refused)
{
  GstHarness *h = new_harness ("port=0");
  GstElement *other = make_element ("port=0 initial-clients=239.1.2.3:5000");
  GstBus *bus = gst_bus_new ();

  push_packet (h, 5, 1);
  gst_element_set_bus (h->element, bus);
  g_signal_emit_by_name (h->element, "add", "example.org", 5000);
  assert_warning (bus, "numeric");
  g_signal_emit_by_name (h->element, "add", "239.1.2.3", 5000);
  assert_warning (bus, "multicast");
  g_signal_emit_by_name (h->element, "add", "ff15::1", 5000);
  assert_warning (bus, "multicast");
  g_signal_emit_by_name (h->element, "add", "0.0.0.0", 5000);
  assert_warning (bus, "no address");
  g_signal_emit_by_name (h->element, "add", "127.0.0.1", 65536 + 5000);
  assert_warning (bus, "port");
  g_signal_emit_by_name (h->element, "add", NULL, 5000);
  assert_warning (bus, "numeric");
  fail_unless_equals_int (count_clients (h), 0);
  gst_element_set_bus (h->element, NULL);

  fail_unless_equals_int (
      gst_element_set_state (other, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  g_object_set (other, "initial-clients", "127.0.0.1:70000", NULL);
  fail_unless_equals_int (
      gst_element_set_state (other, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  g_object_set (other, "initial-clients", "", NULL);
  fail_unless_equals_int (
      gst_element_set_state (other, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (other, GST_STATE_NULL);
  gst_object_unref (other);
  gst_object_unref (bus);
  gst_harness_teardown (h);
}
GST_END_TEST;

static Suite *
fecreplicatorclients_suite (void)
{
  Suite *s = suite_create ("fecreplicatorclients");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_client_by_tcp_is_served_and_listed);
  tcase_add_test (tc, test_eos_waits_for_clients_by_tcp);
  tcase_add_test (tc, test_without_connections_there_is_no_tcp);
  tcase_add_test (
      tc, test_added_clients_get_all_channels_until_they_are_removed);
  tcase_add_test (tc, test_initial_clients_are_there_from_the_first_packet);
  tcase_add_test (tc, test_clients_added_before_the_start_are_kept);
  tcase_add_test (tc, test_fixed_clients_never_expire);
  tcase_add_test (tc, test_addresses_that_cannot_be_are_refused);
  return s;
}

GST_CHECK_MAIN (fecreplicatorclients);
