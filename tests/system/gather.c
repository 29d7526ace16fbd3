/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gather.c: a client that joins and leaves as often as it likes, and gathers the symbols of one object in each visit:
 * never enough in one of them, but enough in all. A sender offers symbols of the object without end.
 *
 *   gather WAY      udp, udp-mcast
 */
#include <string.h>

#include "countedmedia.h"
#include "packetlog.h"
#include "testscene.h"
#include "wire/alc.h"

#define K 1000
#define T 1344
#define TSI 9
#define GROUP_PORT 16440
/* Packets of a visit, at least; several visits are needed for K. */
#define VISIT (K / 4)
#define MAX_VISITS 50
#define INTERVAL_US 1000

typedef struct
{
  const gchar *way;
  guint8 *object; /* K symbols of T bytes */
  GstElement *server;
  GThread *sender;
  gint quit; /* atomic */
  GstElement *client;
  GstElement *source; /* fecsrc of the client */
  PacketLog *received;
  guint seen; /* packets before this visit */
  CountedOutput *output;
} Scene;

/* ---- The sender ---------------------------------------------------------- */

static GstBuffer *
make_packet (RqEncoder *encoder, guint32 esi)
{
  guint8 *data = g_malloc (GST_FEC_ALC_HEADER_SIZE + T);
  guint8 *symbol = data + GST_FEC_ALC_HEADER_SIZE;
  GstFecAlcPacket alc = {
    .tsi = TSI,
    .toi = 1,
    .seq = (guint16) esi,
    .has_block = TRUE,
    .has_oti = TRUE,
    .oti = { .transfer_length = K * T,
        .symbol_size = T,
        .source_blocks = 1,
        .sub_blocks = 1,
        .alignment = 4 },
    .has_symbol = TRUE,
    .esi = esi,
    .symbol_size = T,
  };

  gst_fec_alc_write_header (&alc, data);
  if (rq_encoder_write (encoder, esi, 1, &symbol) != RQ_OK)
    g_error ("symbol %u cannot be made", esi);
  return gst_buffer_new_wrapped (data, GST_FEC_ALC_HEADER_SIZE + T);
}

/* Repair symbols without end, none of them twice. (Before source symbols a newcomer would get those it missed.) */
static gpointer
send_symbols (gpointer user_data)
{
  Scene *scene = user_data;
  GstElement *appsrc = gst_bin_get_by_name (GST_BIN (scene->server), "in");
  RqEncoder *encoder = rq_encoder_new (NULL, K, T, NULL);
  GstFlowReturn flow;

  rq_encoder_set_source_block (encoder, scene->object, K * T, T);
  for (guint32 esi = K; !g_atomic_int_get (&scene->quit); esi++) {
    GstBuffer *buffer = make_packet (encoder, esi);

    g_signal_emit_by_name (appsrc, "push-buffer", buffer, &flow);
    gst_buffer_unref (buffer);
    g_usleep (INTERVAL_US);
  }
  rq_encoder_free (encoder);
  gst_object_unref (appsrc);
  return NULL;
}

static gboolean
start_server (Scene *scene)
{
  scene->server = test_pipeline (
      "appsrc name=in is-live=true format=time "
      "caps=\"application/x-fec-alc,tsi=(uint)%u,symbol-size=(int)%u,"
      "packet-size=(int)%u,framing=raw,"
      "media-caps=application/octet-stream\" ! tee name=t "
      "t. ! queue ! fecunicastreplicator name=rep address=127.0.0.1 port=0 "
      "channel=test multicast-group=239.255.63.32 multicast-port=%u "
      "t. ! queue ! fecmcastsink group=239.255.63.32 port=%u "
      "multicast-iface=lo",
      TSI, T, T + GST_FEC_ALC_HEADER_SIZE, GROUP_PORT, GROUP_PORT);
  if (!test_pipeline_play (scene->server))
    return FALSE;
  scene->sender = g_thread_new ("sender", send_symbols, scene);
  return test_wait_for_channel (scene->server, "rep");
}

/* ---- The client ---------------------------------------------------------- */

static void
make_client (Scene *scene)
{
  GstPad *pad;

  /* What came waits for the rest as long as it takes. */
  scene->client = test_pipeline (
      "fecsrc name=src uri=fec://127.0.0.1:%u/test protocols=%s "
      "multicast-iface=lo ! fecdecode name=dec latency=3600000 ! "
      "identity name=out ! fakesink sync=false async=false",
      test_uint_property (scene->server, "rep", "bound-port"), scene->way);
  scene->source = gst_bin_get_by_name (GST_BIN (scene->client), "src");
  gst_element_set_locked_state (scene->source, TRUE);
  pad = gst_element_get_static_pad (scene->source, "src");
  packet_log_watch (scene->received, pad);
  gst_object_unref (pad);
  pad = test_pad (scene->client, "out", "src");
  scene->output = counted_output_new (pad);
  gst_object_unref (pad);
}

static gboolean
is_whole (Scene *scene)
{
  return counted_output_words (scene->output) >= K * T / 8;
}

static gboolean
has_visited (gpointer user_data)
{
  Scene *scene = user_data;

  return is_whole (scene) ||
      packet_log_count (scene->received) >= scene->seen + VISIT;
}

/* Joins, takes some packets and leaves. */
static gboolean
visit (Scene *scene)
{
  scene->seen = packet_log_count (scene->received);
  gst_element_set_state (scene->source, GST_STATE_PLAYING);
  if (!test_wait (has_visited, scene, TEST_PATIENCE)) {
    g_printerr ("a visit brings nothing\n");
    return FALSE;
  }
  if (!test_stat_is (scene->client, "src", "transport", scene->way)) {
    g_printerr ("a visit is not by %s\n", scene->way);
    return FALSE;
  }
  gst_element_set_state (scene->source, GST_STATE_NULL);
  return TRUE;
}

static gboolean
run (Scene *scene)
{
  guint visits = 0, most = 0;

  if (!start_server (scene))
    return FALSE;
  make_client (scene);
  if (!test_pipeline_play (scene->client))
    return FALSE;
  while (!is_whole (scene) && visits++ < MAX_VISITS) {
    if (!visit (scene))
      return FALSE;
    most = MAX (most, packet_log_count (scene->received) - scene->seen);
  }
  g_print ("%u visits, %u packets in all, %u at most in one, K is %u\n", visits,
      packet_log_count (scene->received), most, K);
  return counted_output_is_whole (scene->output, K * T / 8 - 1, "the object") &&
      visits >= 2 && most < K;
}

int
main (int argc, char **argv)
{
  Scene scene = { .way = argc == 2 ? argv[1] : "udp" };
  gboolean good;

  gst_init (NULL, NULL);
  scene.object = g_malloc (K * T);
  for (guint64 i = 0; i < K * T / 8; i++) {
    guint64 word = GUINT64_TO_BE (i);

    memcpy (scene.object + i * 8, &word, 8);
  }
  scene.received = packet_log_new ();
  good = run (&scene);
  if (scene.source) {
    gst_element_set_state (scene.source, GST_STATE_NULL);
    gst_clear_object (&scene.source);
    counted_output_free (scene.output);
    test_pipeline_stop (scene.client);
  }
  g_atomic_int_set (&scene.quit, TRUE);
  if (scene.sender)
    g_thread_join (scene.sender);
  test_pipeline_stop (scene.server);
  packet_log_free (scene.received);
  g_free (scene.object);
  gst_deinit ();
  return good ? 0 : 1;
}
