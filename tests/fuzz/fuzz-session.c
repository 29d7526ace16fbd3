/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-session.c: arbitrary datagrams, and attributes in sound frames with or
 * without a valid cookie, session and login, for the session server and a
 * client of it; reports of losses and missing symbols, and connections that
 * break.
 *
 * Input: steps of operation:8, length:8, that many bytes.
 */
#include "../unit/session/harness.h"
#include "session/sessionclient.h"
#include "session/sessionserver-private.h"

#include <gmodule.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
G_MODULE_EXPORT const char *__asan_default_options (void);
G_MODULE_EXPORT const char *__lsan_default_suppressions (void);

#define USERNAME_ATTRIBUTE 0x0006
#define INTEGRITY_ATTRIBUTE 0x0008
#define REALM_ATTRIBUTE 0x0014
#define NONCE_ATTRIBUTE 0x0015
#define SESSION_ID_ATTRIBUTE 0x7f01
#define N_PEERS 4

typedef enum
{
  STEP_RAW, /* a datagram as it is */
  STEP_FRAMED, /* attributes in a sound request */
  STEP_WITH_COOKIE, /* the same with a valid cookie */
  STEP_IN_SESSION, /* the same in a session */
  STEP_TIME,
  STEP_CLIENT_RAW, /* a datagram to the client */
  STEP_CLIENT_ANSWER, /* attributes in an answer it waits for */
  STEP_CLIENT_SERVED, /* the client's request, answered honestly */
  STEP_SIGNED, /* attributes with cookie and session, signed by a user */
  STEP_REPORT, /* losses and missing symbols, in a session */
  STEP_LOGINS, /* other credentials, or none */
  STEP_RATE, /* of a channel */
  STEP_DISCONNECT,
  N_STEPS
} Step;

typedef struct
{
  Harness *h;
  GstFecSessionClient *client;
  GstFecAddress peers[N_PEERS];
  gchar nonces[N_PEERS][GST_FEC_CONTROL_MAX_NONCE + 1];
  guint64 ids[N_PEERS];
  gboolean logins; /* the server wants them */
  guint8 request[GST_FEC_CONTROL_MAX_SIZE]; /* the client's last one */
  gsize request_size;
} World;

static void
must (gboolean condition)
{
  if (!condition)
    abort ();
}

/* GLib's first table of quarks is given up when GStreamer fills it. It was made
   by the loader: only a whole stack tells it from a leak. */
const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0:malloc_context_size=8";
}

const char *
__lsan_default_suppressions (void)
{
  return "leak:call_init\n";
}

static void
check_egress (GstFecSessionServer *server)
{
  GHashTableIter iter;
  gpointer value;
  guint64 egress = 0;
  guint leases = 0;

  g_hash_table_iter_init (&iter, server->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const GstFecSessionChannel *channel = value;

    egress += channel->rate * channel->n_leases;
    leases += channel->n_leases;
  }
  must (egress == server->egress);
  must (leases == gst_fec_session_table_get_n_leases (server->table));
}

static void
check_users (GstFecSessionServer *server)
{
  GstFecSession *session;
  guint place, users = 0;

  for (place = 0;
       (session = gst_fec_session_table_next (server->table, &place));
       place++) {
    must (session->user == 0 ||
        gst_fec_usernames_get (server->usernames, session->user) != NULL);
    users += session->user != 0;
  }
  must (gst_fec_usernames_get_n (server->usernames) <= users);
}

/* What must hold after each step. */
static void
check (World *w)
{
  GstFecSessionServer *server = w->h->server;
  const gchar *what;

  must (gst_fec_timer_wheel_validate (&server->wheel, &what));
  must (w->h->listeners == gst_fec_session_table_get_n_leases (server->table));
  must (gst_fec_session_table_get_n_sessions (server->table) ==
      server->wheel.n_timers);
  check_egress (server);
  check_users (server);
}

static gsize
put_header (guint8 *out, guint method, guint klass, const guint8 *transaction)
{
  guint type = (method & 0xf) | (method & 0x70) << 1 | (method & 0xf80) << 2 |
      (klass & 1) << 4 | (klass & 2) << 7;

  memset (out, 0, 28);
  out[0] = (guint8) (type >> 8);
  out[1] = (guint8) type;
  memcpy (out + 4, "\x21\x12\xa4\x42", 4);
  if (transaction != NULL)
    memcpy (out + 8, transaction, 12);
  return 28;
}

/* Whatever @data says, as the attributes of a message whose frame is sound. */
static gsize
frame (guint8 *out, guint klass, const guint8 *transaction, const guint8 *data,
    gsize size)
{
  guint method = GST_FEC_METHOD_CONNECT + (size > 0 ? data[0] % 5 : 0);
  gsize body = size > 1 ? (size - 1) & ~(gsize) 3 : 0;

  put_header (out, method, klass, transaction);
  if (body > 0)
    memcpy (out + 20, data + 1, body);
  harness_seal (out, 28 + body);
  return 28 + body;
}

static void
to_server (
    World *w, guint peer, const guint8 *data, gsize size, gboolean unproved)
{
  GstFecControlMessage answer;

  if (harness_send (w->h, data, size, &w->peers[peer], &answer) == 0)
    return;
  if (unproved)
    must (w->h->answer_size <= size);
  if (answer.nonce[0] != '\0')
    g_strlcpy (w->nonces[peer], answer.nonce, sizeof (w->nonces[peer]));
  if (answer.session_id != 0)
    w->ids[peer] = answer.session_id;
}

static gsize
insert_cookie (World *w, guint peer, guint8 *out, gsize size)
{
  GstFecControlMessage connect;
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];

  gst_fec_control_init (
      &connect, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  to_server (w, peer, bytes,
      gst_fec_control_write (&connect, bytes, sizeof (bytes)), FALSE);
  return harness_insert (out, size, NONCE_ATTRIBUTE,
      (const guint8 *) w->nonces[peer], (guint16) strlen (w->nonces[peer]));
}

static gsize
insert_session (World *w, guint peer, guint8 *out, gsize size)
{
  guint64 id = GUINT64_TO_BE (w->ids[peer]);

  return harness_insert (
      out, size, SESSION_ID_ATTRIBUTE, (const guint8 *) &id, sizeof (id));
}

/* @text of a length that needs no padding. */
static gsize
insert_text (guint8 *out, gsize size, guint16 type, const gchar *text)
{
  return harness_insert (
      out, size, type, (const guint8 *) text, (guint16) strlen (text));
}

/* What libnice does with a key, for attributes that only this file writes. */
static gsize
insert_signature (
    guint8 *out, gsize size, const gchar *user, const gchar *password)
{
  static const guint8 empty[20];
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
  gsize offset, code_size = 20;
  GHmac *hmac;

  gst_fec_control_make_key (user, "home", password, key);
  size = insert_text (out, size, USERNAME_ATTRIBUTE, user);
  size = insert_text (out, size, REALM_ATTRIBUTE, "home");
  offset = size - 8;
  size = harness_insert (out, size, INTEGRITY_ATTRIBUTE, empty, 20);
  out[2] = (guint8) ((offset + 24 - 20) >> 8);
  out[3] = (guint8) (offset + 24 - 20);
  hmac = g_hmac_new (G_CHECKSUM_SHA1, key, sizeof (key));
  g_hmac_update (hmac, out, (gssize) offset);
  g_hmac_get_digest (hmac, out + offset + 4, &code_size);
  g_hmac_unref (hmac);
  harness_seal (out, size);
  return size;
}

static void
send_signed (World *w, guint peer, const guint8 *data, gsize size)
{
  static const gchar *const users[][2] = { { "anna", "sesame" },
    { "bob_", "open" }, { "anna", "wrong" }, { "eve_", "sesame" } };
  const guint which = size > 1 ? data[1] % G_N_ELEMENTS (users) : 0;
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  gsize n = frame (out, GST_FEC_CLASS_REQUEST, NULL, data, size);

  n = insert_cookie (w, peer, out, n);
  n = insert_session (w, peer, out, n);
  n = insert_signature (out, n, users[which][0], users[which][1]);
  to_server (w, peer, out, n, FALSE);
}

/* Numbers from @data, as many as there are; the signature is right or there is
   none. */
static void
send_report (World *w, guint peer, const guint8 *data, gsize size)
{
  GstFecControlMessage report;
  guint8 out[GST_FEC_CONTROL_MAX_SIZE], key[GST_FEC_CONTROL_KEY_SIZE];
  gsize i;

  gst_fec_control_init (
      &report, GST_FEC_METHOD_REPORT, GST_FEC_CLASS_REQUEST, NULL);
  report.session_id = w->ids[peer];
  report.report_number = size > 0 ? data[0] : 0;
  for (i = 1; i + 3 <= size && i < 60; i += 3) {
    GstFecChannelReport *losses = &report.reports[report.n_reports++];
    GstFecMissing *missing = &report.missing[report.n_missing++];

    losses->tsi = missing->tsi = data[i] % 5;
    losses->lost = data[i + 1] * (guint32) 0x1010101;
    losses->received = data[i + 2];
    missing->count = MAX (data[i + 1], 1);
  }
  if (w->logins) {
    g_strlcpy (report.username, "anna", sizeof (report.username));
    g_strlcpy (report.realm, "home", sizeof (report.realm));
    gst_fec_control_make_key ("anna", "home", "sesame", key);
    report.key = key;
  }
  to_server (
      w, peer, out, gst_fec_control_write (&report, out, sizeof (out)), FALSE);
}

static void
set_logins (World *w, const guint8 *data, gsize size)
{
  static const gchar *const some[] = { "t*", NULL };
  const guint8 how = size > 0 ? data[0] : 0;
  GstFecCredentials *credentials = NULL;

  w->logins = (how & 3) != 0;
  if (w->logins) {
    credentials = gst_fec_credentials_new ("home");
    gst_fec_credentials_add_users (credentials,
        how & 4 ? "anna:sesame" : "anna:sesame:o*,bob_:open", NULL);
    if (how & 2)
      gst_fec_credentials_allow_anonymous (credentials, some);
  }
  gst_fec_session_server_set_credentials (w->h->server, credentials);
  gst_fec_credentials_unref (credentials);
}

static void
client_speaks (World *w, gboolean served)
{
  guint8 reply[GST_FEC_CONTROL_MAX_SIZE];
  gint64 next;
  gsize size;

  w->request_size = gst_fec_session_client_next (
      w->client, w->h->now, w->request, sizeof (w->request), &next);
  if (!served || w->request_size == 0)
    return;
  size = gst_fec_session_server_handle (w->h->server, w->request,
      w->request_size, &w->peers[0], &w->h->address, w->h->now, w->h->wall,
      reply, sizeof (reply));
  if (size > 0)
    gst_fec_session_client_handle (w->client, reply, size, w->h->now);
}

static void
answer_client (World *w, const guint8 *data, gsize size)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];

  client_speaks (w, FALSE);
  if (w->request_size == 0 || size == 0)
    return;
  size =
      frame (out, data[0] & 0x80 ? GST_FEC_CLASS_ERROR : GST_FEC_CLASS_SUCCESS,
          w->request + 8, data, size);
  /* The method of the request, so that the answer is looked at. */
  out[1] = (guint8) ((w->request[1] & 0xef) | (out[1] & 0x10));
  out[0] = (guint8) ((w->request[0] & 0xfe) | (out[0] & 0x01));
  harness_seal (out, size);
  gst_fec_session_client_handle (w->client, out, size, w->h->now);
}

static void
do_step (World *w, guint8 operation, const guint8 *data, gsize size)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  guint peer = (operation >> 6) % N_PEERS;
  gsize n;

  switch ((Step) ((operation & 0x3f) % N_STEPS)) {
    case STEP_RAW:
      to_server (w, peer, data, size, TRUE);
      break;
    case STEP_FRAMED:
      n = frame (out, GST_FEC_CLASS_REQUEST, NULL, data, size);
      to_server (w, peer, out, n, TRUE);
      break;
    case STEP_WITH_COOKIE:
      n = frame (out, GST_FEC_CLASS_REQUEST, NULL, data, size);
      n = insert_cookie (w, peer, out, n);
      to_server (w, peer, out, n, FALSE);
      break;
    case STEP_IN_SESSION:
      n = frame (out, GST_FEC_CLASS_REQUEST, NULL, data, size);
      to_server (w, peer, out, insert_session (w, peer, out, n), FALSE);
      break;
    case STEP_TIME:
      harness_advance (w->h, (gint64) size * size * 10000);
      break;
    case STEP_CLIENT_RAW:
      gst_fec_session_client_handle (w->client, data, size, w->h->now);
      break;
    case STEP_CLIENT_ANSWER:
      answer_client (w, data, size);
      break;
    case STEP_CLIENT_SERVED:
      client_speaks (w, TRUE);
      break;
    case STEP_SIGNED:
      send_signed (w, peer, data, size);
      break;
    case STEP_REPORT:
      send_report (w, peer, data, size);
      break;
    case STEP_LOGINS:
      set_logins (w, data, size);
      break;
    case STEP_RATE:
      gst_fec_session_server_set_rate (
          w->h->server, 1 + peer % 3, (guint64) size * size << size % 64);
      break;
    case STEP_DISCONNECT:
      gst_fec_session_server_disconnect (
          w->h->server, &w->peers[peer], w->h->now);
      break;
    case N_STEPS:
      break;
  }
}

static World *
world_new (void)
{
  World *w = g_new0 (World, 1);
  GstFecSessionSettings limits;
  GstFecClientSettings settings;
  guint i;

  gst_fec_session_settings_init (&limits);
  limits.max_egress = 100000;
  limits.max_sessions_per_prefix = limits.max_sessions_per_address = 2;
  limits.breaker_time = 1;
  limits.n_alternates = 1;
  limits.alternates[0] = harness_ipv4 (192, 0, 2, 9, 9);
  w->h = harness_new (&limits);
  harness_add_channels (w->h, 3);
  for (i = 0; i < N_PEERS; i++)
    w->peers[i] = harness_ipv4 (10, 0, (guint8) i, 1, 1000);
  gst_fec_client_settings_init (&settings);
  settings.channel = "one";
  w->client = gst_fec_session_client_new (&settings);
  return w;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  World *w;

  if (!gst_is_initialized ())
    gst_init (NULL, NULL);
  w = world_new ();
  while (size >= 2) {
    guint8 operation = data[0];
    gsize n = MIN (data[1], size - 2);

    do_step (w, operation, data + 2, n);
    check (w);
    data += 2 + n;
    size -= 2 + n;
  }
  gst_fec_session_client_free (w->client);
  harness_free (w->h);
  g_free (w);
  return 0;
}
