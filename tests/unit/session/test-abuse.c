/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-abuse.c: requests nobody has proved, floods, malformed messages, and
 * the limits.
 */
#include "harness.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)
#define FLOOD 100000

static const GstFecMethod methods[] = { GST_FEC_METHOD_CONNECT,
  GST_FEC_METHOD_JOIN, GST_FEC_METHOD_LEAVE, GST_FEC_METHOD_DESCRIBE,
  GST_FEC_METHOD_REPORT };

static Harness *
new_server (void)
{
  GstFecSessionSettings settings;
  Harness *h;

  gst_fec_session_settings_init (&settings);
  settings.challenge_rate = 1000000;
  h = harness_new (&settings);
  harness_add_channels (h, 3);
  return h;
}

static gsize
write_request (
    const GstFecControlMessage *request, guint8 bytes[GST_FEC_CONTROL_MAX_SIZE])
{
  gsize size = gst_fec_control_write (request, bytes, GST_FEC_CONTROL_MAX_SIZE);

  g_assert_cmpuint (size, >, 0);
  return size;
}

static void
test_unproved_answers_are_never_longer_than_requests (void)
{
  Harness *h = new_server ();
  GstFecAddress victim = harness_ipv4 (10, 6, 6, 6, 666);
  GstFecAddress friend = harness_ipv4 (10, 0, 0, 1, 1);
  guint64 id = harness_connect_to (h, &friend, "one");
  guint m, name, nonce, n, answered = 0, silent = 0;

  for (m = 0; m < G_N_ELEMENTS (methods); m++) {
    for (name = 0; name <= GST_FEC_CONTROL_MAX_NAME; name++) {
      for (nonce = 0; nonce <= 40; nonce += 8) {
        for (n = 0; n < 3; n++) {
          GstFecControlMessage request, answer;
          guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
          gsize size;

          harness_begin (&request, methods[m], n == 0 ? 0 : id);
          memset (request.nonce, 'A', nonce);
          request.n_channels = n;
          memset (request.channels[0].name, 'n', name);
          size = write_request (&request, bytes);
          harness_send (h, bytes, size, &victim, &answer);
          g_assert_cmpuint (h->answer_size, <=, size);
          if (h->answer_size == 0) {
            silent++;
            continue;
          }
          answered++;
          g_assert_cmpuint (answer.error_code, ==, 401);
          g_assert_cmpuint (strlen (answer.nonce), ==, 32);
          g_assert_cmpuint (answer.session_id, ==, 0);
        }
      }
    }
  }
  /* Both happen: a Connect is always answered, a short one cannot be. */
  g_assert_cmpuint (answered, >, 0);
  g_assert_cmpuint (silent, >, 0);
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 1);
  harness_assert_changes (h, "+1@10.0.0.1:1 ");
  harness_free (h);
}

static void
test_wrong_nonces_are_answered_like_missing_ones (void)
{
  Harness *h = new_server ();
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecAddress b = harness_ipv4 (10, 0, 0, 1, 2);
  GstFecControlMessage request, missing, answer;
  guint i;

  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  harness_want (&request, "one", 0, 0);
  g_assert_true (harness_ask (h, &request, &a, &missing));
  for (i = 0; i < 4; i++) {
    g_strlcpy (request.nonce, missing.nonce, sizeof (request.nonce));
    if (i == 0)
      request.nonce[20] ^= 1;
    else if (i == 1)
      request.nonce[31] = '\0';
    else if (i == 2)
      harness_advance (h, 31 * SECOND);
    g_assert_true (harness_ask (h, &request, i == 3 ? &b : &a, &answer));
    g_assert_cmpuint (answer.error_code, ==, missing.error_code);
    g_assert_cmpstr (answer.reason, ==, missing.reason);
    g_assert_cmpuint (strlen (answer.nonce), ==, 32);
  }
  g_assert_cmpuint (harness_counter (h, "stale-nonces"), ==, 4);
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 0);
  harness_free (h);
}

static void
test_a_flood_of_connects_leaves_no_state (void)
{
  GstFecSessionSettings settings;
  GstFecAddress client = harness_ipv4 (10, 0, 0, 1, 1);
  GRand *rand = g_rand_new_with_seed (3);
  guint64 memory, id;
  Harness *h;
  guint i;

  gst_fec_session_settings_init (&settings);
  h = harness_new (&settings);
  harness_add_channels (h, 1);
  id = harness_connect_to (h, &client, "one");
  memory = harness_counter (h, "memory-bytes");
  for (i = 0; i < FLOOD; i++) {
    GstFecControlMessage request;
    guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
    guint32 r = g_rand_int (rand);
    GstFecAddress from = harness_ipv4 ((guint8) (r >> 24), (guint8) (r >> 16),
        (guint8) (r >> 8), (guint8) r, (guint16) g_rand_int (rand));

    harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
    harness_want (&request, "one", 0, 0);
    if (i % 2)
      memset (request.nonce, 'A', 32);
    harness_send (h, bytes, write_request (&request, bytes), &from, NULL);
    g_assert_cmpuint (h->answer_size, <=, h->request_size);
    harness_advance (h, 10);
  }
  g_assert_cmpuint (harness_counter (h, "memory-bytes"), ==, memory);
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 1);
  g_assert_cmpuint (
      harness_request (h, &client, id, GST_FEC_METHOD_JOIN, "one", 30, NULL),
      ==, 0);
  harness_assert_changes (h, "+1@10.0.0.1:1 ");
  g_rand_free (rand);
  harness_free (h);
}

static void
test_challenges_of_a_prefix_are_limited (void)
{
  GstFecSessionSettings settings;
  GstFecAddress near_by = harness_ipv4 (10, 0, 0, 9, 9);
  GstFecControlMessage request, answer;
  Harness *h;
  guint i, answered = 0;

  gst_fec_session_settings_init (&settings);
  settings.challenge_rate = 20;
  h = harness_new (&settings);
  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  for (i = 0; i < 200; i++) {
    GstFecAddress from = harness_ipv4 (10, 0, 0, (guint8) i, (guint16) i);

    answered += harness_ask (h, &request, &from, &answer);
  }
  g_assert_cmpuint (answered, ==, 20);
  g_assert_cmpuint (harness_counter (h, "challenges"), ==, 20);
  g_assert_cmpuint (harness_counter (h, "challenges-suppressed"), ==, 180);
  harness_advance (h, SECOND / 20);
  g_assert_true (harness_ask (h, &request, &near_by, &answer));
  harness_free (h);
}

static void
test_sessions_of_an_address_are_limited (void)
{
  GstFecSessionSettings settings;
  GstFecControlMessage request, answer;
  GstFecAddress from;
  guint64 first = 0;
  Harness *h;
  guint i;

  gst_fec_session_settings_init (&settings);
  settings.max_sessions_per_address = 5;
  settings.max_sessions = 7;
  h = harness_new (&settings);
  for (i = 1; i <= 5; i++) {
    from = harness_ipv4 (10, 0, 0, 1, (guint16) i);
    first = harness_connect (h, &from);
  }
  from = harness_ipv4 (10, 0, 0, 1, 6);
  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  harness_ask (h, &request, &from, &answer);
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (h, &request, &from, &answer));
  g_assert_cmpuint (answer.error_code, ==, 486);
  g_assert_cmpstr (answer.reason, ==, "Too many sessions of this address");

  /* In all: 7. */
  from = harness_ipv4 (10, 0, 0, 2, 1);
  harness_connect (h, &from);
  from = harness_ipv4 (10, 0, 0, 3, 1);
  harness_connect (h, &from);
  from = harness_ipv4 (10, 0, 0, 4, 1);
  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  harness_ask (h, &request, &from, &answer);
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (h, &request, &from, &answer));
  g_assert_cmpuint (answer.error_code, ==, 503);
  g_assert_cmpstr (answer.reason, ==, "Server Is Full");

  /* One that leaves makes room. */
  from = harness_ipv4 (10, 0, 0, 1, 5);
  harness_request (h, &from, first, GST_FEC_METHOD_LEAVE, NULL, 0, NULL);
  from = harness_ipv4 (10, 0, 0, 1, 6);
  harness_connect (h, &from);
  harness_free (h);
}

static void
test_channels_of_a_session_are_limited (void)
{
  GstFecSessionSettings settings;
  GstFecAddress from = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecControlMessage request, answer;
  guint64 id;
  Harness *h;

  gst_fec_session_settings_init (&settings);
  settings.max_channels_per_session = 2;
  h = harness_new (&settings);
  harness_add_channels (h, 4);
  id = harness_connect (h, &from);
  harness_begin (&request, GST_FEC_METHOD_JOIN, id);
  harness_want (&request, "one", 30, 0);
  harness_want (&request, "two", 30, 0);
  harness_want (&request, "three", 30, 0);
  harness_want (&request, "two", 40, 0);
  g_assert_true (harness_ask (h, &request, &from, &answer));
  g_assert_cmpuint (answer.grants[0].error, ==, 0);
  g_assert_cmpuint (answer.grants[1].error, ==, 0);
  g_assert_cmpuint (answer.grants[2].error, ==, 441);
  g_assert_cmpuint (answer.grants[3].error, ==, 0);
  harness_assert_changes (h, "+1@10.0.0.1:1 +2@10.0.0.1:1 ");
  g_assert_cmpuint (harness_number (h, "leases"), ==, 2);
  harness_free (h);
}

static void
test_malformed_messages_change_nothing (void)
{
  Harness *h = new_server ();
  GstFecAddress from = harness_ipv4 (10, 0, 0, 1, 1);
  guint64 id = harness_connect_to (h, &from, "one");
  guint m;

  g_string_truncate (h->changes, 0);
  for (m = 0; m < G_N_ELEMENTS (methods); m++) {
    GstFecControlMessage request;
    guint8 bytes[GST_FEC_CONTROL_MAX_SIZE], copy[GST_FEC_CONTROL_MAX_SIZE];
    gsize size, length, bit;

    harness_begin (&request, methods[m], id);
    harness_want (&request, "two", 30, 0);
    size = write_request (&request, bytes);
    for (length = 0; length < size; length++)
      g_assert_cmpuint (harness_send (h, bytes, length, &from, NULL), ==, 0);
    for (bit = 0; bit < size * 8; bit++) {
      memcpy (copy, bytes, size);
      copy[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_cmpuint (harness_send (h, copy, size, &from, NULL), ==, 0);
    }
    memcpy (copy, bytes, size);
    memset (copy + size, 0, 8);
    g_assert_cmpuint (harness_send (h, copy, size + 4, &from, NULL), ==, 0);
  }
  g_assert_cmpuint (harness_counter (h, "malformed"), >, 1000);
  harness_assert_changes (h, "");
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 1);
  harness_free (h);
}

static void
test_answers_and_indications_are_ignored (void)
{
  Harness *h = new_server ();
  GstFecAddress from = harness_ipv4 (10, 0, 0, 1, 1);
  guint64 id = harness_connect (h, &from);
  guint m, klass;

  for (m = 0; m < G_N_ELEMENTS (methods); m++) {
    for (klass = GST_FEC_CLASS_INDICATION; klass <= GST_FEC_CLASS_ERROR;
         klass++) {
      GstFecControlMessage request, answer;

      gst_fec_control_init (&request, methods[m], klass, NULL);
      request.session_id = id;
      request.error_code = 400;
      harness_want (&request, "one", 30, 0);
      g_assert_false (harness_ask (h, &request, &from, &answer));
    }
  }
  harness_assert_changes (h, "");
  harness_free (h);
}

static void
test_unknown_attributes_are_named (void)
{
  static const guint8 value[4] = { 1, 2, 3, 4 };
  Harness *h = new_server ();
  GstFecAddress from = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecControlMessage request, answer;
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  size =
      harness_insert (bytes, write_request (&request, bytes), 0x7abc, value, 4);
  g_assert_cmpuint (harness_send (h, bytes, size, &from, &answer), >, 0);
  g_assert_cmpuint (answer.error_code, ==, 420);
  g_assert_cmpuint (answer.n_unknown, ==, 1);
  g_assert_cmpuint (answer.unknown[0], ==, 0x7abc);
  g_assert_cmpuint (h->answer_size, <=, size);
  harness_free (h);
}

static void
test_bad_attributes_are_refused (void)
{
  static const guint8 value[8] = { 0, 0, 0, 1 };
  Harness *h = new_server ();
  GstFecAddress from = harness_ipv4 (10, 0, 0, 1, 1);
  guint64 id = harness_connect (h, &from);
  guint m;

  for (m = 0; m < G_N_ELEMENTS (methods); m++) {
    GstFecControlMessage request, answer;
    guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
    gsize size;

    /* A channel list that ends within its first entry. */
    harness_begin (&request, methods[m], id);
    size = harness_insert (
        bytes, write_request (&request, bytes), 0x7f02, value, 8);
    if (harness_send (h, bytes, size, &from, &answer) > 0)
      g_assert_cmpuint (answer.error_code, ==, 400);
    g_assert_cmpuint (h->answer_size, <=, size);
  }
  harness_assert_changes (h, "");
  harness_free (h);
}

static void
test_any_bit_of_an_unproved_request_yields_no_more_bytes (void)
{
  Harness *h = new_server ();
  GstFecAddress from = harness_ipv4 (10, 6, 6, 6, 666);
  guint m;

  for (m = 0; m < G_N_ELEMENTS (methods); m++) {
    GstFecControlMessage request;
    guint8 bytes[GST_FEC_CONTROL_MAX_SIZE], copy[GST_FEC_CONTROL_MAX_SIZE];
    gsize size, bit;

    harness_begin (&request, methods[m], 77);
    harness_want (&request, "one", 30, 0);
    memset (request.nonce, 'B', 32);
    size = write_request (&request, bytes);
    for (bit = 0; bit < (size - 8) * 8; bit++) {
      memcpy (copy, bytes, size);
      copy[bit / 8] ^= (guint8) (1 << bit % 8);
      harness_seal (copy, size);
      g_assert_cmpuint (harness_send (h, copy, size, &from, NULL), <=, size);
    }
  }
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 0);
  harness_free (h);
}

static void
test_contradicting_settings_are_put_right (void)
{
  GstFecSessionSettings settings = { 0 };
  GstFecAddress from = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecControlMessage request, answer;
  Harness *h;

  settings.lease_min = 100;
  settings.lease_max = 20;
  settings.max_sessions = settings.max_sessions_per_address = 1;
  settings.max_channels_per_session = 1000;
  h = harness_new (&settings);
  harness_add_channels (h, 1);
  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  harness_want (&request, "one", 0, 0);
  g_assert_true (harness_ask (h, &request, &from, &answer));
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (h, &request, &from, &answer));
  g_assert_cmpuint (answer.grants[0].lease_end, ==, h->wall + 100 * SECOND);
  g_assert_cmpuint (answer.lifetime_seconds, ==, 1);
  harness_free (h);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/abuse/" #name, test_##name)
  ADD (unproved_answers_are_never_longer_than_requests);
  ADD (wrong_nonces_are_answered_like_missing_ones);
  ADD (a_flood_of_connects_leaves_no_state);
  ADD (challenges_of_a_prefix_are_limited);
  ADD (sessions_of_an_address_are_limited);
  ADD (channels_of_a_session_are_limited);
  ADD (malformed_messages_change_nothing);
  ADD (answers_and_indications_are_ignored);
  ADD (unknown_attributes_are_named);
  ADD (bad_attributes_are_refused);
  ADD (any_bit_of_an_unproved_request_yields_no_more_bytes);
  ADD (contradicting_settings_are_put_right);
  return g_test_run ();
}
