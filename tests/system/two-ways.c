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
#include "packetlog.h"
#include "testscene.h"
#include "wire/alc.h"

#define N_WAYS 2
/* Media of 5 Mbit/s: words of 64 bits that count up. */
#define WORDS 164
#define INTERVAL_US 2000
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
  GThread *feeder;
  gint complete; /* atomic: everybody is there, the end may come */
  gint losing; /* atomic */
  gint aborted; /* atomic */
  guint64 sent; /* words, by the feeder */
  GMutex lock;
  GByteArray *output; /* lock */
} Scene;

/* ---- Media --------------------------------------------------------------- */

static void
send_words (Scene *scene, GstElement *appsrc)
{
  guint64 words[WORDS];
  GstFlowReturn flow;
  GstBuffer *buffer;

  for (guint i = 0; i < WORDS; i++)
    words[i] = GUINT64_TO_BE (scene->sent++);
  buffer = gst_buffer_new_memdup (words, sizeof words);
  g_signal_emit_by_name (appsrc, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
}

static gpointer
feed (gpointer user_data)
{
  Scene *scene = user_data;
  GstElement *appsrc = gst_bin_get_by_name (GST_BIN (scene->servers[0]), "in");
  gint64 next = g_get_monotonic_time ();
  guint done = 0;
  GstFlowReturn flow;

  while (done < BUFFERS && !g_atomic_int_get (&scene->aborted)) {
    send_words (scene, appsrc);
    if (g_atomic_int_get (&scene->complete) && ++done == WARM_UP_BUFFERS)
      g_atomic_int_set (&scene->losing, TRUE);
    next += INTERVAL_US;
    g_usleep ((gulong) MAX (next - g_get_monotonic_time (), 1));
  }
  g_signal_emit_by_name (appsrc, "end-of-stream", &flow);
  gst_object_unref (appsrc);
  return NULL;
}

static GstPadProbeReturn
on_output (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Scene *scene = user_data;
  GstBuffer *buffer = gst_pad_probe_info_get_buffer (info);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_mutex_lock (&scene->lock);
  g_byte_array_append (scene->output, map.data, map.size);
  g_mutex_unlock (&scene->lock);
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

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
  scene->feeder = g_thread_new ("feeder", feed, scene);
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
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_output, scene, NULL);
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

/* The output is the words sent, without a hole, up to the last one. */
static gboolean
output_is_whole (Scene *scene)
{
  guint n = scene->output->len / sizeof (guint64);
  guint64 word = 0, before = 0;

  for (guint i = 0; i < n; i++) {
    memcpy (&word, scene->output->data + i * sizeof word, sizeof word);
    word = GUINT64_FROM_BE (word);
    if (i > 0 && word != before + 1) {
      g_printerr ("word %" G_GUINT64_FORMAT " follows %" G_GUINT64_FORMAT "\n",
          word, before);
      return FALSE;
    }
    before = word;
  }
  if (n < BUFFERS * WORDS || word != scene->sent - 1) {
    g_printerr ("%u words, the last one %" G_GUINT64_FORMAT
                " of %" G_GUINT64_FORMAT "\n",
        n, word, scene->sent);
    return FALSE;
  }
  return TRUE;
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
  g_atomic_int_set (&scene->complete, TRUE);
  if (!test_wait (is_over, scene, TEST_PATIENCE)) {
    g_printerr ("the end does not come\n");
    return FALSE;
  }
  return TRUE;
}

static gboolean
judge (Scene *scene)
{
  gboolean good = output_is_whole (scene);

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
  g_atomic_int_set (&scene->aborted, TRUE);
  if (scene->feeder)
    g_thread_join (scene->feeder);
  if (scene->client)
    test_pipeline_stop (scene->client);
  for (guint i = N_WAYS; i-- > 0;) {
    if (scene->servers[i])
      test_pipeline_stop (scene->servers[i]);
    packet_log_free (scene->ways[i].log);
    g_rand_free (scene->ways[i].random);
  }
  block_ledger_free (scene->ledger);
  g_byte_array_unref (scene->output);
  g_mutex_clear (&scene->lock);
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
  g_mutex_init (&scene.lock);
  scene.output = g_byte_array_new ();
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
