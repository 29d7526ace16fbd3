/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-dialogue.c: the client and the server talk, without a network: logins,
 * ends of reception, and what is missing.
 */
#include "harness.h"
#include "session/sessionclient.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct
{
  Harness *h;
  GstFecSessionClient *client;
  GstFecAddress address;
  GstFecCredentials *credentials;
} Dialogue;

static void
set_up (Dialogue *d, gconstpointer data)
{
  d->h = harness_new (NULL);
  harness_add_channels (d->h, 2);
  d->address = harness_ipv4 (10, 0, 0, 1, 1000);
}

static void
tear_down (Dialogue *d, gconstpointer data)
{
  gst_fec_session_client_free (d->client);
  gst_fec_credentials_unref (d->credentials);
  harness_free (d->h);
}

/* Only ann, with sesame, gets in. */
static void
demand_login (Dialogue *d)
{
  d->credentials = gst_fec_credentials_new (NULL);
  gst_fec_credentials_add_user (d->credentials, "ann", "sesame", NULL);
  gst_fec_session_server_set_credentials (d->h->server, d->credentials);
}

static void
begin (Dialogue *d, const gchar *user, const gchar *password, gint64 end)
{
  GstFecClientSettings settings;

  gst_fec_client_settings_init (&settings);
  settings.channel = "one";
  settings.user = user;
  settings.password = password;
  if (end != 0)
    settings.lease_end = (guint64) (d->h->wall + end);
  d->client = gst_fec_session_client_new (&settings);
}

/* Lets both talk for @us. */
static GstFecClientState
talk (Dialogue *d, gint64 us)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE], reply[GST_FEC_CONTROL_MAX_SIZE];
  gint64 end = d->h->now + us, next;
  gsize size;

  while (d->h->now <= end) {
    while ((size = gst_fec_session_client_next (
                d->client, d->h->now, data, sizeof (data), &next)) > 0) {
      size =
          gst_fec_session_server_handle (d->h->server, data, size, &d->address,
              &d->h->address, d->h->now, d->h->wall, reply, sizeof (reply));
      if (size > 0)
        gst_fec_session_client_handle (d->client, reply, size, d->h->now);
    }
    if (next > end)
      break;
    harness_advance (d->h, next - d->h->now);
  }
  harness_advance (d->h, end - d->h->now);
  return gst_fec_session_client_get_state (d->client);
}

static void
test_a_right_login_gets_in_and_stays (Dialogue *d, gconstpointer data)
{
  demand_login (d);
  begin (d, "ann", "sesame", 0);
  g_assert_cmpint (talk (d, SECOND), ==, GST_FEC_CLIENT_JOINED);
  g_assert_nonnull (gst_fec_session_client_get_description (d->client));
  g_assert_cmpint (talk (d, 200 * SECOND), ==, GST_FEC_CLIENT_JOINED);
  g_assert_cmpuint (d->h->added, ==, 1);
}

static void
test_a_wrong_password_is_refused (Dialogue *d, gconstpointer data)
{
  demand_login (d);
  begin (d, "ann", "semolina", 0);
  g_assert_cmpint (talk (d, SECOND), ==, GST_FEC_CLIENT_REFUSED);
  g_assert_cmpuint (
      gst_fec_session_client_get_error (d->client, NULL), ==, 401);
}

static void
test_without_a_login_a_server_that_demands_one_refuses (
    Dialogue *d, gconstpointer data)
{
  demand_login (d);
  begin (d, NULL, NULL, 0);
  g_assert_cmpint (talk (d, SECOND), ==, GST_FEC_CLIENT_REFUSED);
}

static void
test_a_login_at_a_server_without_is_given_up (Dialogue *d, gconstpointer data)
{
  begin (d, "ann", "sesame", 0);
  g_assert_cmpint (talk (d, 20 * SECOND), ==, GST_FEC_CLIENT_REFUSED);
}

static void
test_reception_ends_when_both_clocks_say_so (Dialogue *d, gconstpointer data)
{
  begin (d, NULL, NULL, 90 * SECOND);
  g_assert_cmpint (talk (d, 89 * SECOND), ==, GST_FEC_CLIENT_JOINED);
  g_assert_cmpint (d->h->listeners, ==, 1);
  g_assert_cmpint (talk (d, SECOND), ==, GST_FEC_CLIENT_ENDED);
  harness_advance (d->h, SECOND);
  g_assert_cmpint (d->h->listeners, ==, 0);
}

/* The server grants no lease below ten seconds. */
static void
test_a_short_reception_leaves_at_its_end (Dialogue *d, gconstpointer data)
{
  begin (d, NULL, NULL, 4 * SECOND);
  talk (d, 3 * SECOND);
  g_assert_cmpint (d->h->listeners, ==, 1);
  g_assert_cmpint (talk (d, SECOND), ==, GST_FEC_CLIENT_ENDED);
  g_assert_cmpint (d->h->listeners, ==, 0);
}

static void
test_what_is_missing_arrives_with_and_without_a_lease (
    Dialogue *d, gconstpointer data)
{
  begin (d, NULL, NULL, 0);
  g_assert_cmpint (talk (d, SECOND), ==, GST_FEC_CLIENT_JOINED);
  gst_fec_session_client_report_missing (d->client, 77, 0, 123, 5, d->h->now);
  talk (d, SECOND);
  g_assert_nonnull (strstr (d->h->told->str, "1:5 "));
  gst_fec_session_client_set_join (d->client, FALSE, d->h->now);
  /* The server forgets the session. */
  g_assert_cmpint (talk (d, 100 * SECOND), ==, GST_FEC_CLIENT_DESCRIBED);
  g_string_truncate (d->h->told, 0);
  gst_fec_session_client_report_missing (d->client, 77, 0, 123, 2, d->h->now);
  talk (d, SECOND);
  g_assert_nonnull (strstr (d->h->told->str, "1:2 "));
  g_assert_null (strstr (d->h->told->str, "1:5 "));
}

static guint
told_loss (Dialogue *d)
{
  GValue clients = G_VALUE_INIT;
  guint lost = 0;

  gst_fec_session_server_get_clients (d->h->server, d->h->now, &clients);
  g_assert_true (gst_structure_get_uint (
      gst_value_get_structure (gst_value_list_get_value (&clients, 0)),
      "packets-lost", &lost));
  g_value_unset (&clients);
  return lost;
}

static void
test_what_is_missing_says_nothing_of_losses (Dialogue *d, gconstpointer data)
{
  begin (d, NULL, NULL, 0);
  g_assert_cmpint (talk (d, SECOND), ==, GST_FEC_CLIENT_JOINED);
  gst_fec_session_client_set_reception (d->client, 1000, 980, 20, 0);
  talk (d, 5 * SECOND);
  g_assert_cmpuint (told_loss (d), ==, 20);
  gst_fec_session_client_report_missing (d->client, 77, 0, 123, 5, d->h->now);
  talk (d, SECOND);
  g_assert_cmpuint (told_loss (d), ==, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add (                                                                 \
      "/dialogue/" #name, Dialogue, NULL, set_up, test_##name, tear_down)
  ADD (a_right_login_gets_in_and_stays);
  ADD (a_wrong_password_is_refused);
  ADD (without_a_login_a_server_that_demands_one_refuses);
  ADD (a_login_at_a_server_without_is_given_up);
  ADD (reception_ends_when_both_clocks_say_so);
  ADD (a_short_reception_leaves_at_its_end);
  ADD (what_is_missing_arrives_with_and_without_a_lease);
  ADD (what_is_missing_says_nothing_of_losses);
  return g_test_run ();
}
