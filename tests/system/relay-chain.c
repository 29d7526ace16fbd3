/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relay-chain.c: packets of all lengths and kinds through a chain of relays, each of which gets them by one way and
 * sends them on by another. What comes out of the last one is what went in, byte for byte, with the same description
 * and the same end.
 *
 *   relay-chain WAY...      udp, udp-mcast or tcp: from the origin to the first relay, ..., to the client
 */
#include <string.h>

#include "packetlog.h"
#include "testscene.h"
#include "wire/alc.h"

#define MAX_HOPS 8
#define PACKETS 2000
#define INTERVAL_US 500
#define FIRST_GROUP_PORT 16400
#define CAPS                                                                   \
  GST_FEC_ALC_MEDIA_TYPE                                                       \
  ", tsi=(uint)77, symbol-size=(int)1344, packet-size=(int)1384, "             \
  "framing=(string)records, "                                                  \
  "media-caps=(string)\"video/x-test\\,\\ width\\=\\(int\\)16\""

typedef struct
{
  gchar **ways;
  guint n_hops;
  GstElement *servers[MAX_HOPS]; /* the origin, then the relays */
  PacketLog *sent;
  GstElement *client;
  PacketLog *received;
  GThread *feeder;
  gint ending; /* atomic: the feeder shall come to an end */
} Scene;

/* ---- The origin ---------------------------------------------------------- */

/* Packet @index: of several lengths, some of them replacements, which do not count. */
static GstBuffer *
make_packet (guint index, gboolean last)
{
  static const guint32 lengths[] = { 1344, 1344, 4, 1344, 1900, 700 };
  guint8 header[GST_FEC_ALC_HEADER_SIZE];
  GstFecAlcPacket alc = {
    .tsi = 77,
    .toi = index / 50,
    .seq = (guint16) (65000 + index),
    .has_block = TRUE,
    .block_flags = GST_FEC_BLOCK_RECORDS,
    .close_session = last,
    .has_symbol = TRUE,
    .esi = index % 50,
    .symbol_size = lengths[index % G_N_ELEMENTS (lengths)],
  };
  GstBuffer *buffer;

  if (index % 7 == 3)
    alc.block_flags |= GST_FEC_BLOCK_REPLACEMENT;
  if (last)
    alc.block_flags |= GST_FEC_BLOCK_LAST;
  gst_fec_alc_write_header (&alc, header);
  buffer =
      gst_buffer_new_allocate (NULL, sizeof header + alc.symbol_size, NULL);
  gst_buffer_fill (buffer, 0, header, sizeof header);
  gst_buffer_memset (
      buffer, sizeof header, (guint8) (index * 31), alc.symbol_size);
  return buffer;
}

static gpointer
feed (gpointer user_data)
{
  Scene *scene = user_data;
  GstElement *appsrc = gst_bin_get_by_name (GST_BIN (scene->servers[0]), "in");
  GstFlowReturn flow = GST_FLOW_OK;
  guint index = 0, left = PACKETS;

  while (left > 0) {
    GstBuffer *buffer = make_packet (index++, left == 1);

    g_signal_emit_by_name (appsrc, "push-buffer", buffer, &flow);
    gst_buffer_unref (buffer);
    /* The end is told once everybody is there. */
    if (g_atomic_int_get (&scene->ending))
      left--;
    g_usleep (INTERVAL_US);
  }
  g_signal_emit_by_name (appsrc, "end-of-stream", &flow);
  gst_object_unref (appsrc);
  return NULL;
}

/* ---- The chain ----------------------------------------------------------- */

/* The replicator of a server from which hop @hop begins, and a group where it is by multicast. */
static gchar *
sinks (Scene *scene, guint hop)
{
  guint port = FIRST_GROUP_PORT + hop;

  if (strcmp (scene->ways[hop], "udp-mcast") != 0)
    return g_strdup ("fecunicastreplicator name=rep address=127.0.0.1 port=0 "
                     "channel=test");
  return g_strdup_printf (
      "tee name=t ! queue ! fecunicastreplicator name=rep address=127.0.0.1 "
      "port=0 channel=test multicast-group=239.255.63.30 multicast-port=%u "
      "t. ! queue ! fecmcastsink group=239.255.63.30 port=%u",
      port, port);
}

/* A client of the server from which hop @hop begins. */
static gchar *
source (Scene *scene, guint hop)
{
  return g_strdup_printf (
      "fecsrc name=src uri=fec://127.0.0.1:%u/test protocols=%s",
      test_uint_property (scene->servers[hop], "rep", "bound-port"),
      scene->ways[hop]);
}

static gboolean
start_server (Scene *scene, guint hop)
{
  gchar *head, *tail = sinks (scene, hop);
  GstPad *pad;

  head = hop == 0
      ? g_strdup ("appsrc name=in is-live=true format=time max-bytes=0")
      : source (scene, hop - 1);
  scene->servers[hop] = test_pipeline ("%s ! %s", head, tail);
  if (hop == 0) {
    GstElement *appsrc =
        gst_bin_get_by_name (GST_BIN (scene->servers[0]), "in");
    GstCaps *caps = gst_caps_from_string (CAPS);

    g_object_set (appsrc, "caps", caps, NULL);
    gst_caps_unref (caps);
    gst_object_unref (appsrc);
    pad = test_pad (scene->servers[0], "in", "src");
    packet_log_watch (scene->sent, pad);
    gst_object_unref (pad);
  }
  g_free (head);
  g_free (tail);
  if (!test_pipeline_play (scene->servers[hop]))
    return FALSE;
  if (hop == 0)
    scene->feeder = g_thread_new ("feeder", feed, scene);
  return test_wait_for_channel (scene->servers[hop], "rep");
}

static void
start_client (Scene *scene)
{
  gchar *head = source (scene, scene->n_hops - 1);
  GstPad *pad;

  scene->client = test_pipeline ("%s ! fakesink sync=false", head);
  g_free (head);
  pad = test_pad (scene->client, "src", "src");
  packet_log_watch (scene->received, pad);
  gst_object_unref (pad);
}

static gboolean
has_received (gpointer user_data)
{
  Scene *scene = user_data;

  return packet_log_count (scene->received) > 0;
}

static gboolean
is_over (gpointer user_data)
{
  GstElement *pipeline = user_data;
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_EOS);
  gboolean over = message != NULL;

  gst_clear_message (&message);
  gst_object_unref (bus);
  return over;
}

/* ---- Judging ------------------------------------------------------------- */

static gboolean
same_caps (Scene *scene)
{
  GstPad *pad = test_pad (scene->client, "src", "src");
  GstCaps *caps = gst_pad_get_current_caps (pad);
  GstCaps *wanted = gst_caps_from_string (CAPS);
  gboolean same = caps != NULL && gst_caps_is_equal (caps, wanted);

  if (!same) {
    gchar *text = caps != NULL ? gst_caps_to_string (caps) : NULL;

    g_printerr ("the client has other caps: %s\n", text);
    g_free (text);
  }
  gst_clear_caps (&caps);
  gst_caps_unref (wanted);
  gst_object_unref (pad);
  return same;
}

static gboolean
uses_ways (Scene *scene)
{
  for (guint hop = 0; hop < scene->n_hops; hop++) {
    GstElement *pipeline =
        hop + 1 < scene->n_hops ? scene->servers[hop + 1] : scene->client;

    if (!test_stat_is (pipeline, "src", "transport", scene->ways[hop])) {
      g_printerr ("hop %u does not use %s\n", hop + 1, scene->ways[hop]);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
run (Scene *scene)
{
  gboolean good = TRUE;

  for (guint hop = 0; hop < scene->n_hops && good; hop++)
    good = start_server (scene, hop);
  if (!good)
    return FALSE;
  start_client (scene);
  good = test_pipeline_play (scene->client) &&
      test_wait (has_received, scene, TEST_PATIENCE);
  if (!good) {
    g_printerr ("nothing arrives\n");
    return FALSE;
  }
  good = uses_ways (scene) && same_caps (scene);
  g_atomic_int_set (&scene->ending, TRUE);
  if (!test_wait (is_over, scene->client, TEST_PATIENCE)) {
    g_printerr ("the end does not arrive\n");
    return FALSE;
  }
  for (guint hop = 1; hop < scene->n_hops; hop++) {
    if (!test_wait (is_over, scene->servers[hop], TEST_PATIENCE)) {
      g_printerr ("relay %u does not end\n", hop);
      return FALSE;
    }
  }
  good &=
      packet_log_is_run_of (scene->received, scene->sent, TRUE, "the client");
  g_print ("%u packets sent, the last %u of them received through %u relays\n",
      packet_log_count (scene->sent), packet_log_count (scene->received),
      scene->n_hops - 1);
  return good && packet_log_count (scene->received) >= PACKETS;
}

int
main (int argc, char **argv)
{
  Scene scene = { .ways = argv + 1, .n_hops = (guint) argc - 1 };
  gboolean good;

  gst_init (NULL, NULL);
  if (scene.n_hops < 1 || scene.n_hops > MAX_HOPS) {
    g_printerr ("usage: relay-chain WAY...\n");
    return 2;
  }
  scene.sent = packet_log_new ();
  scene.received = packet_log_new ();
  good = run (&scene);
  g_atomic_int_set (&scene.ending, TRUE);
  if (scene.client)
    test_pipeline_stop (scene.client);
  for (guint hop = scene.n_hops; hop-- > 0;) {
    if (hop == 0 && scene.feeder)
      g_thread_join (scene.feeder);
    if (scene.servers[hop])
      test_pipeline_stop (scene.servers[hop]);
  }
  packet_log_free (scene.sent);
  packet_log_free (scene.received);
  gst_deinit ();
  return good ? 0 : 1;
}
