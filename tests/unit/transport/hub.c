/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hub.c: tests of the hub over the loopback: sessions, packets, ends of leases, churn, errors. */
#include <gio/gio.h>
#include <gst/gst.h>
#include <unistd.h>

#include "testclient.h"
#include "transport/hub.h"
#include "wire/alc.h"

#define TSI 77
#define PACKET_SIZE 1384
#define TIMEOUT_US (10 * G_USEC_PER_SEC)

typedef struct
{
  GstFecHub *hub;
  GstFecHubChannel *channel;
  guint16 port;
  guint16 seq;
  guint created;
  gint64 time; /* of the hub's clock; atomic by the hub's lock */

  GMutex lock;
  GCond cond;
  guint added;
  guint removed;
  gchar *reason;
  gint refuse;
} Fixture;

static gint64
get_time (gpointer user_data)
{
  Fixture *f = user_data;

  return __atomic_load_n (&f->time, __ATOMIC_SEQ_CST);
}

static void
on_added (
    GstFecHub *hub, const gchar *address, gint port, guint tsi, Fixture *f)
{
  g_mutex_lock (&f->lock);
  f->added++;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

static void
on_removed (GstFecHub *hub, const gchar *address, gint port, guint tsi,
    const gchar *reason, Fixture *f)
{
  GstStructure *stats;

  /* No lock of the hub is held here. */
  stats = gst_fec_hub_get_stats (hub);
  gst_structure_free (stats);

  g_mutex_lock (&f->lock);
  f->removed++;
  g_free (f->reason);
  f->reason = g_strdup (reason);
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

static gboolean
on_connecting (
    GstFecHub *hub, const gchar *address, gint port, guint tsi, Fixture *f)
{
  g_assert_true (g_str_has_prefix (address, "127."));
  g_assert_cmpuint (tsi, ==, TSI);
  return !g_atomic_int_get (&f->refuse);
}

static void
wait_removed (Fixture *f, guint n)
{
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  g_mutex_lock (&f->lock);
  while (f->removed < n)
    g_assert_true (g_cond_wait_until (&f->cond, &f->lock, until));
  g_mutex_unlock (&f->lock);
}

static void
add_channel (Fixture *f)
{
  GstFecDescription description = {
    .name = (gchar *) "live",
    .tsi = TSI,
    .symbol_size = PACKET_SIZE - GST_FEC_ALC_HEADER_SIZE,
    .alignment = 4,
  };
  GError *error = NULL;

  f->channel = gst_fec_hub_add_channel (f->hub, &description, &error);
  g_assert_no_error (error);
  g_assert_nonnull (f->channel);
}

static void
setup (Fixture *f, gconstpointer data)
{
  const gchar *address = data;
  GstFecSessionSettings settings;
  GError *error = NULL;

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
  g_signal_connect (f->hub, "client-connecting", G_CALLBACK (on_connecting), f);
  add_channel (f);
  gst_fec_hub_start (f->hub, address, 0, &error);
  g_assert_no_error (error);
  f->port = gst_fec_hub_get_port (f->hub);
  g_assert_cmpuint (f->port, !=, 0);
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
write_packets (Fixture *f, guint n, gsize size)
{
  guint8 *packet = g_malloc (size);
  guint i;

  for (i = 0; i < n; i++) {
    test_make_packet (packet, size, TSI, f->seq++);
    g_assert_true (gst_fec_hub_write (f->hub, f->channel, packet, size));
  }
  gst_fec_hub_flush (f->hub, f->channel);
  g_free (packet);
}

/* Writes packets of block @toi with ESIs from @esi on. */
static void
write_block (Fixture *f, guint32 toi, guint32 esi, guint n)
{
  guint8 packet[PACKET_SIZE] = { 0 };
  guint i;

  for (i = 0; i < n; i++) {
    GstFecAlcPacket header = {
      .tsi = TSI,
      .toi = toi,
      .seq = f->seq++,
      .has_symbol = TRUE,
      .esi = esi + i,
    };

    gst_fec_alc_write_header (&header, packet);
    g_assert_true (
        gst_fec_hub_write (f->hub, f->channel, packet, sizeof (packet)));
  }
  gst_fec_hub_flush (f->hub, f->channel);
  g_assert_true (gst_fec_hub_drain (f->hub, f->channel, TIMEOUT_US));
}

static TestClient *
join (Fixture *f, const gchar *address)
{
  TestClient *client = test_client_new (address, f->port, "live");

  g_assert_true (test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  return client;
}

static void
test_a_client_that_joins_gets_packets_until_it_leaves (
    Fixture *f, gconstpointer data)
{
  TestClient *client = join (f, "127.0.0.1");

  g_assert_cmpuint (
      gst_fec_hub_channel_get_listeners (f->hub, f->channel), ==, 1);
  write_packets (f, 100, PACKET_SIZE);
  g_assert_true (test_client_wait_packets (client, 100));
  g_assert_cmpuint (client->gaps, ==, 0);
  g_assert_cmpuint (client->last_tsi, ==, TSI);

  test_client_leave (client);
  wait_removed (f, 1);
  g_assert_cmpstr (f->reason, ==, "left");
  write_packets (f, 100, PACKET_SIZE);
  g_assert_true (gst_fec_hub_drain (f->hub, f->channel, TIMEOUT_US));
  test_client_poll (client);
  g_assert_cmpuint (client->packets, ==, 100);
  test_client_free (client);
}

static void
test_a_client_that_joins_gets_the_block_under_way (
    Fixture *f, gconstpointer data)
{
  TestClient *client;

  write_block (f, 1, 0, 20);
  write_block (f, 2, 0, 5);
  /* Repair of the block before comes in between. */
  write_block (f, 1, 20, 2);
  write_block (f, 2, 5, 3);
  client = join (f, "127.0.0.1");
  g_assert_true (test_client_wait_packets (client, 10));
  write_block (f, 2, 8, 4);
  g_assert_true (test_client_wait_packets (client, 14));
  g_assert_cmpuint (client->packets, ==, 14);
  g_assert_cmpuint (client->gaps, ==, 0);
  test_client_leave (client);
  wait_removed (f, 1);
  test_client_free (client);
}

static void
test_a_long_block_under_way_is_not_sent (Fixture *f, gconstpointer data)
{
  TestClient *client;

  write_block (f, 1, 0, 129);
  client = join (f, "127.0.0.1");
  write_block (f, 1, 129, 3);
  g_assert_true (test_client_wait_packets (client, 3));
  g_assert_cmpuint (client->packets, ==, 3);
  test_client_leave (client);
  wait_removed (f, 1);
  test_client_free (client);
}

static void
test_nobody_is_listed_without_the_cookie (Fixture *f, gconstpointer data)
{
  TestClient *client = test_client_new ("127.0.0.1", f->port, "live");
  GstStructure *stats;
  guint64 challenges = 0;
  guint sessions = 1;

  /* The first request goes out; its answer is not looked at. */
  {
    guint8 request[GST_FEC_CONTROL_MAX_SIZE], answer[GST_FEC_CONTROL_MAX_SIZE];
    gint64 next, until = g_get_monotonic_time () + TIMEOUT_US;
    gsize size = gst_fec_session_client_next (client->session,
        g_get_monotonic_time (), request, sizeof (request), &next);
    gssize answered;

    g_assert_cmpuint (size, >, 0);
    g_assert_cmpint (write (client->fd, request, size), ==, size);
    while ((answered = read (client->fd, answer, sizeof (answer))) < 0)
      g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_assert_cmpint (answered, <=, size);
  }
  stats = gst_fec_hub_get_stats (f->hub);
  g_assert_true (gst_structure_get_uint64 (stats, "challenges", &challenges));
  g_assert_true (gst_structure_get_uint (stats, "sessions", &sessions));
  g_assert_cmpuint (challenges, ==, 1);
  g_assert_cmpuint (sessions, ==, 0);
  gst_structure_free (stats);
  g_assert_cmpuint (
      gst_fec_hub_channel_get_listeners (f->hub, f->channel), ==, 0);
  test_client_free (client);
}

static void
test_answers_and_packets_come_from_the_address_asked (
    Fixture *f, gconstpointer data)
{
  /* The client's socket is connected: anything from 127.0.0.1 would not reach it. */
  TestClient *client = join (f, "127.0.0.5");

  write_packets (f, 3, PACKET_SIZE);
  g_assert_true (test_client_wait_packets (client, 3));
  test_client_free (client);
}

static void
test_a_lease_that_is_over_ends_the_packets (Fixture *f, gconstpointer data)
{
  TestClient *client = join (f, "127.0.0.1");

  __atomic_add_fetch (&f->time, 5 * G_USEC_PER_SEC, __ATOMIC_SEQ_CST);
  gst_fec_hub_tick (f->hub);
  g_assert_cmpuint (
      gst_fec_hub_channel_get_listeners (f->hub, f->channel), ==, 1);
  __atomic_add_fetch (
      &f->time, G_GINT64_CONSTANT (3700) * G_USEC_PER_SEC, __ATOMIC_SEQ_CST);
  gst_fec_hub_tick (f->hub);
  wait_removed (f, 1);
  g_assert_true (
      g_str_equal (f->reason, "expired") || g_str_equal (f->reason, "silent"));
  write_packets (f, 10, PACKET_SIZE);
  g_assert_true (gst_fec_hub_drain (f->hub, f->channel, TIMEOUT_US));
  test_client_poll (client);
  g_assert_cmpuint (client->packets, ==, 0);
  test_client_free (client);
}

static void
test_a_client_can_be_refused (Fixture *f, gconstpointer data)
{
  TestClient *client = test_client_new ("127.0.0.1", f->port, "live");

  g_atomic_int_set (&f->refuse, TRUE);
  g_assert_true (test_client_wait_state (client, GST_FEC_CLIENT_REFUSED));
  g_assert_cmpuint (gst_fec_session_client_get_error (client->session, NULL),
      ==, GST_FEC_ERROR_FORBIDDEN);
  g_assert_cmpuint (f->added, ==, 0);
  test_client_free (client);
}

static void
test_clients_are_listed_and_can_be_removed (Fixture *f, gconstpointer data)
{
  TestClient *a = join (f, "127.0.0.1"), *b = join (f, "127.0.0.1");
  GValue clients = G_VALUE_INIT;

  gst_fec_hub_get_clients (f->hub, TSI, &clients);
  g_assert_cmpuint (gst_value_list_get_size (&clients), ==, 2);
  g_value_unset (&clients);
  gst_fec_hub_get_clients (f->hub, TSI + 1, &clients);
  g_assert_cmpuint (gst_value_list_get_size (&clients), ==, 0);
  g_value_unset (&clients);

  g_assert_cmpuint (gst_fec_hub_remove_clients (f->hub, "127.0.0.9", 0), ==, 0);
  g_assert_cmpuint (gst_fec_hub_remove_clients (f->hub, "nonsense", 0), ==, 0);
  g_assert_cmpuint (gst_fec_hub_remove_clients (f->hub, "127.0.0.1", 0), ==, 2);
  g_assert_cmpstr (f->reason, ==, "removed");
  g_assert_cmpuint (f->removed, ==, 2);
  test_client_free (a);
  test_client_free (b);
}

static void
test_longer_packets_get_through_too (Fixture *f, gconstpointer data)
{
  TestClient *client = join (f, "127.0.0.1");

  write_packets (f, 2, PACKET_SIZE);
  g_assert_true (test_client_wait_packets (client, 2));
  write_packets (f, 2, 9000);
  write_packets (f, 2, 100);
  g_assert_true (test_client_wait_packets (client, 6));
  g_assert_cmpuint (client->gaps, ==, 0);
  test_client_free (client);
}

static void
test_names_and_tsis_are_given_once (Fixture *f, gconstpointer data)
{
  GstFecDescription description = {
    .name = (gchar *) "live",
    .tsi = 1,
    .symbol_size = 1344,
    .alignment = 4,
  };
  GError *error = NULL;

  g_assert_null (gst_fec_hub_add_channel (f->hub, &description, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  description.name = (gchar *) "other";
  description.tsi = TSI;
  g_assert_null (gst_fec_hub_add_channel (f->hub, &description, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
}

static void
test_a_removed_channel_ends_its_leases (Fixture *f, gconstpointer data)
{
  TestClient *client = join (f, "127.0.0.1");

  gst_fec_hub_remove_channel (f->hub, f->channel);
  wait_removed (f, 1);
  g_assert_cmpstr (f->reason, ==, "removed");
  add_channel (f);
  g_assert_cmpuint (
      gst_fec_hub_channel_get_listeners (f->hub, f->channel), ==, 0);
  test_client_free (client);
}

static void
test_a_port_in_use_is_an_error (Fixture *f, gconstpointer data)
{
  GstFecHub *other = gst_fec_hub_new ();
  GError *error = NULL;

  g_assert_false (gst_fec_hub_start (other, NULL, f->port, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);
  g_assert_false (gst_fec_hub_start (other, "localhost", 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (gst_fec_hub_start (other, "192.0.2.77", 0, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  gst_object_unref (other);
}

static void
test_a_hub_starts_again (Fixture *f, gconstpointer data)
{
  TestClient *client = join (f, "127.0.0.1");
  GError *error = NULL;

  gst_fec_hub_stop (f->hub);
  g_assert_cmpuint (f->removed, ==, 1);
  g_assert_cmpuint (gst_fec_hub_get_port (f->hub), ==, 0);
  gst_fec_hub_start (f->hub, data, f->port, &error);
  g_assert_no_error (error);
  test_client_free (client);
  client = join (f, "127.0.0.1");
  write_packets (f, 5, PACKET_SIZE);
  g_assert_true (test_client_wait_packets (client, 5));
  test_client_free (client);
}

#define N_CHURN 50
#define CHURN_PACKETS 3000
/* Packets on their way at most, so that no receive buffer overflows. */
#define CHURN_WINDOW 16

/* Each at an address of its own: one that was used a moment ago may still get packets. */
static TestClient *
new_churn_client (Fixture *f)
{
  guint n = f->created++;
  gchar *local = g_strdup_printf ("127.1.%u.%u", n / 250, n % 250 + 1);
  TestClient *client = test_client_new_at (local, "127.0.0.1", f->port, "live");

  g_free (local);
  return client;
}

static void
change_one (Fixture *f, TestClient **clients, guint i)
{
  if (clients[i] == NULL) {
    clients[i] = new_churn_client (f);
    test_client_poll (clients[i]);
  } else if (gst_fec_session_client_get_state (clients[i]->session) ==
      GST_FEC_CLIENT_JOINED) {
    g_assert_cmpuint (clients[i]->gaps, ==, 0);
    test_client_leave (clients[i]);
    test_client_free (g_steal_pointer (&clients[i]));
  }
}

static guint64
get_counter (Fixture *f, const gchar *name)
{
  GstStructure *stats = gst_fec_hub_get_stats (f->hub);
  guint64 value = G_MAXUINT64;

  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  gst_structure_free (stats);
  return value;
}

static void
test_churn_never_makes_a_gap_for_others (Fixture *f, gconstpointer data)
{
  TestClient *clients[N_CHURN] = { NULL };
  TestClient *listener = join (f, "127.0.0.1");
  GRand *rand = g_rand_new_with_seed (1);
  gint64 until = g_get_monotonic_time () + 3 * TIMEOUT_US;
  guint i, written = 0;

  while (listener->packets < CHURN_PACKETS) {
    if (written < CHURN_PACKETS && written - listener->packets < CHURN_WINDOW) {
      write_packets (f, 2, PACKET_SIZE);
      written += 2;
    }
    change_one (f, clients, g_rand_int_range (rand, 0, N_CHURN));
    for (i = 0; i < N_CHURN; i++) {
      if (clients[i] != NULL)
        test_client_poll (clients[i]);
    }
    test_client_poll (listener);
    g_assert_cmpint (g_get_monotonic_time (), <, until);
  }
  g_assert_cmpuint (listener->gaps, ==, 0);
  g_assert_cmpuint (f->created, >, N_CHURN);
  g_assert_cmpuint (get_counter (f, "packets-dropped"), ==, 0);

  for (i = 0; i < N_CHURN; i++) {
    if (clients[i] == NULL)
      continue;
    g_assert_true (test_client_wait_state (clients[i], GST_FEC_CLIENT_JOINED));
    test_client_leave (clients[i]);
    test_client_free (clients[i]);
  }
  test_client_leave (listener);
  test_client_free (listener);
  while (gst_fec_hub_channel_get_listeners (f->hub, f->channel) > 0)
    g_assert_cmpint (g_get_monotonic_time (), <, until);
  g_rand_free (rand);
}

static void
test_a_client_that_is_gone_costs_nobody_else (Fixture *f, gconstpointer data)
{
  TestClient *gone = join (f, "127.0.0.1"), *client = join (f, "127.0.0.1");

  test_client_free (gone);
  write_packets (f, 500, PACKET_SIZE);
  g_assert_true (test_client_wait_packets (client, 500));
  g_assert_cmpuint (client->gaps, ==, 0);
  test_client_free (client);
}

#define ADD(name, func)                                                        \
  g_test_add ("/hub/" name, Fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  ADD ("join-and-leave", test_a_client_that_joins_gets_packets_until_it_leaves);
  g_test_add ("/hub/join-and-leave-ipv4", Fixture, "127.0.0.1", setup,
      test_a_client_that_joins_gets_packets_until_it_leaves, teardown);
  ADD ("block-under-way", test_a_client_that_joins_gets_the_block_under_way);
  ADD ("long-block-under-way", test_a_long_block_under_way_is_not_sent);
  ADD ("cookie", test_nobody_is_listed_without_the_cookie);
  ADD ("source-address", test_answers_and_packets_come_from_the_address_asked);
  ADD ("expiry", test_a_lease_that_is_over_ends_the_packets);
  ADD ("refusal", test_a_client_can_be_refused);
  ADD ("clients", test_clients_are_listed_and_can_be_removed);
  ADD ("longer-packets", test_longer_packets_get_through_too);
  ADD ("names", test_names_and_tsis_are_given_once);
  ADD ("channel-removed", test_a_removed_channel_ends_its_leases);
  ADD ("port-in-use", test_a_port_in_use_is_an_error);
  ADD ("restart", test_a_hub_starts_again);
  ADD ("gone", test_a_client_that_is_gone_costs_nobody_else);
  ADD ("churn", test_churn_never_makes_a_gap_for_others);
  return g_test_run ();
}
