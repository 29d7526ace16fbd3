/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-session-client.c: a hostile server's answers to the session client.
 *
 * Input: first byte: bit 0 has a login, bit 1 an end, bit 2 does not renew, bit
 * 3 a reliable transport, bit 4 does not join. Then steps of operation:8,
 * length:8, that many bytes.
 */
#include "../unit/session/harness.h"
#include "session/sessionclient.h"

#include <gmodule.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
G_MODULE_EXPORT const char *__asan_default_options (void);
G_MODULE_EXPORT const char *__lsan_default_suppressions (void);

#define REALM "gst-fec"
#define WALL_AHEAD (1000 * (gint64) G_USEC_PER_SEC)
/* Requests that are remembered to be answered. */
#define N_ASKED 8
/* What the client may say at one time: one of each kind, one anew. */
#define MOST_AT_ONCE 8

typedef enum
{
  STEP_RAW, /* a datagram as it is */
  STEP_ATTRIBUTES, /* attributes in an answer whose frame is sound */
  STEP_ERROR, /* an error with nonce, realm, alternate as the bits say */
  STEP_SUCCESS, /* grants, description, times made of the bytes */
  STEP_TIME,
  STEP_MISSING,
  STEP_JOIN,
  STEP_RESTART,
  N_STEPS
} Step;

typedef struct
{
  GstFecSessionClient *client;
  GstFecControlMessage asked[N_ASKED];
  guint n_asked;
  guint32 report_number;
  gboolean has_login;
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
  gint64 now;
} World;

static void
must (gboolean condition)
{
  if (!condition)
    abort ();
}

/* GLib gives its tables of names up when they grow, as descriptions with caps
   make them. Only a whole stack tells them from a leak. */
const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0:malloc_context_size=8";
}

const char *
__lsan_default_suppressions (void)
{
  return "leak:call_init\nleak:g_quark_from_string\n"
         "leak:g_quark_from_static_string\n";
}

static void
check_request (World *w, const guint8 *bytes, gsize size)
{
  GstFecControlMessage *asked = &w->asked[w->n_asked++ % N_ASKED];

  must (gst_fec_control_parse (asked, bytes, size) == GST_FEC_CONTROL_OK);
  must (asked->klass == GST_FEC_CLASS_REQUEST);
  must (w->has_login || !asked->has_integrity);
  must (!asked->has_integrity ||
      (asked->nonce[0] != '\0' && asked->realm[0] != '\0'));
  must (asked->n_missing <= GST_FEC_CONTROL_MAX_MISSING);
  if (asked->method != GST_FEC_METHOD_REPORT)
    return;
  /* one more, or sent again */
  must (asked->report_number <= w->report_number + 1);
  w->report_number = MAX (w->report_number, asked->report_number);
}

/* Lets the client say what it has to say now. */
static void
speak (World *w)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  GstFecAddress alternate;
  gint64 next;
  gsize size;
  guint n = 0;

  while ((size = gst_fec_session_client_next (
              w->client, w->now, bytes, sizeof (bytes), &next)) > 0) {
    must (++n <= MOST_AT_ONCE);
    check_request (w, bytes, size);
  }
  must (next > w->now);
  if (gst_fec_session_client_get_alternate (w->client, &alternate))
    must (alternate.port != 0);
}

static void
hand_in (World *w, const guint8 *bytes, gsize size)
{
  gst_fec_session_client_handle (w->client, bytes, size, w->now);
}

/* One of the last requests; NULL: there was none. */
static const GstFecControlMessage *
choose_request (World *w, guint8 number)
{
  guint n = MIN (w->n_asked, N_ASKED);

  return n == 0 ? NULL : &w->asked[(w->n_asked - 1 - number % n) % N_ASKED];
}

static void
answer_with_attributes (World *w, const guint8 *data, gsize size)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  const GstFecControlMessage *request;
  GstFecControlMessage answer;
  gsize body;

  if (size < 2 || !(request = choose_request (w, data[0] >> 1)))
    return;
  gst_fec_control_init (&answer, request->method,
      data[0] & 1 ? GST_FEC_CLASS_ERROR : GST_FEC_CLASS_SUCCESS,
      request->transaction);
  answer.error_code = 500;
  must (gst_fec_control_write (&answer, out, sizeof (out)) > 0);
  body = (size - 1) & ~(gsize) 3;
  memcpy (out + 20, data + 1, body);
  memset (out + 20 + body, 0, 8);
  harness_seal (out, 28 + body);
  hand_in (w, out, 28 + body);
}

/* Writes @answer, signed when @data says so, and hands it in. An answer that is
   not signed as its request must not count. */
static void
send_answer (World *w, const GstFecControlMessage *request,
    GstFecControlMessage *answer, gboolean sign)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  GstFecClientState before = gst_fec_session_client_get_state (w->client);
  GstFecClientState after;
  gboolean challenge = answer->error_code == 401 || answer->error_code == 438;
  gsize size;

  answer->key = sign ? w->key : NULL;
  size = gst_fec_control_write (answer, out, sizeof (out));
  if (size == 0)
    return;
  hand_in (w, out, size);
  after = gst_fec_session_client_get_state (w->client);
  if (request->has_integrity && !sign && !challenge)
    must (after == before || after == GST_FEC_CLIENT_REFUSED);
}

static void
answer_with_error (World *w, const guint8 *data, gsize size)
{
  static const guint codes[] = { 300, 400, 401, 403, 404, 420, 437, 438, 440,
    441, 486, 500, 503, 508, 510, 699 };
  const GstFecControlMessage *request;
  GstFecControlMessage answer;

  if (size < 3 || !(request = choose_request (w, data[0])))
    return;
  gst_fec_control_init (
      &answer, request->method, GST_FEC_CLASS_ERROR, request->transaction);
  answer.error_code = codes[data[1] % G_N_ELEMENTS (codes)];
  if (data[2] & 1)
    g_strlcpy (answer.nonce, data[2] & 2 ? "a" : "b", sizeof (answer.nonce));
  if (data[2] & 4)
    g_strlcpy (
        answer.realm, data[2] & 8 ? "other" : REALM, sizeof (answer.realm));
  if (data[2] & 16 && size >= 9) {
    answer.has_alternate = TRUE;
    gst_fec_address_set_ipv4 (
        &answer.alternate, data + 3, (guint16) (data[7] << 8 | data[8]));
  }
  send_answer (w, request, &answer, data[2] & 32);
}

static guint64
read_time (const guint8 *data)
{
  guint64 far = 0;

  if (data[0] == 255)
    return G_MAXUINT64;
  memcpy (&far, data, 3);
  return far * 1000;
}

static void
answer_with_success (World *w, const guint8 *data, gsize size)
{
  const GstFecControlMessage *request;
  GstFecControlMessage answer;

  if (size < 9 || !(request = choose_request (w, data[0])))
    return;
  gst_fec_control_init (
      &answer, request->method, GST_FEC_CLASS_SUCCESS, request->transaction);
  answer.server_time = (guint64) (w->now + WALL_AHEAD);
  if (data[1] & 1)
    answer.server_time = read_time (data + 3);
  answer.session_id = data[1] & 2 ? 0 : 1 + (data[1] >> 6);
  answer.lifetime_seconds = data[2];
  answer.n_grants = data[1] & 4 ? 0 : 1;
  answer.grants[0].tsi = 5;
  answer.grants[0].lease_end = answer.server_time + read_time (data + 6);
  if (data[1] & 8)
    answer.grants[0].error = (guint16) (300 + data[2]);
  if (request->method == GST_FEC_METHOD_DESCRIBE)
    g_strlcpy (answer.description,
        "v=0\r\no=- 5 0 IN IP4 192.0.2.1\r\ns=live\r\nt=0 0\r\n"
        "m=application 6330 ALC/UDP 0\r\nc=IN IP4 192.0.2.1\r\n"
        "a=alc-tsi:5\r\na=FEC-declaration:0 encoding-id=6\r\na=FEC:0\r\n",
        sizeof (answer.description));
  send_answer (w, request, &answer, data[1] & 16);
}

static void
do_step (World *w, guint8 operation, const guint8 *data, gsize size)
{
  switch ((Step) (operation % N_STEPS)) {
    case STEP_RAW:
      hand_in (w, data, size);
      break;
    case STEP_ATTRIBUTES:
      answer_with_attributes (w, data, size);
      break;
    case STEP_ERROR:
      answer_with_error (w, data, size);
      break;
    case STEP_SUCCESS:
      answer_with_success (w, data, size);
      break;
    case STEP_TIME:
      w->now += 1000 + (gint64) size * size * 10000;
      break;
    case STEP_MISSING:
      for (; size >= 2; data += 2, size -= 2)
        gst_fec_session_client_report_missing (
            w->client, data[0], 0, data[1], data[1], w->now);
      break;
    case STEP_JOIN:
      gst_fec_session_client_set_join (w->client, size & 1, w->now);
      break;
    case STEP_RESTART:
      gst_fec_session_client_restart (w->client, w->now);
      break;
    case N_STEPS:
      break;
  }
}

static World *
world_new (guint8 how)
{
  World *w = g_new0 (World, 1);
  GstFecClientSettings settings;

  w->now = G_USEC_PER_SEC;
  w->has_login = how & 1;
  gst_fec_client_settings_init (&settings);
  settings.channel = "live";
  if (w->has_login) {
    settings.user = "alice";
    settings.password = "secret";
    gst_fec_control_make_key ("alice", REALM, "secret", w->key);
  }
  if (how & 2)
    settings.lease_end = (guint64) (w->now + WALL_AHEAD + 100000000);
  settings.renew = !(how & 4);
  settings.join = !(how & 16);
  w->client = gst_fec_session_client_new (&settings);
  gst_fec_session_client_set_reliable (w->client, how & 8);
  return w;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  World *w;

  if (!gst_is_initialized ())
    gst_init (NULL, NULL);
  if (size < 1)
    return 0;
  w = world_new (data[0]);
  data++, size--;
  speak (w);
  while (size >= 2) {
    gsize n = MIN (data[1], size - 2);

    do_step (w, data[0], data + 2, n);
    speak (w);
    data += 2 + n;
    size -= 2 + n;
  }
  gst_structure_free (gst_fec_session_client_get_stats (w->client));
  gst_fec_session_client_leave (w->client, bytes, sizeof (bytes));
  gst_fec_session_client_free (w->client);
  g_free (w);
  return 0;
}
