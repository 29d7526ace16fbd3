/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcp.c: tests of the hub's TCP side over the loopback: packets, slow clients, ends, hostile clients, fixed clients. */
#include <arpa/inet.h>
#include <gio/gio.h>
#include <gst/gst.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcptestclient.h"
#include "testclient.h"
#include "transport/hub.h"
#include "transport/tcpconnection.h"
#include "wire/alc.h"
#include "wire/frame.h"

#define TSI 77
#define PACKET_SIZE 1384
#define TIMEOUT_US (10 * G_USEC_PER_SEC)

typedef struct
{
  GstFecHub *hub;
  GstFecHubChannel *channel;
  guint16 port;
  guint16 seq;
  gint64 time; /* atomic */

  GMutex lock;
  GCond cond;
  guint added;
  guint removed;
  gchar *reason;
} Fixture;

static gint64
get_time (gpointer user_data)
{
  Fixture *f = user_data;

  return __atomic_load_n (&f->time, __ATOMIC_SEQ_CST);
}

/* Moves the hub's clock. */
static void
pass (Fixture *f, guint seconds)
{
  __atomic_add_fetch (&f->time, seconds * G_USEC_PER_SEC, __ATOMIC_SEQ_CST);
  gst_fec_hub_tick (f->hub);
}

static void
on_added (
    GstFecHub *hub, const gchar *address, gint port, guint tsi, Fixture *f)
{
  g_mutex_lock (&f->lock);
  f->added++;
  g_mutex_unlock (&f->lock);
}

static void
on_removed (GstFecHub *hub, const gchar *address, gint port, guint tsi,
    const gchar *reason, Fixture *f)
{
  g_mutex_lock (&f->lock);
  f->removed++;
  g_free (f->reason);
  f->reason = g_strdup (reason);
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

static void
wait_removed (Fixture *f, guint n, const gchar *reason)
{
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  g_mutex_lock (&f->lock);
  while (f->removed < n)
    g_assert_true (g_cond_wait_until (&f->cond, &f->lock, until));
  g_assert_cmpstr (f->reason, ==, reason);
  g_mutex_unlock (&f->lock);
}

static void
start (Fixture *f, const gchar *address)
{
  GError *error = NULL;

  gst_fec_hub_start (f->hub, address, 0, &error);
  g_assert_no_error (error);
  f->port = gst_fec_hub_get_port (f->hub);
}

static void
setup (Fixture *f, gconstpointer data)
{
  GstFecDescription description = {
    .name = (gchar *) "live",
    .tsi = TSI,
    .symbol_size = PACKET_SIZE - GST_FEC_ALC_HEADER_SIZE,
    .alignment = 4,
  };
  GstFecSessionSettings settings;

  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->time = g_get_monotonic_time ();
  f->hub = gst_fec_hub_new ();
  gst_fec_session_settings_init (&settings);
  settings.challenge_rate = 1000000;
  gst_fec_hub_set_settings (f->hub, &settings);
  gst_fec_hub_set_clock (f->hub, get_time, f);
  g_signal_connect (f->hub, "client-added", G_CALLBACK (on_added), f);
  g_signal_connect (f->hub, "client-removed", G_CALLBACK (on_removed), f);
  f->channel = gst_fec_hub_add_channel (f->hub, &description, NULL);
  g_assert_nonnull (f->channel);
  start (f, data);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  gst_fec_hub_stop (f->hub);
  g_assert_cmpuint (f->added, ==, f->removed);
  gst_object_unref (f->hub);
  g_free (f->reason);
  g_cond_clear (&f->cond);
  g_mutex_clear (&f->lock);
}

static void
write_packets (Fixture *f, guint n)
{
  guint8 packet[PACKET_SIZE];
  guint i;

  for (i = 0; i < n; i++) {
    test_make_packet (packet, sizeof (packet), TSI, f->seq++);
    g_assert_true (
        gst_fec_hub_write (f->hub, f->channel, packet, sizeof (packet)));
  }
  gst_fec_hub_flush (f->hub, f->channel);
}

static TcpTestClient *
join (Fixture *f)
{
  TcpTestClient *client = tcp_test_client_new ("127.0.0.1", f->port, "live");

  g_assert_true (tcp_test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  return client;
}

static guint64
get_counter (Fixture *f, const gchar *name)
{
  GstStructure *stats = gst_fec_hub_get_stats (f->hub);
  guint64 value = 0;
  guint number;

  if (gst_structure_get_uint (stats, name, &number))
    value = number;
  else
    g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  gst_structure_free (stats);
  return value;
}

static void
wait_counter (Fixture *f, const gchar *name, guint64 value)
{
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  while (get_counter (f, name) != value) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_thread_yield ();
  }
}

/* ---- Packets ------------------------------------------------------------ */

static void
test_a_client_gets_packets_framed_with_their_crc (
    Fixture *f, gconstpointer data)
{
  TcpTestClient *client = join (f);

  g_assert_cmpuint (
      gst_fec_hub_channel_get_listeners (f->hub, f->channel), ==, 1);
  /* The challenge was asked for by TCP too. */
  g_assert_cmpuint (get_counter (f, "challenges"), ==, 1);
  write_packets (f, 300);
  g_assert_true (tcp_test_client_wait_packets (client, 300));
  g_assert_true (gst_fec_hub_drain (f->hub, f->channel, TIMEOUT_US));
  g_assert_cmpuint (client->gaps, ==, 0);
  g_assert_cmpuint (client->damaged, ==, 0);
  g_assert_cmpuint (client->last_tsi, ==, TSI);
  g_assert_cmpuint (get_counter (f, "tcp-packets-sent"), ==, 300);
  g_assert_cmpuint (get_counter (f, "tcp-connections"), ==, 1);
  g_assert_cmpuint (get_counter (f, "packets-sent"), ==, 0);
  tcp_test_client_free (client);
}

static void
test_a_client_over_ipv6 (Fixture *f, gconstpointer data)
{
  TcpTestClient *client;

  if (strcmp (data, "::1") != 0)
    g_assert_not_reached ();
  client = tcp_test_client_new ("::1", f->port, "live");
  g_assert_true (tcp_test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  write_packets (f, 50);
  g_assert_true (tcp_test_client_wait_packets (client, 50));
  tcp_test_client_free (client);
}

static void
test_udp_and_tcp_share_a_port_and_a_channel (Fixture *f, gconstpointer data)
{
  TcpTestClient *tcp = join (f);
  TestClient *udp = test_client_new ("127.0.0.1", f->port, "live");
  GValue clients = G_VALUE_INIT;
  guint i, n_tcp = 0;

  g_assert_true (test_client_wait_state (udp, GST_FEC_CLIENT_JOINED));
  write_packets (f, 100);
  g_assert_true (tcp_test_client_wait_packets (tcp, 100));
  g_assert_true (test_client_wait_packets (udp, 100));

  gst_fec_hub_get_clients (f->hub, TSI, &clients);
  g_assert_cmpuint (gst_value_list_get_size (&clients), ==, 2);
  for (i = 0; i < 2; i++) {
    const GstStructure *client =
        gst_value_get_structure (gst_value_list_get_value (&clients, i));

    g_assert_null (strchr (gst_structure_get_string (client, "address"), '/'));
    if (g_str_equal (gst_structure_get_string (client, "transport"), "tcp"))
      n_tcp++;
  }
  g_value_unset (&clients);
  g_assert_cmpuint (n_tcp, ==, 1);

  g_assert_cmpuint (gst_fec_hub_remove_clients (f->hub, "127.0.0.1", 0), ==, 2);
  wait_removed (f, 2, "removed");
  tcp_test_client_free (tcp);
  test_client_free (udp);
}

static void
test_a_client_that_joins_gets_the_block_under_way (
    Fixture *f, gconstpointer data)
{
  TcpTestClient *client;

  /* The first packet has ESI 0. */
  write_packets (f, 10);
  client = join (f);
  write_packets (f, 5);
  g_assert_true (tcp_test_client_wait_packets (client, 15));
  g_assert_cmpuint (client->gaps, ==, 0);
  tcp_test_client_free (client);
}

static void
test_longer_packets_get_through_too (Fixture *f, gconstpointer data)
{
  TcpTestClient *client = join (f);
  guint8 *packet = g_malloc0 (GST_FEC_ALC_MAX_PACKET);

  test_make_packet (packet, GST_FEC_ALC_MAX_PACKET, TSI, 0);
  g_assert_true (
      gst_fec_hub_write (f->hub, f->channel, packet, GST_FEC_ALC_MAX_PACKET));
  gst_fec_hub_flush (f->hub, f->channel);
  g_assert_true (tcp_test_client_wait_packets (client, 1));
  g_free (packet);
  tcp_test_client_free (client);
}

static void
test_a_slow_client_goes_on_at_the_newest_and_delays_nobody (
    Fixture *f, gconstpointer data)
{
  TcpTestClient *client = join (f);
  TcpTestClient *slow =
      tcp_test_client_new_slow ("127.0.0.1", f->port, "live", 4096);
  guint i;

  g_assert_true (tcp_test_client_wait_state (slow, GST_FEC_CLIENT_JOINED));
  /* More than the ring (2048 packets) and the kernel hold. */
  for (i = 0; i < 60; i++) {
    write_packets (f, 100);
    g_assert_true (tcp_test_client_wait_packets (client, (i + 1) * 100));
  }
  g_assert_cmpuint (client->gaps, ==, 0);
  g_assert_cmpuint (slow->packets, ==, 0);

  /* Once it reads again it gets whole frames, with one gap. */
  while (slow->gaps == 0)
    g_assert_true (tcp_test_client_wait_packets (slow, slow->packets + 1));
  write_packets (f, 1);
  g_assert_true (tcp_test_client_wait_packets (client, 6001));
  while (slow->last_seq != 6000)
    g_assert_true (tcp_test_client_wait_packets (slow, slow->packets + 1));
  g_assert_cmpuint (slow->damaged, ==, 0);
  g_assert_cmpuint (slow->packets + slow->skipped, ==, 6001);
  g_assert_cmpuint (get_counter (f, "tcp-packets-skipped"), ==, slow->skipped);
  tcp_test_client_free (client);
  tcp_test_client_free (slow);
}

/* ---- Ends --------------------------------------------------------------- */

static void
test_a_closed_connection_ends_its_session (Fixture *f, gconstpointer data)
{
  TcpTestClient *client = join (f);

  tcp_test_client_free (client);
  wait_removed (f, 1, "disconnected");
  g_assert_cmpuint (get_counter (f, "sessions"), ==, 0);
  g_assert_cmpuint (
      gst_fec_hub_channel_get_listeners (f->hub, f->channel), ==, 0);
  wait_counter (f, "tcp-connections", 0);
}

static void
test_a_removed_client_can_ask_again_on_its_connection (
    Fixture *f, gconstpointer data)
{
  TcpTestClient *client = join (f);
  guint8 message[GST_FEC_CONTROL_MAX_SIZE], frame[GST_FEC_TCP_MAX_INPUT];
  GstFecClientSettings settings;
  gssize size;

  size =
      gst_fec_session_client_leave (client->session, message, sizeof (message));
  g_assert_cmpint (size, >, 0);
  tcp_test_client_send (
      client, frame, gst_fec_frame_write_control (message, size, frame));
  wait_removed (f, 1, "left");
  write_packets (f, 10);

  gst_fec_session_client_free (client->session);
  gst_fec_client_settings_init (&settings);
  settings.channel = "live";
  settings.join = TRUE;
  client->session = gst_fec_session_client_new (&settings);
  g_assert_true (tcp_test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  write_packets (f, 10);
  while (client->last_seq != 19)
    g_assert_true (tcp_test_client_wait_packets (client, client->packets + 1));
  g_assert_cmpuint (get_counter (f, "tcp-accepted"), ==, 1);
  tcp_test_client_free (client);
}

static void
test_a_lease_by_tcp_is_over_without_anybody_asking (
    Fixture *f, gconstpointer data)
{
  TcpTestClient *client = join (f);
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  pass (f, 31);
  wait_removed (f, 1, "silent");
  g_assert_false (client->closed);
  /* From when that is seen on it has 30 seconds to come again. */
  while (!client->closed) {
    pass (f, 5);
    tcp_test_client_poll (client);
    g_assert_cmpint (g_get_monotonic_time (), <, until);
  }
  wait_counter (f, "tcp-timed-out", 1);
  tcp_test_client_free (client);
}

static void
test_a_quiet_connection_is_kept_alive (Fixture *f, gconstpointer data)
{
  const guint8 alive[2] = { 0, 0 };
  TcpTestClient *client = join (f);
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  tcp_test_client_send (client, alive, sizeof (alive));
  pass (f, 11);
  while (client->alive == 0) {
    tcp_test_client_poll (client);
    g_assert_cmpint (g_get_monotonic_time (), <, until);
  }
  g_assert_false (client->closed);
  write_packets (f, 1);
  g_assert_true (tcp_test_client_wait_packets (client, 1));
  tcp_test_client_free (client);
}

static void
test_stopping_closes_connections (Fixture *f, gconstpointer data)
{
  TcpTestClient *client = join (f);

  gst_fec_hub_stop (f->hub);
  g_assert_true (tcp_test_client_wait_closed (client));
  wait_removed (f, 1, "removed");
  tcp_test_client_free (client);
  start (f, data);
  client = join (f);
  tcp_test_client_free (client);
}

/* ---- Hostile clients ---------------------------------------------------- */

static void
test_what_is_no_control_message_closes_the_connection (
    Fixture *f, gconstpointer data)
{
  /* Longer than a message may be; a packet; a message without FINGERPRINT; HTTP. */
  static const struct
  {
    const gchar *bytes;
    gsize size;
  } garbage[] = {
    { "\x10\x01", 2 },
    { "\xff\xff", 2 },
    { "\x00\x05\x10\xa0\x09\x06\x00", 7 },
    { "\x00\x14\x00\xf1\x00\x00\x21\x12\xa4\x42"
      "abcdefghijkl",
        22 },
    { "GET / HTTP/1.1\r\n\r\n", 18 },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (garbage); i++) {
    TcpTestClient *client = tcp_test_client_new ("127.0.0.1", f->port, NULL);

    tcp_test_client_send (client, garbage[i].bytes, garbage[i].size);
    g_assert_true (tcp_test_client_wait_closed (client));
    g_assert_cmpuint (client->control, ==, 0);
    tcp_test_client_free (client);
    wait_counter (f, "tcp-malformed", i + 1);
  }
  wait_counter (f, "tcp-connections", 0);
}

static void
test_a_message_may_come_byte_by_byte (Fixture *f, gconstpointer data)
{
  TcpTestClient *client = tcp_test_client_new ("127.0.0.1", f->port, "live");
  guint8 message[GST_FEC_CONTROL_MAX_SIZE], frame[GST_FEC_TCP_MAX_INPUT];
  gint64 next;
  gsize size, i;

  size = gst_fec_session_client_next (client->session, g_get_monotonic_time (),
      message, sizeof (message), &next);
  size = gst_fec_frame_write_control (message, size, frame);
  for (i = 0; i < size; i++)
    tcp_test_client_send (client, frame + i, 1);
  g_assert_true (tcp_test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  tcp_test_client_free (client);
}

static void
test_a_connection_that_says_nothing_is_closed (Fixture *f, gconstpointer data)
{
  TcpTestClient *quiet = tcp_test_client_new ("127.0.0.1", f->port, NULL);
  TcpTestClient *half = tcp_test_client_new ("127.0.0.1", f->port, NULL);
  TcpTestClient *client = join (f);

  tcp_test_client_send (half, "\x02\x00\x00\xf1", 4);
  wait_counter (f, "tcp-connections", 3);
  pass (f, 9);
  write_packets (f, 1);
  g_assert_true (tcp_test_client_wait_packets (client, 1));
  wait_counter (f, "tcp-connections", 3);
  pass (f, 1);
  g_assert_true (tcp_test_client_wait_closed (quiet));
  g_assert_true (tcp_test_client_wait_closed (half));
  wait_counter (f, "tcp-connections", 1);
  tcp_test_client_free (quiet);
  tcp_test_client_free (half);
  tcp_test_client_free (client);
}

static void
test_connections_without_session_are_few (Fixture *f, gconstpointer data)
{
  TcpTestClient *client = join (f);
  TcpTestClient *flood[80];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (flood); i++)
    flood[i] = tcp_test_client_new ("127.0.0.1", f->port, NULL);
  wait_counter (f, "tcp-refused", G_N_ELEMENTS (flood) - 64);
  g_assert_cmpuint (get_counter (f, "tcp-connections"), ==, 65);

  /* Whoever has a session is served. */
  write_packets (f, 20);
  g_assert_true (tcp_test_client_wait_packets (client, 20));
  for (i = 0; i < G_N_ELEMENTS (flood); i++)
    tcp_test_client_free (flood[i]);
  wait_counter (f, "tcp-connections", 1);
  tcp_test_client_free (client);
}

static void
test_connections_are_limited_in_all (Fixture *f, gconstpointer data)
{
  TcpTestClient *a, *b, *c;

  gst_fec_hub_stop (f->hub);
  gst_fec_hub_set_max_connections (f->hub, 2);
  start (f, data);
  a = join (f);
  b = join (f);
  c = tcp_test_client_new ("127.0.0.1", f->port, "live");
  g_assert_true (tcp_test_client_wait_closed (c));
  tcp_test_client_free (c);
  tcp_test_client_free (a);
  wait_removed (f, 1, "disconnected");
  c = join (f);
  tcp_test_client_free (b);
  tcp_test_client_free (c);
}

static void
test_who_takes_no_answers_asks_no_more (Fixture *f, gconstpointer data)
{
  TcpTestClient *client =
      tcp_test_client_new_slow ("127.0.0.1", f->port, "live", 4096);
  TcpTestClient *other = join (f);
  guint8 message[GST_FEC_CONTROL_MAX_SIZE], frame[GST_FEC_TCP_MAX_INPUT];
  gint64 next;
  gsize size;
  guint i;

  size = gst_fec_session_client_next (client->session, g_get_monotonic_time (),
      message, sizeof (message), &next);
  size = gst_fec_frame_write_control (message, size, frame);
  /* Until neither side's kernel takes any more: the server has stopped reading. */
  for (i = 0; send (client->fd, frame, size, MSG_NOSIGNAL) == (gssize) size;
       i++)
    g_assert_cmpuint (i, <, 1000000);
  write_packets (f, 10);
  g_assert_true (tcp_test_client_wait_packets (other, 10));
  g_assert_cmpuint (get_counter (f, "tcp-connections"), ==, 2);
  tcp_test_client_free (client);
  tcp_test_client_free (other);
}

#define ADD(name, func)                                                        \
  g_test_add ("/tcp/" name, Fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  ADD ("packets", test_a_client_gets_packets_framed_with_their_crc);
  g_test_add ("/tcp/packets-ipv4", Fixture, "127.0.0.1", setup,
      test_a_client_gets_packets_framed_with_their_crc, teardown);
  g_test_add ("/tcp/packets-ipv6", Fixture, "::1", setup,
      test_a_client_over_ipv6, teardown);
  ADD ("udp-and-tcp", test_udp_and_tcp_share_a_port_and_a_channel);
  ADD ("block-under-way", test_a_client_that_joins_gets_the_block_under_way);
  ADD ("longer-packets", test_longer_packets_get_through_too);
  ADD ("slow", test_a_slow_client_goes_on_at_the_newest_and_delays_nobody);
  ADD ("closed", test_a_closed_connection_ends_its_session);
  ADD ("again", test_a_removed_client_can_ask_again_on_its_connection);
  ADD ("expiry", test_a_lease_by_tcp_is_over_without_anybody_asking);
  ADD ("alive", test_a_quiet_connection_is_kept_alive);
  ADD ("stop", test_stopping_closes_connections);
  ADD ("garbage", test_what_is_no_control_message_closes_the_connection);
  ADD ("bytes", test_a_message_may_come_byte_by_byte);
  ADD ("nothing-said", test_a_connection_that_says_nothing_is_closed);
  ADD ("waiting", test_connections_without_session_are_few);
  ADD ("limit", test_connections_are_limited_in_all);
  ADD ("answers-not-taken", test_who_takes_no_answers_asks_no_more);
  return g_test_run ();
}
