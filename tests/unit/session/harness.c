/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * harness.c: see harness.h.
 */
#include "harness.h"

#include <string.h>

static void
listener_added (gpointer user_data, guint64 session_id,
    const GstFecAddress *client, guint32 tsi)
{
  Harness *h = user_data;
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];

  h->listeners++;
  h->added++;
  g_string_append_printf (
      h->changes, "+%u@%s ", tsi, gst_fec_address_format (client, text));
}

static void
listener_removed (gpointer user_data, guint64 session_id,
    const GstFecAddress *client, guint32 tsi, GstFecEndReason reason)
{
  Harness *h = user_data;
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];

  g_assert_cmpuint (h->listeners, >, 0);
  h->listeners--;
  g_string_append_printf (h->changes, "-%u@%s:%s ", tsi,
      gst_fec_address_format (client, text), gst_fec_end_reason_nick (reason));
}

static gboolean
may_join (gpointer user_data, const GstFecAddress *client, const gchar *user,
    guint32 tsi)
{
  Harness *h = user_data;

  g_string_append_printf (h->told, "%s?%u ", user != NULL ? user : "", tsi);
  return h->allow;
}

static void
reported (gpointer user_data, guint64 session_id, const GstFecAddress *client,
    const GstFecChannelReport *report)
{
  Harness *h = user_data;

  g_string_append_printf (h->losses, "%u:%u ", report->tsi, report->lost);
}

static void
missing (gpointer user_data, guint64 session_id, const GstFecAddress *client,
    const GstFecMissing *object)
{
  Harness *h = user_data;

  g_string_append_printf (h->told, "%u:%u ", object->tsi, object->count);
}

Harness *
harness_new (const GstFecSessionSettings *settings)
{
  const GstFecSessionCallbacks callbacks = { listener_added, listener_removed,
    may_join, reported, missing };
  GstFecSessionSettings defaults;
  Harness *h = g_new0 (Harness, 1);

  gst_fec_session_settings_init (&defaults);
  h->address = harness_ipv4 (192, 0, 2, 1, 6330);
  h->now = 1000 * G_USEC_PER_SEC;
  h->wall = 1700000000 * (gint64) G_USEC_PER_SEC;
  h->changes = g_string_new (NULL);
  h->told = g_string_new (NULL);
  h->losses = g_string_new (NULL);
  h->allow = TRUE;
  h->server = gst_fec_session_server_new (
      settings != NULL ? settings : &defaults, &callbacks, h);
  return h;
}

void
harness_free (Harness *h)
{
  gst_fec_session_server_free (h->server);
  g_string_free (h->changes, TRUE);
  g_string_free (h->told, TRUE);
  g_string_free (h->losses, TRUE);
  g_free (h);
}

void
harness_add_channels (Harness *h, guint n)
{
  static const gchar *const names[] = { "one", "two", "three", "four" };
  guint i;

  for (i = 0; i < n; i++) {
    GstFecDescription description = { .name = (gchar *) names[i],
      .tsi = i + 1,
      .symbol_size = 1344,
      .alignment = 4 };
    gchar *sdp = gst_fec_description_to_sdp (&description, &h->address);

    g_assert_true (
        gst_fec_session_server_add_channel (h->server, i + 1, names[i], sdp));
    g_free (sdp);
  }
}

GstFecAddress
harness_ipv4 (guint8 a, guint8 b, guint8 c, guint8 d, guint16 port)
{
  const guint8 ip[4] = { a, b, c, d };
  GstFecAddress address;

  gst_fec_address_set_ipv4 (&address, ip, port);
  return address;
}

void
harness_advance (Harness *h, gint64 us)
{
  gint64 end = h->now + us;

  for (;;) {
    gint64 next = gst_fec_session_server_tick (h->server, h->now);

    if (next > end)
      break;
    g_assert_cmpint (next, >, h->now);
    h->wall += next - h->now;
    h->now = next;
  }
  h->wall += end - h->now;
  h->now = end;
}

gsize
harness_send (Harness *h, const guint8 *data, gsize size,
    const GstFecAddress *from, GstFecControlMessage *answer)
{
  h->request_size = size;
  h->answer_size = gst_fec_session_server_handle (h->server, data, size, from,
      &h->address, h->now, h->wall, h->reply, sizeof (h->reply));
  if (h->answer_size > 0 && answer != NULL)
    g_assert_cmpint (gst_fec_control_parse (answer, h->reply, h->answer_size),
        ==, GST_FEC_CONTROL_OK);
  return h->answer_size;
}

gboolean
harness_ask (Harness *h, const GstFecControlMessage *request,
    const GstFecAddress *from, GstFecControlMessage *answer)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (request, data, sizeof (data));

  g_assert_cmpuint (size, >, 0);
  if (harness_send (h, data, size, from, answer) == 0)
    return FALSE;
  g_assert_cmpmem (answer->transaction, 12, request->transaction, 12);
  g_assert_cmpint (answer->method, ==, request->method);
  return TRUE;
}

void
harness_want (GstFecControlMessage *request, const gchar *name,
    guint32 lease_seconds, guint64 lease_end)
{
  GstFecChannelRequest *wish = &request->channels[request->n_channels++];

  g_strlcpy (wish->name, name, sizeof (wish->name));
  wish->lease_seconds = lease_seconds;
  wish->lease_end = lease_end;
}

void
harness_prove (
    Harness *h, GstFecControlMessage *request, const GstFecAddress *from)
{
  const guint8 *key = request->key;
  GstFecControlMessage answer;

  request->key = NULL;
  request->nonce[0] = '\0';
  g_assert_true (harness_ask (h, request, from, &answer));
  g_assert_cmpuint (answer.error_code, ==, GST_FEC_ERROR_UNAUTHENTICATED);
  g_strlcpy (request->nonce, answer.nonce, sizeof (request->nonce));
  g_strlcpy (request->realm, answer.realm, sizeof (request->realm));
  request->key = key;
}

void
harness_sign (GstFecControlMessage *request, const gchar *user,
    const gchar *password, guint8 key[GST_FEC_CONTROL_KEY_SIZE])
{
  if (request->realm[0] == '\0')
    g_strlcpy (request->realm, "gst-fec", sizeof (request->realm));
  g_strlcpy (request->username, user, sizeof (request->username));
  gst_fec_control_make_key (user, request->realm, password, key);
  request->key = key;
}

static guint64
connect_with_cookie (Harness *h, const GstFecAddress *from, const gchar *name)
{
  GstFecControlMessage request, answer;

  gst_fec_control_init (
      &request, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  if (name != NULL)
    harness_want (&request, name, 0, 0);
  g_assert_true (harness_ask (h, &request, from, &answer));
  g_assert_cmpuint (answer.error_code, ==, GST_FEC_ERROR_UNAUTHENTICATED);
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (h, &request, from, &answer));
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_cmpuint (answer.session_id, !=, 0);
  return answer.session_id;
}

guint64
harness_connect (Harness *h, const GstFecAddress *from)
{
  return connect_with_cookie (h, from, NULL);
}

guint64
harness_connect_to (Harness *h, const GstFecAddress *from, const gchar *name)
{
  return connect_with_cookie (h, from, name);
}

guint
harness_request (Harness *h, const GstFecAddress *from, guint64 id,
    GstFecMethod method, const gchar *name, guint32 lease_seconds,
    GstFecControlMessage *answer)
{
  GstFecControlMessage request, ignored;

  if (answer == NULL)
    answer = &ignored;
  gst_fec_control_init (&request, method, GST_FEC_CLASS_REQUEST, NULL);
  request.session_id = id;
  if (name != NULL)
    harness_want (&request, name, lease_seconds, 0);
  g_assert_true (harness_ask (h, &request, from, answer));
  if (answer->klass == GST_FEC_CLASS_ERROR)
    return answer->error_code;
  return answer->n_grants > 0 ? answer->grants[0].error : 0;
}

guint64
harness_counter (Harness *h, const gchar *name)
{
  GstStructure *stats = gst_fec_session_server_get_stats (h->server);
  guint64 value = 0;

  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  gst_structure_free (stats);
  return value;
}

guint
harness_number (Harness *h, const gchar *name)
{
  GstStructure *stats = gst_fec_session_server_get_stats (h->server);
  guint value = 0;

  g_assert_true (gst_structure_get_uint (stats, name, &value));
  gst_structure_free (stats);
  return value;
}

static guint32
crc32_of (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffff;
  guint bit;

  while (size-- > 0) {
    crc ^= *data++;
    for (bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

void
harness_seal (guint8 *data, gsize size)
{
  guint32 crc;

  data[2] = (guint8) ((size - 20) >> 8);
  data[3] = (guint8) (size - 20);
  data[size - 8] = 0x80;
  data[size - 7] = 0x28;
  data[size - 6] = 0;
  data[size - 5] = 4;
  crc = crc32_of (data, size - 8) ^ 0x5354554e;
  data[size - 4] = (guint8) (crc >> 24);
  data[size - 3] = (guint8) (crc >> 16);
  data[size - 2] = (guint8) (crc >> 8);
  data[size - 1] = (guint8) crc;
}

gsize
harness_insert (
    guint8 *data, gsize size, guint16 type, const guint8 *value, guint16 length)
{
  guint8 *out = data + size - 8;

  out[0] = (guint8) (type >> 8);
  out[1] = (guint8) type;
  out[2] = (guint8) (length >> 8);
  out[3] = (guint8) length;
  memcpy (out + 4, value, length);
  size += 4 + length;
  harness_seal (data, size);
  return size;
}

void
harness_begin (GstFecControlMessage *request, GstFecMethod method, guint64 id)
{
  gst_fec_control_init (request, method, GST_FEC_CLASS_REQUEST, NULL);
  request->session_id = id;
}

void
harness_stay_awake (
    Harness *h, const GstFecAddress *from, guint64 id, gint64 us)
{
  gint64 end = h->now + us;

  while (h->now < end) {
    harness_advance (h, MIN (5 * (gint64) G_USEC_PER_SEC, end - h->now));
    harness_request (h, from, id, GST_FEC_METHOD_REPORT, NULL, 0, NULL);
  }
}
