/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * startup.c: starts receivers in the middle of a stream, again and again, and
 * waits for what they give first. Each figure is less the time that the next
 * packet took to be sent.
 */
#include "startup.h"

#include <math.h>
#include <signal.h>
#include <unistd.h>

#include <gio/gio.h>

#include "livefeed.h"

/* Issue's goal for the median. */
#define GOAL_MS 100.0
#define PATIENCE_US (5 * G_TIME_SPAN_SECOND)

typedef enum
{
  FECSRC,
  FEC_GET,
  UDPSRC,
  N_WAYS
} Way;

typedef struct
{
  GstElement *pipeline;
  LiveFeed *feed;
  guint port; /* of the replicator */
  guint plain_port; /* where udpsink sends */
  GMutex lock;
  GArray *packets; /* gint64: when each left the encoder */
} Sender;

typedef struct
{
  GMutex lock;
  GCond came;
  gint64 time; /* 0: nothing yet */
} FirstByte;

static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Sender *sender = user_data;
  gint64 now = live_feed_now ();

  g_mutex_lock (&sender->lock);
  g_array_append_val (sender->packets, now);
  g_mutex_unlock (&sender->lock);
  return GST_PAD_PROBE_OK;
}

static void
watch (GstElement *pipeline, const gchar *element, const gchar *pad_name,
    GstPadProbeCallback callback, gpointer user_data)
{
  GstElement *found = gst_bin_get_by_name (GST_BIN (pipeline), element);
  GstPad *pad = gst_element_get_static_pad (found, pad_name);

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, callback,
      user_data, NULL);
  gst_object_unref (pad);
  gst_object_unref (found);
}

/* A UDP port that nobody has right now. */
static guint
find_free_port (void)
{
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  GSocketAddress *any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  GSocketAddress *bound;
  guint port = 0;

  if (g_socket_bind (socket, any, FALSE, NULL)) {
    bound = g_socket_get_local_address (socket, NULL);
    port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
    g_object_unref (bound);
  }
  g_object_unref (any);
  g_object_unref (socket);
  return port;
}

static gboolean
sender_start (Sender *sender, LiveFeedKind kind, const gchar *framing)
{
  GstElement *element;
  GError *error = NULL;
  gchar *description;

  g_mutex_init (&sender->lock);
  sender->packets = g_array_new (FALSE, FALSE, sizeof (gint64));
  sender->plain_port = find_free_port ();
  description = g_strdup_printf (
      "appsrc name=in is-live=true format=time "
      "max-bytes=0 ! fecencode name=enc framing=%s ! tee name=t t. ! "
      "fecunicastreplicator name=rep address=127.0.0.1 port=0 channel=bench "
      "t. ! udpsink host=127.0.0.1 port=%u sync=false async=false",
      framing, sender->plain_port);
  sender->pipeline = gst_parse_launch (description, &error);
  g_free (description);
  if (error != NULL) {
    g_printerr ("%s\n", error->message);
    g_clear_error (&error);
    return FALSE;
  }
  watch (sender->pipeline, "enc", "src", on_packet, sender);
  if (gst_element_set_state (sender->pipeline, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE)
    return FALSE;
  element = gst_bin_get_by_name (GST_BIN (sender->pipeline), "rep");
  g_object_get (element, "bound-port", &sender->port, NULL);
  gst_object_unref (element);
  element = gst_bin_get_by_name (GST_BIN (sender->pipeline), "in");
  sender->feed = live_feed_start (kind, element);
  gst_object_unref (element);
  return TRUE;
}

/* The channel is offered by then. */
static gboolean
wait_for_packet (Sender *sender)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  guint packets;

  do {
    g_usleep (1000);
    g_mutex_lock (&sender->lock);
    packets = sender->packets->len;
    g_mutex_unlock (&sender->lock);
  } while (packets == 0 && g_get_monotonic_time () < deadline);
  return packets > 0;
}

static void
sender_stop (Sender *sender)
{
  g_clear_pointer (&sender->feed, live_feed_free);
  if (sender->pipeline != NULL) {
    gst_element_set_state (sender->pipeline, GST_STATE_NULL);
    gst_object_unref (sender->pipeline);
  }
  g_array_unref (sender->packets);
  g_mutex_clear (&sender->lock);
}

/* When the first packet after @time left, or @time when none did. */
static gint64
next_packet (Sender *sender, gint64 time)
{
  gint64 ret = time;
  guint i;

  g_mutex_lock (&sender->lock);
  for (i = sender->packets->len; i > 0; i--) {
    gint64 packet = g_array_index (sender->packets, gint64, i - 1);

    if (packet < time)
      break;
    ret = packet;
  }
  g_mutex_unlock (&sender->lock);
  return ret;
}

static GstPadProbeReturn
on_output (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  FirstByte *first = user_data;

  g_mutex_lock (&first->lock);
  if (first->time == 0) {
    first->time = live_feed_now ();
    g_cond_signal (&first->came);
  }
  g_mutex_unlock (&first->lock);
  return GST_PAD_PROBE_OK;
}

/* Plays @description until something comes out; returns when, 0 for never. */
static gint64
play_until_output (const gchar *description, gint64 *start)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  GstElement *pipeline = gst_parse_launch (description, NULL);
  FirstByte first = { 0 };

  g_mutex_init (&first.lock);
  g_cond_init (&first.came);
  watch (pipeline, "out", "sink", on_output, &first);

  *start = live_feed_now ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_mutex_lock (&first.lock);
  while (
      first.time == 0 && g_cond_wait_until (&first.came, &first.lock, deadline))
    ;
  g_mutex_unlock (&first.lock);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);

  g_cond_clear (&first.came);
  g_mutex_clear (&first.lock);
  return first.time;
}

/* Runs fec-get until it writes something; returns when, 0 for never. */
static gint64
run_until_output (const gchar *fec_get, guint port, gint64 *start)
{
  gchar *uri = g_strdup_printf ("fec://127.0.0.1:%u/bench", port);
  GSubprocess *process;
  GInputStream *output;
  gint64 ret = 0;
  guint8 byte;

  *start = live_feed_now ();
  process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
      fec_get, uri, "-o", "-", "--duration", "5", NULL);
  g_free (uri);
  if (process == NULL)
    return 0;
  output = g_subprocess_get_stdout_pipe (process);
  if (g_input_stream_read (output, &byte, 1, NULL, NULL) == 1)
    ret = live_feed_now ();
  g_subprocess_send_signal (process, SIGTERM);
  /* a writer blocked on the full pipe has to see it close */
  g_input_stream_close (output, NULL, NULL);
  g_subprocess_wait (process, NULL, NULL);
  g_object_unref (process);
  return ret;
}

static gint64
start_once (Sender *sender, Way way, const gchar *fec_get, gint64 *start)
{
  gchar *description;
  gint64 ret;

  if (way == FEC_GET)
    return run_until_output (fec_get, sender->port, start);

  if (way == FECSRC)
    description = g_strdup_printf (
        "fecsrc protocols=udp "
        "uri=fec://127.0.0.1:%u/bench ! fecdecode ! fakesink name=out "
        "sync=false async=false",
        sender->port);
  else
    description = g_strdup_printf ("udpsrc address=127.0.0.1 port=%u "
                                   "! fakesink name=out sync=false async=false",
        sender->plain_port);
  ret = play_until_output (description, start);
  g_free (description);
  return ret;
}

static void
add_row (BenchReport *report, const gchar *receiver, const gchar *framing,
    GArray *values, GArray *peer)
{
  gchar *params = g_strdup_printf (
      "receiver=%s framing=%s percentile=p50", receiver, framing);
  BenchRow row = { .name = "join-first-byte",
    .params = params,
    .value = bench_percentile (values, 50),
    .unit = "ms",
    .rounds = values->len,
    .low = bench_percentile (values, 0),
    .high = bench_percentile (values, 100),
    .peer = "udpsrc",
    .peer_value = bench_percentile (peer, 50),
    .goal = GOAL_MS };

  bench_report_add (report, &row);
  g_free (params);
}

static void
measure_framing (BenchReport *report, guint starts, const gchar *fec_get,
    LiveFeedKind kind, const gchar *framing)
{
  static const gchar *const names[] = { "fecsrc", "fec-get", "udpsrc" };
  GRand *random = g_rand_new_with_seed (1);
  GArray *values[N_WAYS];
  Sender sender = { 0 };
  guint i, way;

  for (way = 0; way < N_WAYS; way++)
    values[way] = g_array_new (FALSE, FALSE, sizeof (gdouble));

  if (sender_start (&sender, kind, framing) && wait_for_packet (&sender)) {
    for (i = 0; i < starts; i++) {
      for (way = 0; way < N_WAYS; way++) {
        gint64 start, end;
        gdouble ms;

        if (way == FEC_GET && fec_get == NULL)
          continue;
        /* at any place in a block */
        g_usleep (g_rand_int_range (random, 20000, 220000));
        end = start_once (&sender, way, fec_get, &start);
        ms = end != 0 ? (end - next_packet (&sender, start)) / 1e6
                      : PATIENCE_US / 1000;
        g_array_append_val (values[way], ms);
      }
    }
    for (way = 0; way < UDPSRC; way++) {
      if (values[way]->len > 0)
        add_row (report, names[way], framing, values[way], values[UDPSRC]);
    }
  }
  sender_stop (&sender);
  for (way = 0; way < N_WAYS; way++)
    g_array_unref (values[way]);
  g_rand_free (random);
}

void
startup_measure (BenchReport *report, guint starts, const gchar *fec_get)
{
  measure_framing (report, starts, fec_get, LIVE_FEED_PACKETS, "raw");
  measure_framing (report, starts, fec_get, LIVE_FEED_FRAMES, "records");
}
