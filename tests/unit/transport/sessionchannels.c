/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sessionchannels.c: tests of one session with several channels of a hub, each with its own beginning and end. */
#include <arpa/inet.h>
#include <gio/gio.h>
#include <gst/gst.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "testclient.h"
#include "transport/hub.h"
#include "wire/alc.h"
#include "wire/control.h"

#define N_CHANNELS 2
#define PACKET_SIZE 1384
#define TIMEOUT_MS 10000

typedef struct
{
  GstFecHub *hub;
  GstFecHubChannel
      *channels[N_CHANNELS]; /* "film/1" and "film/2", TSI 1 and 2 */
  gint64 time; /* of the hub's clock */
  guint16 seq;
  gint fd;
  guint64 session_id;
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];
  guint received[N_CHANNELS];
} Fixture;

static gint64
get_time (gpointer user_data)
{
  Fixture *f = user_data;

  return __atomic_load_n (&f->time, __ATOMIC_SEQ_CST);
}

static void
let_pass (Fixture *f, gint64 seconds)
{
  __atomic_add_fetch (&f->time, seconds * G_USEC_PER_SEC, __ATOMIC_SEQ_CST);
  gst_fec_hub_tick (f->hub);
}

static void
setup (Fixture *f, gconstpointer data)
{
  struct sockaddr_in server = { .sin_family = AF_INET };
  GstFecDescription description = {
    .symbol_size = PACKET_SIZE - GST_FEC_ALC_HEADER_SIZE,
    .alignment = 4,
  };
  GError *error = NULL;

  f->time = g_get_monotonic_time ();
  f->seq = 100;
  f->hub = gst_fec_hub_new ();
  gst_fec_hub_set_clock (f->hub, get_time, f);
  for (guint i = 0; i < N_CHANNELS; i++) {
    gchar name[] = { 'f', 'i', 'l', 'm', '/', (gchar) ('1' + i), 0 };

    description.name = name;
    description.tsi = i + 1;
    f->channels[i] = gst_fec_hub_add_channel (f->hub, &description, &error);
    g_assert_no_error (error);
  }
  gst_fec_hub_start (f->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);

  f->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  server.sin_port = htons (gst_fec_hub_get_port (f->hub));
  inet_pton (AF_INET, "127.0.0.1", &server.sin_addr);
  g_assert_cmpint (
      connect (f->fd, (struct sockaddr *) &server, sizeof (server)), ==, 0);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  gst_fec_hub_stop (f->hub);
  gst_object_unref (f->hub);
  close (f->fd);
}

/* Sends a request and waits for its answer. */
static void
ask (Fixture *f, const GstFecControlMessage *request,
    GstFecControlMessage *answer)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (request, data, sizeof (data));
  struct pollfd pfd = { .fd = f->fd, .events = POLLIN };
  gssize got;

  g_assert_cmpint (send (f->fd, data, size, 0), ==, size);
  g_assert_cmpint (poll (&pfd, 1, TIMEOUT_MS), ==, 1);
  got = recv (f->fd, data, sizeof (data), 0);
  g_assert_cmpint (got, >, 0);
  g_assert_cmpint (
      gst_fec_control_parse (answer, data, got), ==, GST_FEC_CONTROL_OK);
  g_assert_cmpmem (answer->transaction, sizeof (answer->transaction),
      request->transaction, sizeof (request->transaction));
}

/* Asks for one channel, with a session to begin or the one there is; the answer's grant is checked. */
static void
ask_for (Fixture *f, GstFecMethod method, guint channel, guint32 seconds,
    guint64 end, GstFecControlMessage *answer)
{
  GstFecControlMessage *request = g_new0 (GstFecControlMessage, 1);

  gst_fec_control_init (request, method, GST_FEC_CLASS_REQUEST, NULL);
  request->session_id = f->session_id;
  g_strlcpy (request->nonce, f->nonce, sizeof (request->nonce));
  request->n_channels = 1;
  g_snprintf (request->channels[0].name, sizeof (request->channels[0].name),
      "film/%u", channel);
  request->channels[0].lease_seconds = seconds;
  request->channels[0].lease_end = end;
  ask (f, request, answer);
  g_free (request);
  if (answer->klass == GST_FEC_CLASS_SUCCESS) {
    g_assert_cmpuint (answer->n_grants, ==, 1);
    g_assert_cmpuint (answer->grants[0].tsi, ==, channel);
    g_assert_cmpuint (answer->grants[0].error, ==, 0);
  }
}

/* Writes ten packets to each channel and counts those that come. */
static void
expect_packets (Fixture *f, guint first, guint second)
{
  guint8 data[PACKET_SIZE];
  gssize size;

  memset (f->received, 0, sizeof (f->received));
  for (guint i = 0; i < N_CHANNELS; i++) {
    for (guint n = 0; n < 10; n++) {
      test_make_packet (data, sizeof (data), i + 1, f->seq++);
      gst_fec_hub_write (f->hub, f->channels[i], data, sizeof (data));
    }
    gst_fec_hub_flush (f->hub, f->channels[i]);
    g_assert_true (gst_fec_hub_drain (
        f->hub, f->channels[i], TIMEOUT_MS * G_GINT64_CONSTANT (1000)));
  }
  while ((size = recv (f->fd, data, sizeof (data), 0)) > 0) {
    g_assert_true (gst_fec_alc_is_packet (data, size));
    f->received[gst_fec_alc_peek_tsi (data) - 1]++;
  }
  g_assert_cmpuint (f->received[0], ==, first);
  g_assert_cmpuint (f->received[1], ==, second);
}

static void
expect_sessions (Fixture *f, guint n, guint n_leases)
{
  GstStructure *stats = gst_fec_hub_get_stats (f->hub);
  guint sessions = 0, leases = 0;

  gst_structure_get (stats, "sessions", G_TYPE_UINT, &sessions, "leases",
      G_TYPE_UINT, &leases, NULL);
  g_assert_cmpuint (sessions, ==, n);
  g_assert_cmpuint (leases, ==, n_leases);
  gst_structure_free (stats);
}

static void
test_channels_of_a_session_begin_and_end_on_their_own (
    Fixture *f, gconstpointer data)
{
  GstFecControlMessage *answer = g_new0 (GstFecControlMessage, 1);

  ask_for (f, GST_FEC_METHOD_CONNECT, 1, 10, 0, answer);
  g_assert_cmpuint (answer->error_code, ==, GST_FEC_ERROR_UNAUTHENTICATED);
  g_strlcpy (f->nonce, answer->nonce, sizeof (f->nonce));
  expect_packets (f, 0, 0);
  ask_for (f, GST_FEC_METHOD_CONNECT, 1, 10, 0, answer);
  g_assert_cmpint (answer->klass, ==, GST_FEC_CLASS_SUCCESS);
  f->session_id = answer->session_id;
  expect_packets (f, 10, 0);

  /* The second channel comes five seconds later, for twice as long. */
  let_pass (f, 5);
  ask_for (f, GST_FEC_METHOD_JOIN, 2, 20, 0, answer);
  g_assert_cmpint (answer->klass, ==, GST_FEC_CLASS_SUCCESS);
  expect_packets (f, 10, 10);
  expect_sessions (f, 1, 2);

  /* The first one's end leaves the second alone. */
  let_pass (f, 6);
  expect_packets (f, 0, 10);
  expect_sessions (f, 1, 1);

  /* It comes back, by an absolute time. */
  ask_for (f, GST_FEC_METHOD_JOIN, 1, 0,
      answer->server_time + 40 * G_USEC_PER_SEC, answer);
  g_assert_cmpint (answer->klass, ==, GST_FEC_CLASS_SUCCESS);
  expect_packets (f, 10, 10);

  /* And the second one is left. */
  ask_for (f, GST_FEC_METHOD_JOIN, 2, 0, 0, answer);
  g_assert_cmpint (answer->klass, ==, GST_FEC_CLASS_SUCCESS);
  expect_packets (f, 10, 0);
  expect_sessions (f, 1, 1);
  g_free (answer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_test_add ("/sessionchannels/each-on-its-own", Fixture, NULL, setup,
      test_channels_of_a_session_begin_and_end_on_their_own, teardown);
  return g_test_run ();
}
