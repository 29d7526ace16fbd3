/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clientfixture.c: a session client and a server that answers by hand. */
#include "clientfixture.h"

void
client_set_up (ClientFixture *f, gconstpointer data)
{
  GstFecClientSettings settings;

  gst_fec_client_settings_init (&settings);
  settings.channel = "live";
  f->client = gst_fec_session_client_new (&settings);
  f->now = 50 * SECOND;
}

void
client_renew (ClientFixture *f, const GstFecClientSettings *settings)
{
  gst_fec_session_client_free (f->client);
  f->client = gst_fec_session_client_new (settings);
}

void
client_tear_down (ClientFixture *f, gconstpointer data)
{
  gst_fec_session_client_free (f->client);
}

gboolean
client_ask (ClientFixture *f)
{
  f->size = gst_fec_session_client_next (
      f->client, f->now, f->bytes, sizeof (f->bytes), &f->next);
  if (f->size == 0)
    return FALSE;
  g_assert_cmpint (gst_fec_control_parse (&f->sent, f->bytes, f->size), ==,
      GST_FEC_CONTROL_OK);
  f->n_sent++;
  return TRUE;
}

void
client_wait_and_ask (ClientFixture *f, gint64 us)
{
  gint64 end = f->now + us;

  while (!client_ask (f)) {
    g_assert_cmpint (f->next, <=, end);
    g_assert_cmpint (f->next, >, f->now);
    f->now = f->next;
  }
}

gboolean
client_hand_in (ClientFixture *f, const GstFecControlMessage *answer)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (answer, bytes, sizeof (bytes));

  g_assert_cmpuint (size, >, 0);
  return gst_fec_session_client_handle (f->client, bytes, size, f->now);
}

void
client_answer_to (const GstFecControlMessage *request, guint error,
    GstFecControlMessage *answer)
{
  gst_fec_control_init (answer, request->method,
      error == 0 ? GST_FEC_CLASS_SUCCESS : GST_FEC_CLASS_ERROR,
      request->transaction);
  answer->error_code = error;
  answer->server_time = 1000 * SECOND;
  if (error == 401 || error == 438) {
    g_strlcpy (answer->nonce, "fresh", sizeof (answer->nonce));
    g_strlcpy (answer->realm, "gst-fec", sizeof (answer->realm));
  }
  if (error != 0)
    return;
  if (request->method == GST_FEC_METHOD_CONNECT) {
    answer->session_id = CLIENT_ID;
    answer->lifetime_seconds = 30;
  }
  if (request->method == GST_FEC_METHOD_DESCRIBE) {
    GstFecDescription description = {
      .name = (gchar *) "live", .tsi = 5, .symbol_size = 1344, .alignment = 4
    };
    GstFecAddress origin;
    const guint8 ip[4] = { 192, 0, 2, 1 };
    gchar *sdp;

    gst_fec_address_set_ipv4 (&origin, ip, 6330);
    sdp = gst_fec_description_to_sdp (&description, &origin);
    g_strlcpy (answer->description, sdp, sizeof (answer->description));
    g_free (sdp);
  }
  if (request->n_channels > 0 && request->method != GST_FEC_METHOD_DESCRIBE) {
    answer->n_grants = 1;
    answer->grants[0].tsi = 5;
    answer->grants[0].lease_end = answer->server_time + 60 * SECOND;
  }
}

gboolean
client_reply (ClientFixture *f, guint error)
{
  GstFecControlMessage answer;

  client_answer_to (&f->sent, error, &answer);
  answer.server_time = (guint64) (f->now + 950 * SECOND);
  answer.grants[0].lease_end = f->sent.channels[0].lease_end != 0
      ? f->sent.channels[0].lease_end
      : answer.server_time + 60 * SECOND;
  answer.key = f->key;
  return client_hand_in (f, &answer);
}

void
client_run (ClientFixture *f, gint64 end)
{
  while (f->now < end) {
    if (client_ask (f))
      client_reply (f, 0);
    else
      f->now = MIN (f->next, end);
  }
}

GstFecClientState
client_state (ClientFixture *f)
{
  return gst_fec_session_client_get_state (f->client);
}

guint64
client_counter (ClientFixture *f, const gchar *name)
{
  GstStructure *stats = gst_fec_session_client_get_stats (f->client);
  guint64 value = 0;

  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  gst_structure_free (stats);
  return value;
}

void
client_join (ClientFixture *f)
{
  g_assert_true (client_ask (f));
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  g_assert_true (client_reply (f, 0));
  while (client_ask (f))
    client_reply (f, 0);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
}
