/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-link.c: clients and a real server over a link that loses, delays and
 * doubles messages, in virtual time.
 */
#include "harness.h"
#include "session/sessionclient.h"

#include <string.h>

#define MS G_TIME_SPAN_MILLISECOND
#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct
{
  gint64 at;
  gboolean to_server;
  GstFecAddress client; /* where it comes from or goes to */
  gsize size;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
} Flight;

typedef struct
{
  Harness *h;
  GstFecSessionClient *client;
  GstFecAddress address; /* the client's at this moment */
  GRand *rand;
  gdouble loss, doubling;
  gint64 delay, jitter;
  gboolean cut;
  GPtrArray *flights;
  guint sent; /* by the client */
  guint connects; /* of them, Connects */
  gint64 next; /* when the client wants to be asked */
  GstFecClientState worst; /* lowest state seen while watch is set */
} Link;

static Link *
link_new (Harness *h, gboolean join, guint32 seed)
{
  Link *link = g_new0 (Link, 1);
  GstFecClientSettings settings;

  gst_fec_client_settings_init (&settings);
  settings.channel = "one";
  settings.join = join;
  link->h = h;
  link->client = gst_fec_session_client_new (&settings);
  link->address = harness_ipv4 (10, 0, 0, 1, 1000);
  link->rand = g_rand_new_with_seed (seed);
  link->delay = 20 * MS;
  link->flights = g_ptr_array_new_with_free_func (g_free);
  return link;
}

static void
link_free (Link *link)
{
  gst_fec_session_client_free (link->client);
  g_ptr_array_unref (link->flights);
  g_rand_free (link->rand);
  g_free (link);
}

static void
fly (Link *link, gboolean to_server, const GstFecAddress *client,
    const guint8 *data, gsize size)
{
  guint copies = g_rand_double (link->rand) < link->doubling ? 2 : 1;

  if (link->cut || g_rand_double (link->rand) < link->loss)
    return;
  while (copies-- > 0) {
    Flight *flight = g_new0 (Flight, 1);

    flight->at = link->h->now + link->delay +
        (gint64) (g_rand_double (link->rand) * (gdouble) link->jitter);
    flight->to_server = to_server;
    flight->client = *client;
    flight->size = size;
    memcpy (flight->data, data, size);
    g_ptr_array_add (link->flights, flight);
  }
}

static void
send_due (Link *link)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  guint burst = 0;
  gsize size;

  while ((size = gst_fec_session_client_next (link->client, link->h->now, data,
              sizeof (data), &link->next)) > 0) {
    link->sent++;
    if (size == GST_FEC_CONTROL_CONNECT_SIZE)
      link->connects++;
    /* A client that always has something to say would flood the server. */
    g_assert_cmpuint (++burst, <=, 4);
    fly (link, TRUE, &link->address, data, size);
  }
}

static void
arrive (Link *link, Flight *flight)
{
  Harness *h = link->h;
  guint8 reply[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  if (flight->to_server) {
    size = gst_fec_session_server_handle (h->server, flight->data, flight->size,
        &flight->client, &h->address, h->now, h->wall, reply, sizeof (reply));
    if (size > 0)
      fly (link, FALSE, &flight->client, reply, size);
  } else if (gst_fec_address_equal (&flight->client, &link->address)) {
    gst_fec_session_client_handle (
        link->client, flight->data, flight->size, h->now);
  }
}

static Flight *
earliest (Link *link, guint *index)
{
  Flight *first = NULL;
  guint i;

  for (i = 0; i < link->flights->len; i++) {
    Flight *flight = g_ptr_array_index (link->flights, i);

    if (first == NULL || flight->at < first->at) {
      first = flight;
      *index = i;
    }
  }
  return first;
}

/* Runs until @us have passed, or the client's state is @until. */
static gint64
run (Link *link, gint64 us, gint until)
{
  gint64 begin = link->h->now, end = begin + us;

  for (;;) {
    Flight *flight;
    gint64 step;
    guint index = 0;

    send_due (link);
    link->worst =
        MIN (link->worst, gst_fec_session_client_get_state (link->client));
    if ((gint) gst_fec_session_client_get_state (link->client) == until)
      break;
    flight = earliest (link, &index);
    step = MIN (link->next, flight != NULL ? flight->at : G_MAXINT64);
    if (step > end)
      break;
    harness_advance (link->h, MAX (step - link->h->now, 0));
    if (flight != NULL && flight->at <= link->h->now) {
      flight = g_ptr_array_steal_index (link->flights, index);
      arrive (link, flight);
      g_free (flight);
    }
  }
  if (until < 0)
    harness_advance (link->h, end - link->h->now);
  return link->h->now - begin;
}

static Harness *
new_server (void)
{
  Harness *h = harness_new (NULL);

  harness_add_channels (h, 1);
  return h;
}

static void
assert_state (Link *link, GstFecClientState state)
{
  g_assert_cmpint (gst_fec_session_client_get_state (link->client), ==, state);
}

static void
test_joins_in_two_round_trips (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 1);
  const GstFecDescription *description;

  g_assert_cmpint (
      run (link, SECOND, GST_FEC_CLIENT_JOINED), ==, 4 * link->delay);
  harness_assert_changes (h, "+1@10.0.0.1:1000 ");
  g_assert_null (gst_fec_session_client_get_description (link->client));
  run (link, 2 * link->delay, -1);
  description = gst_fec_session_client_get_description (link->client);
  g_assert_nonnull (description);
  g_assert_cmpuint (description->tsi, ==, 1);
  g_assert_cmpstr (description->name, ==, "one");
  link_free (link);
  harness_free (h);
}

static void
test_keeps_the_lease_for_an_hour (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 2);

  run (link, 3600 * SECOND, -1);
  assert_state (link, GST_FEC_CLIENT_JOINED);
  harness_assert_changes (h, "+1@10.0.0.1:1000 ");
  g_assert_cmpuint (harness_counter (h, "renewals"), >=, 3600 / 20 - 5);
  g_assert_cmpuint (harness_counter (h, "renewals"), <=, 3600 / 20 + 5);
  g_assert_cmpuint (harness_counter (h, "reports"), >=, 3600 / 5 - 30);
  g_assert_cmpuint (link->connects, ==, 2);
  link_free (link);
  harness_free (h);
}

static void
test_describes_without_joining (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, FALSE, 3);

  run (link, SECOND, GST_FEC_CLIENT_DESCRIBED);
  assert_state (link, GST_FEC_CLIENT_DESCRIBED);
  harness_assert_changes (h, "");

  gst_fec_session_client_set_join (link->client, TRUE, h->now);
  g_assert_cmpint (
      run (link, SECOND, GST_FEC_CLIENT_JOINED), ==, 2 * link->delay);
  harness_assert_changes (h, "+1@10.0.0.1:1000 ");

  gst_fec_session_client_set_join (link->client, FALSE, h->now);
  assert_state (link, GST_FEC_CLIENT_DESCRIBED);
  run (link, SECOND, -1);
  harness_assert_changes (h, "-1@10.0.0.1:1000:left ");
  assert_state (link, GST_FEC_CLIENT_DESCRIBED);
  link_free (link);
  harness_free (h);
}

static void
test_joins_after_the_session_was_forgotten (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, FALSE, 4);

  run (link, 100 * SECOND, -1);
  assert_state (link, GST_FEC_CLIENT_DESCRIBED);
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 0);
  gst_fec_session_client_set_join (link->client, TRUE, h->now);
  run (link, SECOND, GST_FEC_CLIENT_JOINED);
  assert_state (link, GST_FEC_CLIENT_JOINED);
  link_free (link);
  harness_free (h);
}

static void
test_gives_back_a_lease_still_being_asked_for (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 5);

  run (link, 3 * link->delay, -1);
  gst_fec_session_client_set_join (link->client, FALSE, h->now);
  run (link, 2 * SECOND, -1);
  assert_state (link, GST_FEC_CLIENT_DESCRIBED);
  harness_assert_changes (h, "+1@10.0.0.1:1000 -1@10.0.0.1:1000:left ");
  link_free (link);
  harness_free (h);
}

static void
run_with_loss (gdouble loss, gint64 joined_within)
{
  guint32 seed;

  for (seed = 1; seed <= 40; seed++) {
    Harness *h = new_server ();
    Link *link = link_new (h, TRUE, seed);

    link->loss = loss;
    link->doubling = 0.1;
    link->jitter = 40 * MS;
    run (link, joined_within, GST_FEC_CLIENT_JOINED);
    assert_state (link, GST_FEC_CLIENT_JOINED);
    /* An answer lost for long may have cost the first lease. */
    g_string_truncate (h->changes, 0);
    link->worst = GST_FEC_CLIENT_JOINED;
    run (link, 1200 * SECOND, -1);
    g_assert_cmpint (link->worst, ==, GST_FEC_CLIENT_JOINED);
    assert_state (link, GST_FEC_CLIENT_JOINED);
    g_assert_nonnull (gst_fec_session_client_get_description (link->client));
    harness_assert_changes (h, "");
    /* Four a second would be a flood: 5 s reports, 20 s renewals. */
    g_assert_cmpuint (link->sent, <, 1200);
    link_free (link);
    harness_free (h);
  }
}

static void
test_never_loses_the_lease_with_a_tenth_lost (void)
{
  run_with_loss (0.1, 10 * SECOND);
}

static void
test_never_loses_the_lease_with_half_lost (void)
{
  run_with_loss (0.5, 300 * SECOND);
}

static void
test_comes_back_after_a_server_restart (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 6);
  Harness *reborn;
  gint64 needed;

  run (link, 30 * SECOND, -1);
  reborn = new_server ();
  reborn->now = h->now;
  reborn->wall = h->wall;
  harness_free (h);
  link->h = h = reborn;
  needed = 0;
  while (h->listeners == 0 && needed < 20 * SECOND)
    needed += run (link, 100 * MS, -1);
  g_test_message ("back after %" G_GINT64_FORMAT " ms", needed / MS);
  /* The next report is at most 5 s away. */
  g_assert_cmpint (needed, <=, 6 * SECOND);
  run (link, SECOND, -1);
  assert_state (link, GST_FEC_CLIENT_JOINED);
  harness_assert_changes (h, "+1@10.0.0.1:1000 ");
  link_free (link);
  harness_free (h);
}

static void
test_follows_an_address_that_changes (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 7);

  run (link, 30 * SECOND, -1);
  link->address = harness_ipv4 (10, 0, 0, 1, 2000);
  run (link, 6 * SECOND, -1);
  harness_assert_changes (
      h, "+1@10.0.0.1:1000 -1@10.0.0.1:1000:moved +1@10.0.0.1:2000 ");
  assert_state (link, GST_FEC_CLIENT_JOINED);
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 1);
  link_free (link);
  harness_free (h);
}

static void
test_restart_moves_the_session_at_once (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 8);

  run (link, 30 * SECOND, -1);
  link->address = harness_ipv4 (10, 0, 0, 1, 2000);
  gst_fec_session_client_restart (link->client, h->now);
  assert_state (link, GST_FEC_CLIENT_CONNECTING);
  g_assert_cmpint (
      run (link, SECOND, GST_FEC_CLIENT_JOINED), ==, 4 * link->delay);
  harness_assert_changes (
      h, "+1@10.0.0.1:1000 -1@10.0.0.1:1000:moved +1@10.0.0.1:2000 ");
  link_free (link);
  harness_free (h);
}

static void
test_survives_a_cut (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 9);

  run (link, 30 * SECOND, -1);
  link->cut = TRUE;
  link->sent = 0;
  run (link, 300 * SECOND, -1);
  assert_state (link, GST_FEC_CLIENT_CONNECTING);
  harness_assert_changes (h, "+1@10.0.0.1:1000 -1@10.0.0.1:1000:silent ");
  /* Often while the lease could be kept, then every 8 s. */
  g_assert_cmpuint (link->sent, <, 100);
  link->cut = FALSE;
  run (link, 12 * SECOND, GST_FEC_CLIENT_JOINED);
  assert_state (link, GST_FEC_CLIENT_JOINED);
  harness_assert_changes (h, "+1@10.0.0.1:1000 ");
  link_free (link);
  harness_free (h);
}

static void
test_leave_ends_the_session (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 10);
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  run (link, 30 * SECOND, -1);
  size = gst_fec_session_client_leave (link->client, data, sizeof (data));
  g_assert_cmpuint (size, >, 0);
  assert_state (link, GST_FEC_CLIENT_LEFT);
  fly (link, TRUE, &link->address, data, size);
  run (link, SECOND, -1);
  harness_assert_changes (h, "+1@10.0.0.1:1000 -1@10.0.0.1:1000:left ");
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 0);
  g_assert_cmpuint (
      gst_fec_session_client_leave (link->client, data, sizeof (data)), ==, 0);
  g_assert_cmpint (link->next, ==, G_MAXINT64);
  link_free (link);
  harness_free (h);
}

static void
test_refused_for_an_unknown_channel (void)
{
  Harness *h = harness_new (NULL);
  Link *link = link_new (h, TRUE, 11);
  const gchar *reason;
  guint sent;

  run (link, SECOND, GST_FEC_CLIENT_REFUSED);
  assert_state (link, GST_FEC_CLIENT_REFUSED);
  g_assert_cmpuint (
      gst_fec_session_client_get_error (link->client, &reason), ==, 404);
  g_assert_cmpstr (reason, ==, "No Such Channel");
  sent = link->sent;
  run (link, 100 * SECOND, -1);
  g_assert_cmpuint (link->sent, ==, sent);

  harness_add_channels (h, 1);
  gst_fec_session_client_restart (link->client, h->now);
  run (link, SECOND, GST_FEC_CLIENT_JOINED);
  assert_state (link, GST_FEC_CLIENT_JOINED);
  g_assert_cmpuint (
      gst_fec_session_client_get_error (link->client, NULL), ==, 0);
  link_free (link);
  harness_free (h);
}

static void
test_tries_again_when_the_server_is_full (void)
{
  GstFecSessionSettings settings;
  GstFecAddress other = harness_ipv4 (10, 0, 0, 2, 1);
  Harness *h;
  Link *link;
  guint64 id;

  gst_fec_session_settings_init (&settings);
  settings.max_sessions = 1;
  h = harness_new (&settings);
  harness_add_channels (h, 1);
  id = harness_connect (h, &other);
  link = link_new (h, TRUE, 12);
  run (link, 20 * SECOND, -1);
  assert_state (link, GST_FEC_CLIENT_CONNECTING);
  g_assert_cmpuint (link->sent, <, 15);
  harness_request (h, &other, id, GST_FEC_METHOD_LEAVE, NULL, 0, NULL);
  run (link, 12 * SECOND, GST_FEC_CLIENT_JOINED);
  assert_state (link, GST_FEC_CLIENT_JOINED);
  link_free (link);
  harness_free (h);
}

static void
test_reports_each_packet_once (void)
{
  Harness *h = new_server ();
  Link *link = link_new (h, TRUE, 13);
  guint64 received = 0, total = 0;
  guint i;

  run (link, SECOND, GST_FEC_CLIENT_JOINED);
  for (i = 0; i < 20; i++) {
    GValue clients = G_VALUE_INIT;
    const GstStructure *client;
    guint count = 0;

    received += 100 + i;
    gst_fec_session_client_set_reception (
        link->client, (guint32) received, received, received / 10, 7);
    run (link, 5100 * MS, -1);
    gst_fec_session_server_get_clients (h->server, h->now, &clients);
    client = gst_value_get_structure (gst_value_list_get_value (&clients, 0));
    g_assert_true (gst_structure_get_uint (client, "packets-received", &count));
    total += count;
    g_value_unset (&clients);
  }
  g_assert_cmpuint (total, ==, received);
  link_free (link);
  harness_free (h);
}

static void
test_short_consent_hurries_the_reports (void)
{
  GstFecSessionSettings settings;
  Harness *h;
  Link *link;

  gst_fec_session_settings_init (&settings);
  settings.consent = 3;
  h = harness_new (&settings);
  harness_add_channels (h, 1);
  link = link_new (h, TRUE, 14);
  run (link, 60 * SECOND, -1);
  harness_assert_changes (h, "+1@10.0.0.1:1000 ");
  link_free (link);
  harness_free (h);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/link/" #name, test_##name)
  ADD (joins_in_two_round_trips);
  ADD (keeps_the_lease_for_an_hour);
  ADD (describes_without_joining);
  ADD (joins_after_the_session_was_forgotten);
  ADD (gives_back_a_lease_still_being_asked_for);
  ADD (never_loses_the_lease_with_a_tenth_lost);
  ADD (never_loses_the_lease_with_half_lost);
  ADD (comes_back_after_a_server_restart);
  ADD (follows_an_address_that_changes);
  ADD (restart_moves_the_session_at_once);
  ADD (survives_a_cut);
  ADD (leave_ends_the_session);
  ADD (refused_for_an_unknown_channel);
  ADD (tries_again_when_the_server_is_full);
  ADD (reports_each_packet_once);
  ADD (short_consent_hurries_the_reports);
  return g_test_run ();
}
