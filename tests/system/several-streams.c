/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * several-streams.c: two streams of different objects, from two servers, come to one client in one stream of packets; a
 * decoder for each takes its own by TSI. One stream loses as much as its repair makes good, the other one for a while
 * everything: each is rebuilt on its own, as soon as it has enough.
 *
 *   several-streams udp|udp-mcast
 */
#include <string.h>

#include "countedmedia.h"
#include "packetlog.h"
#include "testscene.h"

#define N_STREAMS 2
#define BUFFERS 2000
#define GROUP_PORT 16450
#define BLOCK_MS 300
/* Losses of the first stream in percent, at 40 percent of repair. */
#define LOSS 10
/* Words of each stream begin at another number. */
#define FIRST_WORD(i) ((guint64) (i) << 40)

typedef struct
{
  guint index;
  GstElement *server;
  CountedFeed *feed;
  CountedOutput *output;
} Stream;

typedef struct
{
  const gchar *way;
  Stream streams[N_STREAMS];
  GstElement *client;
  GRand *random;
  gint cut; /* atomic: the second stream is cut off */
} Scene;

static const gchar *const media[] = { "application/octet-stream",
  "application/x-test" };
static const gchar *const sources[] = { "src0", "src1" };
static const gchar *const decoders[] = { "dec0", "dec1" };

/* ---- Pipelines ----------------------------------------------------------- */

static gboolean
start_server (Stream *stream)
{
  guint port = GROUP_PORT + stream->index;

  stream->server = test_pipeline (
      "appsrc name=in is-live=true format=time do-timestamp=true max-bytes=0 "
      "caps=%s ! fecencode framing=raw tsi=%u repair=40 "
      "block-duration=%u000000 "
      "! tee name=t t. ! queue ! fecunicastreplicator name=rep "
      "address=127.0.0.1 port=0 channel=test multicast-group=239.255.63.33 "
      "multicast-port=%u t. ! queue ! fecmcastsink group=239.255.63.33 "
      "port=%u multicast-iface=lo",
      media[stream->index], stream->index + 1, BLOCK_MS, port, port);
  if (!test_pipeline_play (stream->server))
    return FALSE;
  stream->feed =
      counted_feed_start (stream->server, "in", FIRST_WORD (stream->index));
  return test_wait_for_channel (stream->server, "rep");
}

static GstPadProbeReturn
lose_some (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Scene *scene = user_data;

  return g_rand_int_range (scene->random, 0, 100) < LOSS ? GST_PAD_PROBE_DROP
                                                         : GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
lose_all (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Scene *scene = user_data;

  return g_atomic_int_get (&scene->cut) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static gboolean
start_client (Scene *scene)
{
  static const gchar *const single[] = { "single0", "single1" };
  GstPad *pad;

  /* identity makes single packets of lists. */
  scene->client = test_pipeline (
      "fecsrc name=src0 uri=fec://127.0.0.1:%u/test protocols=%s "
      "multicast-iface=lo ! identity name=single0 ! f. "
      "fecsrc name=src1 uri=fec://127.0.0.1:%u/test protocols=%s "
      "multicast-iface=lo ! identity name=single1 ! f. "
      "funnel name=f ! tee name=t "
      "t. ! queue ! fecdecode name=dec0 tsi=1 latency=%u ! fakesink sync=false "
      "t. ! queue ! fecdecode name=dec1 tsi=2 latency=%u ! fakesink sync=false",
      test_uint_property (scene->streams[0].server, "rep", "bound-port"),
      scene->way,
      test_uint_property (scene->streams[1].server, "rep", "bound-port"),
      scene->way, 4 * BLOCK_MS, 4 * BLOCK_MS);
  for (guint i = 0; i < N_STREAMS; i++) {
    pad = test_pad (scene->client, single[i], "src");
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER,
        i == 0 ? lose_some : lose_all, scene, NULL);
    packet_log_stop_requests (pad);
    gst_object_unref (pad);
    pad = test_pad (scene->client, decoders[i], "src");
    scene->streams[i].output = counted_output_new (pad);
    gst_object_unref (pad);
  }
  return test_pipeline_play (scene->client);
}

/* ---- Waiting and judging ------------------------------------------------- */

static gboolean
both_play (gpointer user_data)
{
  Scene *scene = user_data;

  return counted_output_words (scene->streams[0].output) > 0 &&
      counted_output_words (scene->streams[1].output) > 0;
}

static gboolean
come_by_the_way (gpointer user_data)
{
  Scene *scene = user_data;

  return test_stat_is (scene->client, sources[0], "transport", scene->way) &&
      test_stat_is (scene->client, sources[1], "transport", scene->way);
}

static gboolean
has_lost (gpointer user_data)
{
  Scene *scene = user_data;

  return test_stat (scene->client, "dec1", "blocks-lost") > 0 ||
      test_stat (scene->client, "dec1", "packets-lost") > 100;
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

static gboolean
has_caps (Scene *scene, guint index)
{
  GstPad *pad = test_pad (scene->client, decoders[index], "src");
  GstCaps *caps = gst_pad_get_current_caps (pad);
  gboolean right = caps != NULL &&
      gst_structure_has_name (gst_caps_get_structure (caps, 0), media[index]);

  if (!right)
    g_printerr ("stream %u has not the caps %s\n", index + 1, media[index]);
  gst_clear_caps (&caps);
  gst_object_unref (pad);
  return right;
}

/* Cuts the second stream off for 600 buffers' time. */
static gboolean
cut_second (Scene *scene)
{
  guint until = counted_feed_sent (scene->streams[1].feed) + 600;

  g_atomic_int_set (&scene->cut, TRUE);
  while (counted_feed_sent (scene->streams[1].feed) < until)
    g_usleep (1000);
  g_atomic_int_set (&scene->cut, FALSE);
  if (test_wait (has_lost, scene, TEST_PATIENCE))
    return TRUE;
  g_printerr ("the second stream lost nothing\n");
  return FALSE;
}

static gboolean
judge (Scene *scene)
{
  guint64 last[N_STREAMS];
  gboolean good = TRUE;

  for (guint i = 0; i < N_STREAMS; i++) {
    last[i] = counted_feed_free (g_steal_pointer (&scene->streams[i].feed));
    good &= has_caps (scene, i) &&
        counted_output_words (scene->streams[i].output) >=
            BUFFERS / 2 * COUNTED_WORDS;
  }
  g_print ("first: %" G_GUINT64_FORMAT " blocks repaired, %" G_GUINT64_FORMAT
           " lost; second: %" G_GUINT64_FORMAT " lost\n",
      test_stat (scene->client, "dec0", "blocks-repaired"),
      test_stat (scene->client, "dec0", "blocks-lost"),
      test_stat (scene->client, "dec1", "blocks-lost"));
  return good &&
      counted_output_is_whole (
          scene->streams[0].output, last[0], "the first stream") &&
      test_stat (scene->client, "dec0", "blocks-lost") == 0 &&
      test_stat (scene->client, "dec0", "blocks-repaired") > 0 &&
      test_stat (scene->client, "dec1", "blocks-lost") > 0 &&
      test_stat (scene->client, "dec0", "packets-other-channel") > 0;
}

static gboolean
run (Scene *scene)
{
  if (!start_server (&scene->streams[0]) ||
      !start_server (&scene->streams[1]) || !start_client (scene))
    return FALSE;
  if (!test_wait (both_play, scene, TEST_PATIENCE)) {
    g_printerr ("not both streams play\n");
    return FALSE;
  }
  if (!test_wait (come_by_the_way, scene, TEST_PATIENCE)) {
    g_printerr ("not both streams come by %s\n", scene->way);
    return FALSE;
  }
  for (guint i = 0; i < N_STREAMS; i++)
    counted_feed_end (scene->streams[i].feed, BUFFERS);
  if (!cut_second (scene))
    return FALSE;
  if (!test_wait (is_over, scene, TEST_PATIENCE)) {
    g_printerr ("the end does not come\n");
    return FALSE;
  }
  return judge (scene);
}

int
main (int argc, char **argv)
{
  Scene scene = { .way = argc == 2 ? argv[1] : "udp" };
  gboolean good;

  gst_init (NULL, NULL);
  scene.random = g_rand_new_with_seed (11);
  for (guint i = 0; i < N_STREAMS; i++)
    scene.streams[i].index = i;
  good = run (&scene);
  for (guint i = 0; i < N_STREAMS; i++) {
    if (scene.streams[i].output)
      counted_output_free (scene.streams[i].output);
    if (scene.streams[i].feed)
      counted_feed_free (scene.streams[i].feed);
  }
  if (scene.client)
    test_pipeline_stop (scene.client);
  for (guint i = 0; i < N_STREAMS; i++) {
    if (scene.streams[i].server)
      test_pipeline_stop (scene.streams[i].server);
  }
  g_rand_free (scene.random);
  gst_deinit ();
  return good ? 0 : 1;
}
