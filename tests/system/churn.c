/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * churn.c: clients join and leave at random for a while, 45 light ones and 5
 * whole pipelines, beside one steady listener. Nobody's stream may have a gap,
 * and in the end nobody is listed. Run it with the address sanitizer and with
 * check-leaks to see that nothing leaks.
 */
#include <stdlib.h>

#include "lightclients.h"
#include "testscene.h"

#define N_PIPELINES 5
#define MIN_STAY_MS 200
#define MAX_STAY_MS 4000

typedef struct
{
  gint seconds;
  gint seed;
  gint clients;
  gint vanish;
  gint consent;
} Options;

/* Pipelines that come and go, in a thread of their own. */
typedef struct
{
  guint port;
  GRand *random;
  GMutex lock;
  GCond wake;
  gboolean stop;
  guint starts;
  guint64 buffers;
  guint failures;
  GThread *thread;
} Visitors;

typedef struct
{
  TestMedia *media;
  GstElement *sender;
  GThread *feeder;
  gboolean fed;
  TestReceiver steady;
  guint most_clients;
} Scene;

static gboolean
parse_options (Options *options, int *argc, char ***argv)
{
  GOptionEntry entries[] = { { "seconds", 0, 0, G_OPTION_ARG_INT,
                                 &options->seconds, "How long (10)", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT, &options->seed, "Of who comes when (1)",
        "N" },
    { "clients", 0, 0, G_OPTION_ARG_INT, &options->clients,
        "Light clients beside 5 pipelines (45)", "N" },
    { "vanish", 0, 0, G_OPTION_ARG_INT, &options->vanish,
        "Light clients that go without a word (0)", "PERCENT" },
    { "consent", 0, 0, G_OPTION_ARG_INT, &options->consent,
        "Seconds until a silent client is given up (30)", "N" },
    { NULL } };
  GOptionContext *context = g_option_context_new ("- clients come and go");
  GError *error = NULL;
  gboolean ret;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ret = g_option_context_parse (context, argc, argv, &error);
  g_option_context_free (context);
  if (!ret) {
    g_printerr ("churn: %s\n", error->message);
    g_clear_error (&error);
  }
  return ret;
}

/* ---- Pipelines that come and go ------------------------------------------- */

static void
count_buffer (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  Visitors *visitors = data;

  g_mutex_lock (&visitors->lock);
  visitors->buffers++;
  g_mutex_unlock (&visitors->lock);
}

static GstElement *
start_visitor (Visitors *visitors)
{
  GstElement *pipeline =
      test_pipeline ("fecsrc protocols=udp "
                     "uri=fec://127.0.0.1:%u/test ! fecdecode "
                     "! fakesink name=out sync=false signal-handoffs=true",
          visitors->port);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");

  g_signal_connect (sink, "handoff", G_CALLBACK (count_buffer), visitors);
  gst_object_unref (sink);
  if (!test_pipeline_play (pipeline))
    visitors->failures++;
  visitors->starts++;
  return pipeline;
}

static void
stop_visitor (Visitors *visitors, GstElement *pipeline)
{
  if (test_pipeline_failed (pipeline))
    visitors->failures++;
  test_pipeline_stop (pipeline);
}

/* Waits a random while; FALSE when it is over. */
static gboolean
pause_visitors (Visitors *visitors)
{
  gint64 until = g_get_monotonic_time () +
      1000 * g_rand_int_range (visitors->random, 20, 400);
  gboolean go_on;

  g_mutex_lock (&visitors->lock);
  while (!visitors->stop &&
      g_cond_wait_until (&visitors->wake, &visitors->lock, until))
    ;
  go_on = !visitors->stop;
  g_mutex_unlock (&visitors->lock);
  return go_on;
}

static gpointer
run_visitors (gpointer data)
{
  Visitors *visitors = data;
  GstElement *pipelines[N_PIPELINES] = { NULL };
  guint i;

  while (pause_visitors (visitors)) {
    i = g_rand_int_range (visitors->random, 0, N_PIPELINES);
    if (pipelines[i] == NULL) {
      pipelines[i] = start_visitor (visitors);
    } else {
      stop_visitor (visitors, pipelines[i]);
      pipelines[i] = NULL;
    }
  }
  for (i = 0; i < N_PIPELINES; i++) {
    if (pipelines[i] != NULL)
      stop_visitor (visitors, pipelines[i]);
  }
  return NULL;
}

static void
visitors_start (Visitors *visitors, guint port, guint32 seed)
{
  visitors->port = port;
  visitors->random = g_rand_new_with_seed (seed);
  g_mutex_init (&visitors->lock);
  g_cond_init (&visitors->wake);
  visitors->thread = g_thread_new ("visitors", run_visitors, visitors);
}

static void
visitors_finish (Visitors *visitors)
{
  g_mutex_lock (&visitors->lock);
  visitors->stop = TRUE;
  g_cond_signal (&visitors->wake);
  g_mutex_unlock (&visitors->lock);
  g_thread_join (visitors->thread);
  g_rand_free (visitors->random);
  g_mutex_clear (&visitors->lock);
  g_cond_clear (&visitors->wake);
}

/* ---- The sender and its steady listener ------------------------------------ */

static gboolean
steady_has_joined (gpointer user_data)
{
  Scene *scene = user_data;

  return test_stat_is (scene->steady.pipeline, "src", "state", "joined");
}

static gboolean
nobody_is_listed (gpointer user_data)
{
  Scene *scene = user_data;

  return test_n_clients (scene->sender, "rep") == 0;
}

static gboolean
all_has_come (gpointer user_data)
{
  Scene *scene = user_data;

  return output_check_position (scene->steady.check) >=
      output_check_total (scene->steady.check);
}

static gboolean
count_clients (guint index, gpointer user_data)
{
  Scene *scene = user_data;

  /* looking at each buffer would cost more than all else */
  if (index % 50 == 0)
    scene->most_clients =
        MAX (scene->most_clients, test_n_clients (scene->sender, "rep"));
  return !test_pipeline_failed (scene->sender);
}

static gpointer
feed (gpointer data)
{
  Scene *scene = data;
  GstElement *appsrc = gst_bin_get_by_name (GST_BIN (scene->sender), "in");

  /* no EOS: it would end the stream for those that are still coming */
  scene->fed =
      test_media_send (scene->media, appsrc, FALSE, count_clients, scene);
  gst_object_unref (appsrc);
  return NULL;
}

static gboolean
start (Scene *scene, const Options *options)
{
  GstElement *appsrc;

  scene->sender = test_pipeline (
      "appsrc name=in is-live=true format=time "
      "max-bytes=0 ! fecencode framing=raw ! fecunicastreplicator name=rep "
      "address=127.0.0.1 port=0 channel=test consent=%d",
      options->consent);
  appsrc = gst_bin_get_by_name (GST_BIN (scene->sender), "in");
  g_object_set (appsrc, "caps", scene->media->caps, NULL);
  gst_object_unref (appsrc);
  if (!test_pipeline_play (scene->sender) ||
      !test_wait_for_channel (scene->sender, "rep"))
    return FALSE;

  scene->steady.name = "steady listener";
  scene->steady.check = output_check_new (scene->media, FALSE);
  scene->steady.pipeline =
      test_pipeline ("fecsrc name=src protocols=udp "
                     "uri=fec://127.0.0.1:%u/test ! fecdecode name=dec "
                     "! appsink name=out sync=false",
          test_uint_property (scene->sender, "rep", "bound-port"));
  test_receiver_connect (&scene->steady);
  if (!test_pipeline_play (scene->steady.pipeline))
    return FALSE;
  if (!test_wait (steady_has_joined, scene, TEST_PATIENCE)) {
    g_printerr ("the steady listener has not joined\n");
    return FALSE;
  }
  scene->feeder = g_thread_new ("feeder", feed, scene);
  return TRUE;
}

/* ---- Judging -------------------------------------------------------------- */

static gboolean
expect_none (const gchar *what, guint64 n)
{
  if (n == 0)
    return TRUE;
  g_printerr ("%s: %" G_GUINT64_FORMAT ", expected none\n", what, n);
  return FALSE;
}

static gboolean
judge_steady (Scene *scene)
{
  TestReceiver *steady = &scene->steady;
  gboolean ret = scene->fed;

  if (!test_wait (all_has_come, scene, TEST_PATIENCE))
    output_check_finish (steady->check);
  if (output_check_problem (steady->check) != NULL) {
    g_printerr ("steady listener: %s\n", output_check_problem (steady->check));
    ret = FALSE;
  }
  ret &= expect_none ("bytes missing at the steady listener",
      output_check_missing (steady->check));
  ret &= expect_none ("packets lost on the way to the steady listener",
      test_stat (steady->pipeline, "src", "packets-lost"));
  ret &= expect_none ("packets dropped by the steady listener",
      test_stat (steady->pipeline, "src", "packets-dropped"));
  ret &= expect_none ("blocks lost by the steady listener",
      test_stat (steady->pipeline, "dec", "blocks-lost"));
  return ret;
}

static gboolean
judge_clients (Scene *scene, const Visitors *visitors,
    const LightClientsResult *light, gint clients)
{
  gboolean ret = TRUE;

  g_print ("light clients: %u visits (%u vanished), %" G_GUINT64_FORMAT
           " packets; pipelines: %u starts, %" G_GUINT64_FORMAT
           " buffers; at most "
           "%u listed at a time\n",
      light->visits, light->vanished, light->packets, visitors->starts,
      visitors->buffers, scene->most_clients);
  ret &= expect_none ("gaps in the streams of light clients", light->gaps);
  ret &= expect_none ("light clients refused", light->refused);
  ret &= expect_none ("light clients that were not served", light->unserved);
  ret &= expect_none ("pipelines that failed", visitors->failures);
  if (visitors->buffers == 0 || light->packets == 0 ||
      scene->most_clients < (guint) clients / 4) {
    g_printerr ("too few clients came: this run shows nothing\n");
    ret = FALSE;
  }
  return ret;
}

/* Those that vanished are found out within the consent time. */
static gboolean
judge_list (Scene *scene, const Options *options)
{
  gint64 patience = TEST_PATIENCE + options->consent * G_USEC_PER_SEC;

  test_pipeline_stop (scene->steady.pipeline);
  scene->steady.pipeline = NULL;
  if (test_wait (nobody_is_listed, scene, patience))
    return TRUE;
  g_printerr (
      "%u clients are still listed\n", test_n_clients (scene->sender, "rep"));
  return FALSE;
}

static gboolean
run (Scene *scene, const Options *options)
{
  guint port = test_uint_property (scene->sender, "rep", "bound-port");
  LightClientsSettings settings = { .n_clients = options->clients,
    .port = port,
    .channel = "test",
    .seed = options->seed,
    .vanish = options->vanish,
    .min_stay_ms = MIN_STAY_MS,
    .max_stay_ms = MAX_STAY_MS };
  LightClientsResult result;
  LightClients *light = light_clients_start (&settings);
  Visitors visitors = { 0 };
  gboolean ret;

  visitors_start (&visitors, port, options->seed + 1);
  g_thread_join (scene->feeder);
  /* at once: without media nobody is served any more */
  light_clients_finish (light, &result);
  visitors_finish (&visitors);
  ret = judge_steady (scene);
  ret &= judge_clients (scene, &visitors, &result, options->clients);
  ret &= judge_list (scene, options);
  return ret;
}

int
main (int argc, char **argv)
{
  static const gchar *const needed[] = { "x264enc", "h264parse", "avenc_aac",
    "aacparse", "mpegtsmux", "appsrc", "appsink", NULL };
  Options options = { .seconds = 10, .seed = 1, .clients = 45, .consent = 30 };
  Scene scene = { 0 };
  GError *error = NULL;
  gboolean ok;

  if (!parse_options (&options, &argc, &argv))
    return 2;
  test_need_elements (needed);

  scene.media =
      test_media_encode (TEST_MEDIA_MPEGTS, options.seconds, 1500, &error);
  if (scene.media == NULL) {
    g_printerr ("cannot encode the test media: %s\n", error->message);
    g_clear_error (&error);
    return 1;
  }

  ok = start (&scene, &options) && run (&scene, &options);
  if (scene.steady.pipeline != NULL)
    test_pipeline_stop (scene.steady.pipeline);
  if (scene.sender != NULL)
    test_pipeline_stop (scene.sender);
  g_clear_pointer (&scene.steady.check, output_check_free);
  test_media_free (scene.media);
  gst_deinit ();
  g_print ("%s\n", ok ? "ok" : "FAILED");
  return ok ? 0 : 1;
}
