/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-cookie.c: a cookie is good for one client at one server for a while,
 * and nothing else is.
 */
#include "session/cookie.h"
#include "harness.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)
#define START (5000 * SECOND)

typedef struct
{
  GstFecCookieKeys keys;
  GstFecAddress client, server;
  gchar text[GST_FEC_COOKIE_TEXT_SIZE];
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->client = harness_ipv4 (10, 1, 2, 3, 4000);
  f->server = harness_ipv4 (192, 0, 2, 1, 6330);
  gst_fec_cookie_keys_init (&f->keys, 60 * SECOND, 30 * SECOND, START);
  gst_fec_cookie_make (&f->keys, &f->client, &f->server, START, f->text);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  gst_fec_cookie_keys_clear (&f->keys);
}

static gboolean
check (Fixture *f, gint64 now)
{
  return gst_fec_cookie_check (&f->keys, f->text, &f->client, &f->server, now);
}

static void
test_good_for_its_time (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (strlen (f->text), ==, 32);
  g_assert_true (check (f, START));
  g_assert_true (check (f, START + 30 * SECOND));
}

static void
test_expired (Fixture *f, gconstpointer data)
{
  g_assert_false (check (f, START + 30 * SECOND + 1000));
}

static void
test_from_the_future (Fixture *f, gconstpointer data)
{
  g_assert_false (check (f, START - 1000));
}

static void
test_other_client_address (Fixture *f, gconstpointer data)
{
  guint i;

  for (i = 0; i < 16; i++) {
    f->client.ip[i] ^= 1;
    g_assert_false (check (f, START));
    f->client.ip[i] ^= 1;
  }
  f->client.scope = 3;
  g_assert_false (check (f, START));
}

static void
test_other_client_port (Fixture *f, gconstpointer data)
{
  f->client.port ^= 0x100;
  g_assert_false (check (f, START));
}

static void
test_other_transport (Fixture *f, gconstpointer data)
{
  f->client.transport = GST_FEC_TRANSPORT_TCP;
  g_assert_false (check (f, START));
  gst_fec_cookie_make (&f->keys, &f->client, &f->server, START, f->text);
  g_assert_true (check (f, START));
  f->client.transport = GST_FEC_TRANSPORT_UDP;
  g_assert_false (check (f, START));
}

static void
test_other_server (Fixture *f, gconstpointer data)
{
  f->server.ip[15] ^= 1;
  g_assert_false (check (f, START));
  f->server.ip[15] ^= 1;
  f->server.port++;
  g_assert_false (check (f, START));
}

static void
test_swapped_ends (Fixture *f, gconstpointer data)
{
  g_assert_false (
      gst_fec_cookie_check (&f->keys, f->text, &f->server, &f->client, START));
}

static void
test_other_key (Fixture *f, gconstpointer data)
{
  GstFecCookieKeys other;

  gst_fec_cookie_keys_init (&other, 60 * SECOND, 30 * SECOND, START);
  other.id = f->keys.id;
  g_assert_false (
      gst_fec_cookie_check (&other, f->text, &f->client, &f->server, START));
  gst_fec_cookie_keys_clear (&other);
}

static void
test_other_time (Fixture *f, gconstpointer data)
{
  guchar raw[40];
  gchar text[64];
  gint state = 0, save = 0;
  guint save_in = 0;
  gsize i;

  /* The time is bytes 2 to 7: made younger, the code does not fit any more. */
  g_assert_cmpuint (
      g_base64_decode_step (f->text, 32, raw, &state, &save_in), ==, 24);
  for (i = 2; i < 8; i++) {
    raw[i]++;
    state = save = 0;
    g_base64_encode_step (raw, 24, FALSE, text, &state, &save);
    text[32] = '\0';
    g_assert_false (gst_fec_cookie_check (
        &f->keys, text, &f->client, &f->server, START + 10 * SECOND));
    raw[i]--;
  }
}

static void
test_each_bit_flipped (Fixture *f, gconstpointer data)
{
  guint i, bit;

  for (i = 0; i < GST_FEC_COOKIE_TEXT_SIZE; i++) {
    gchar copy[GST_FEC_COOKIE_TEXT_SIZE + 1] = "";

    for (bit = 0; bit < 8; bit++) {
      memcpy (copy, f->text, sizeof (f->text));
      copy[i] = (gchar) (copy[i] ^ (1 << bit));
      g_assert_false (
          gst_fec_cookie_check (&f->keys, copy, &f->client, &f->server, START));
    }
  }
}

static void
test_truncated_and_prolonged (Fixture *f, gconstpointer data)
{
  gchar longer[GST_FEC_COOKIE_TEXT_SIZE + 4];
  gsize length;

  g_snprintf (longer, sizeof (longer), "%sA", f->text);
  g_assert_false (
      gst_fec_cookie_check (&f->keys, longer, &f->client, &f->server, START));
  g_snprintf (longer, sizeof (longer), " %s", f->text);
  g_assert_false (
      gst_fec_cookie_check (&f->keys, longer, &f->client, &f->server, START));
  for (length = 0; length < 32; length++) {
    f->text[31 - length] = '\0';
    g_assert_false (check (f, START));
  }
}

static void
test_nonsense (Fixture *f, gconstpointer data)
{
  const gchar *const texts[] = { "", "obMatJos2AAAxyz",
    "================================", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_false (gst_fec_cookie_check (
        &f->keys, texts[i], &f->client, &f->server, START));
  memset (f->text, 0xff, 32);
  g_assert_false (check (f, START));
}

static void
test_previous_key_is_accepted (Fixture *f, gconstpointer data)
{
  guint16 id = f->keys.id;
  guint8 key[GST_FEC_COOKIE_KEY_SIZE];

  memcpy (key, f->keys.current, sizeof (key));
  gst_fec_cookie_make (
      &f->keys, &f->client, &f->server, START + 50 * SECOND, f->text);
  g_assert_true (check (f, START + 60 * SECOND));
  g_assert_cmpuint (f->keys.id, ==, (guint16) (id + 1));
  g_assert_cmpmem (f->keys.previous, sizeof (key), key, sizeof (key));
  g_assert_true (memcmp (f->keys.current, key, sizeof (key)) != 0);
  g_assert_true (check (f, START + 80 * SECOND));
}

static void
test_key_before_the_previous_is_forgotten (Fixture *f, gconstpointer data)
{
  GstFecCookieKeys keys;

  gst_fec_cookie_keys_init (&keys, 10 * SECOND, 1000 * SECOND, START);
  gst_fec_cookie_make (&keys, &f->client, &f->server, START, f->text);
  g_assert_true (gst_fec_cookie_check (
      &keys, f->text, &f->client, &f->server, START + 19 * SECOND));
  g_assert_false (gst_fec_cookie_check (
      &keys, f->text, &f->client, &f->server, START + 20 * SECOND));
  gst_fec_cookie_keys_clear (&keys);
}

static void
test_long_pause_forgets_both_keys (Fixture *f, gconstpointer data)
{
  guint8 key[GST_FEC_COOKIE_KEY_SIZE];

  memcpy (key, f->keys.current, sizeof (key));
  g_assert_false (check (f, START + 1000 * SECOND));
  g_assert_false (f->keys.has_previous);
  g_assert_true (memcmp (f->keys.current, key, sizeof (key)) != 0);
  gst_fec_cookie_make (
      &f->keys, &f->client, &f->server, START + 1000 * SECOND, f->text);
  g_assert_true (check (f, START + 1000 * SECOND));
}

static void
test_format_is_as_documented (Fixture *f, gconstpointer data)
{
  static const guint8 head[16] = "gst-fec cookie \x02";
  guchar raw[40], digest[32];
  guint8 input[16 + 8 + 24 + 24];
  gsize digest_size = sizeof (digest);
  gint state = 0;
  guint save = 0, i;
  guint64 ms = 0;
  GHmac *hmac;

  g_assert_cmpuint (
      g_base64_decode_step (f->text, 32, raw, &state, &save), ==, 24);
  g_assert_cmpuint (raw[0] << 8 | raw[1], ==, f->keys.id);
  for (i = 2; i < 8; i++)
    ms = ms << 8 | raw[i];
  g_assert_cmpuint (ms, ==, START / 1000);

  memset (input, 0, sizeof (input));
  memcpy (input, head, 16);
  memcpy (input + 16, raw, 8);
  memcpy (input + 24, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x03", 16);
  memcpy (input + 44, "\x0f\xa0", 2);
  memcpy (input + 46, "\0\0", 2);
  memcpy (input + 48, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01", 16);
  memcpy (input + 68, "\x18\xba", 2);
  hmac = g_hmac_new (G_CHECKSUM_SHA256, f->keys.current, 32);
  g_hmac_update (hmac, input, sizeof (input));
  g_hmac_get_digest (hmac, digest, &digest_size);
  g_hmac_unref (hmac);
  g_assert_cmpmem (raw + 8, 16, digest, 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name)                                                              \
  g_test_add ("/cookie/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (good_for_its_time);
  ADD (expired);
  ADD (from_the_future);
  ADD (other_client_address);
  ADD (other_client_port);
  ADD (other_transport);
  ADD (other_server);
  ADD (swapped_ends);
  ADD (other_key);
  ADD (other_time);
  ADD (each_bit_flipped);
  ADD (truncated_and_prolonged);
  ADD (nonsense);
  ADD (previous_key_is_accepted);
  ADD (key_before_the_previous_is_forgotten);
  ADD (long_pause_forgets_both_keys);
  ADD (format_is_as_documented);
  return g_test_run ();
}
