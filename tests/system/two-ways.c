/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * two-ways.c: one client that hears two servers of the same objects at once, an origin and a relay or recoder behind it.
 * Each way loses more than its repair makes good; together they give all of it.
 *
 *   two-ways relay|recoder WAY WAY LOSS     WAY: udp, udp-mcast; LOSS: of each way, in percent
 */
#include <stdlib.h>
#include <string.h>

#include "blockledger.h"
#include "countedmedia.h"
#include "packetlog.h"
#include "testscene.h"
#include "wire/alc.h"

#define N_WAYS 2
/* Buffers once everybody is there. */
#define BUFFERS 2500
/* Before the losses begin: three blocks. */
#define WARM_UP_BUFFERS 750
#define BLOCK_MS 500
#define REPAIR 10
#define FIRST_GROUP_PORT 16420

typedef struct
{
  GRand *random;
  PacketLog *log; /* what was not lost */
} Way;

typedef struct
{
  gboolean recodes;
  const gchar *protocols[N_WAYS];
  gdouble loss;
  GstElement *servers[N_WAYS]; /* the origin and the other one */
  GstElement *client;
  Way ways[N_WAYS];
  BlockLedger *ledger;
  guint losses_from; /* buffers sent before the losses begin */
  gint losing; /* atomic */
  CountedFeed *feed;
  CountedOutput *output;
} Scene;

/* ---- Pipelines ----------------------------------------------------------- */

static gchar *
sinks (Scene *scene, guint server)
{
  guint port = FIRST_GROUP_PORT + server;

  if (strcmp (scene->protocols[server], "udp-mcast") != 0)
    return g_strdup ("fecunicastreplicator name=rep address=127.0.0.1 port=0 "
                     "channel=test");
  return g_strdup_printf (
      "tee name=t ! queue ! fecunicastreplicator name=rep address=127.0.0.1 "
      "port=0 channel=test multicast-group=239.255.63.31 multicast-port=%u "
      "t. ! queue ! fecmcastsink group=239.255.63.31 port=%u "
      "multicast-iface=lo",
      port, port);
}

static guint
port_of (Scene *scene, guint server)
{
  return test_uint_property (scene->servers[server], "rep", "bound-port");
}

static gboolean
start_origin (Scene *scene)
{
  gchar *tail = sinks (scene, 0);
  GstPad *pad;

  scene->servers[0] = test_pipeline (
      "appsrc name=in is-live=true format=time do-timestamp=true max-bytes=0 "
      "caps=application/octet-stream ! fecencode name=enc repair=%u "
      "block-duration=%" G_GUINT64_FORMAT " ! %s",
      REPAIR, BLOCK_MS * GST_MSECOND, tail);
  g_free (tail);
  pad = test_pad (scene->servers[0], "enc", "src");
  block_ledger_watch_sender (scene->ledger, pad);
  gst_object_unref (pad);
  if (!test_pipeline_play (scene->servers[0]))
    return FALSE;
  scene->feed = counted_feed_start (scene->servers[0], "in", 0);
  return test_wait_for_channel (scene->servers[0], "rep");
}

static gboolean
start_second (Scene *scene)
{
  gchar *tail = sinks (scene, 1);
  gchar *recode =
      g_strdup_printf ("fecdecode latency=%u ! fecencode repair=%u "
                       "block-duration=%" G_GUINT64_FORMAT " esi-range=1/2 ! ",
          2 * BLOCK_MS, REPAIR, BLOCK_MS * GST_MSECOND);

  scene->servers[1] =
      test_pipeline ("fecsrc uri=fec://127.0.0.1:%u/test protocols=udp ! %s%s",
          port_of (scene, 0), scene->recodes ? recode : "", tail);
  g_free (recode);
  g_free (tail);
  return test_pipeline_play (scene->servers[1]) &&
      test_wait_for_channel (scene->servers[1], "rep");
}

static gboolean
is_lost (Scene *scene, Way *way)
{
  return g_rand_double (way->random) < scene->loss &&
      g_atomic_int_get (&scene->losing);
}

typedef struct
{
  Scene *scene;
  guint way;
} Loss;

static GstPadProbeReturn
lose_packets (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Loss *loss = user_data;
  Way *way = &loss->scene->ways[loss->way];
  GstBufferList *list;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER)
    return is_lost (loss->scene, way) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
  list =
      gst_buffer_list_make_writable (gst_pad_probe_info_get_buffer_list (info));
  for (guint i = gst_buffer_list_length (list); i-- > 0;) {
    if (is_lost (loss->scene, way))
      gst_buffer_list_remove (list, i, 1);
  }
  GST_PAD_PROBE_INFO_DATA (info) = list;
  return GST_PAD_PROBE_OK;
}

static void
watch_way (Scene *scene, guint index)
{
  static const gchar *const sources[] = { "a", "b" };
  static const gchar *const behind[] = { "after-a", "after-b" };
  GstPad *pad = test_pad (scene->client, sources[index], "src");
  Loss *loss = g_new0 (Loss, 1);

  loss->scene = scene;
  loss->way = index;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, lose_packets,
      loss, g_free);
  gst_object_unref (pad);
  pad = test_pad (scene->client, behind[index], "src");
  packet_log_watch (scene->ways[index].log, pad);
  block_ledger_watch_receiver (scene->ledger, index, pad);
  packet_log_stop_requests (pad);
  gst_object_unref (pad);
}

static gboolean
start_client (Scene *scene)
{
  GstPad *pad;

  scene->client = test_pipeline (
      "fecsrc name=a uri=fec://127.0.0.1:%u/test protocols=%s ! identity "
      "name=after-a ! f. fecsrc name=b uri=fec://127.0.0.1:%u/test "
      "protocols=%s ! identity name=after-b ! f. funnel name=f ! fecdecode "
      "name=dec latency=%u ! identity name=out ! fakesink sync=false",
      port_of (scene, 0), scene->protocols[0], port_of (scene, 1),
      scene->protocols[1], 6 * BLOCK_MS);
  for (guint i = 0; i < N_WAYS; i++)
    watch_way (scene, i);
  pad = test_pad (scene->client, "out", "src");
  scene->output = counted_output_new (pad);
  gst_object_unref (pad);
  return test_pipeline_play (scene->client);
}

/* ---- Waiting and judging ------------------------------------------------- */

static gboolean
both_deliver (gpointer user_data)
{
  Scene *scene = user_data;

  return packet_log_count (scene->ways[0].log) > 0 &&
      packet_log_count (scene->ways[1].log) > 0;
}

static gboolean
is_warm (gpointer user_data)
{
  Scene *scene = user_data;

  return counted_feed_sent (scene->feed) >= scene->losses_from;
}

static gboolean
is_over (gpointer user_data)
{
  Scene *scene = user_data;
  GstBus *bus = gst_element_get_bus (scene->client);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_EOS);
  gboolean over = message != NULL;

  gst_clear_message (&message);
  gst_object_unref (bus);
  return over;
}

/* Most blocks could not have been rebuilt of what came by @way alone. */
static gboolean
loses_too_much (Scene *scene, guint way)
{
  guint n = block_ledger_count (scene->ledger), broken = 0;

  for (guint i = 0; i < n; i++)
    broken += block_ledger_fate (scene->ledger, way, i) == BLOCK_UNDECODABLE;
  g_print ("%s alone: %u of %u blocks could not be rebuilt\n",
      way == 0 ? "the origin" : "the other one", broken, n);
  /* The blocks of the warm-up are whole, and those before the client came are not there. */
  return broken * 3 > n;
}

static GstFecAlcPacket
packet_at (PacketLog *log, guint index)
{
  GstFecAlcPacket packet = { 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (packet_log_get (log, index), &size);

  gst_fec_alc_parse (&packet, data, size);
  return packet;
}

static gpointer
symbol_key (const GstFecAlcPacket *packet)
{
  return GSIZE_TO_POINTER ((gsize) packet->toi << 24 | packet->esi);
}

/*
 * What came twice is the same symbol. A relay's is the same packet; a recoder makes none that the origin makes.
 */
static gboolean
duplicates_are_right (Scene *scene)
{
  GHashTable *first = g_hash_table_new (NULL, NULL);
  guint n = packet_log_count (scene->ways[0].log);
  guint same = 0;
  gboolean good = TRUE;

  for (guint i = 0; i < n; i++) {
    GstFecAlcPacket packet = packet_at (scene->ways[0].log, i);

    if (packet.has_symbol && packet.sbn == 0)
      g_hash_table_insert (
          first, symbol_key (&packet), packet_log_get (scene->ways[0].log, i));
  }
  n = packet_log_count (scene->ways[1].log);
  for (guint i = 0; i < n; i++) {
    GBytes *ours = packet_log_get (scene->ways[1].log, i), *theirs;
    GstFecAlcPacket packet = packet_at (scene->ways[1].log, i);

    theirs = g_hash_table_lookup (first, symbol_key (&packet));
    if (!packet.has_symbol || packet.sbn != 0 || !theirs)
      continue;
    same++;
    good &= g_bytes_equal (ours, theirs);
  }
  g_hash_table_unref (first);
  g_print (
      "%u of %u packets of the other one came from the origin too\n", same, n);
  return scene->recodes ? same == 0 : good && same > n / 3;
}

static gboolean
run (Scene *scene)
{
  if (!start_origin (scene) || !start_second (scene) || !start_client (scene))
    return FALSE;
  if (!test_wait (both_deliver, scene, TEST_PATIENCE)) {
    g_printerr ("not both servers deliver\n");
    return FALSE;
  }
  scene->losses_from = counted_feed_sent (scene->feed) + WARM_UP_BUFFERS;
  counted_feed_end (scene->feed, BUFFERS);
  test_wait (is_warm, scene, TEST_PATIENCE);
  g_atomic_int_set (&scene->losing, TRUE);
  if (!test_wait (is_over, scene, TEST_PATIENCE)) {
    g_printerr ("the end does not come\n");
    return FALSE;
  }
  return TRUE;
}

static gboolean
judge (Scene *scene)
{
  guint64 last = counted_feed_free (g_steal_pointer (&scene->feed));
  gboolean good = counted_output_is_whole (scene->output, last, "the output") &&
      counted_output_words (scene->output) >= BUFFERS * COUNTED_WORDS;

  for (guint i = 0; i < N_WAYS; i++)
    good &= loses_too_much (scene, i);
  if (!duplicates_are_right (scene)) {
    g_printerr ("the two servers' packets do not fit\n");
    good = FALSE;
  }
  if (test_stat (scene->client, "dec", "packets-inconsistent") != 0 ||
      test_stat (scene->client, "dec", "blocks-lost") != 0) {
    g_printerr ("fecdecode lost or refused something\n");
    good = FALSE;
  }
  return good;
}

static void
stop (Scene *scene)
{
  if (scene->feed)
    counted_feed_free (scene->feed);
  if (scene->output)
    counted_output_free (scene->output);
  if (scene->client)
    test_pipeline_stop (scene->client);
  for (guint i = N_WAYS; i-- > 0;) {
    if (scene->servers[i])
      test_pipeline_stop (scene->servers[i]);
    packet_log_free (scene->ways[i].log);
    g_rand_free (scene->ways[i].random);
  }
  block_ledger_free (scene->ledger);
}

int
main (int argc, char **argv)
{
  Scene scene = { 0 };
  gboolean good;

  gst_init (NULL, NULL);
  if (argc != 5) {
    g_printerr ("usage: two-ways relay|recoder WAY WAY LOSS\n");
    return 2;
  }
  scene.recodes = strcmp (argv[1], "recoder") == 0;
  scene.protocols[0] = argv[2];
  scene.protocols[1] = argv[3];
  scene.loss = atof (argv[4]) / 100;
  scene.ledger = block_ledger_new (N_WAYS);
  for (guint i = 0; i < N_WAYS; i++) {
    scene.ways[i].random = g_rand_new_with_seed (1 + i);
    scene.ways[i].log = packet_log_new ();
  }
  good = run (&scene) && judge (&scene);
  stop (&scene);
  gst_deinit ();
  return good ? 0 : 1;
}
