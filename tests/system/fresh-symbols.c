/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fresh-symbols.c: three clients lose different packets of a block and say so:
 * as many new symbols are made as the one makes up for that lost most, and all
 * three decode. Where all lack the same it goes to all. What they report to
 * lose sets the repair of later blocks.
 */
#include "askingclients.h"
#include "testscene.h"

#include <gst/app/gstappsrc.h>

#define T 1000
#define K 100
#define N_CLIENTS 3

typedef struct
{
  GstElement *pipeline;
  AskingClient *clients[N_CLIENTS];
  guint8 media[T * K];
  guint32 toi;
  guint wanted; /* what a condition waits for */
} Scene;

static const guint lost[N_CLIENTS] = { 5, 3, 7 };

static void
poll_clients (Scene *scene)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    asking_client_poll (scene->clients[i]);
}

static void
check (gboolean condition, const gchar *what)
{
  if (!condition)
    g_error ("not so: %s", what);
}

static void
check_number (const gchar *what, guint64 value, guint64 expected)
{
  if (value != expected)
    g_error ("%s: %" G_GUINT64_FORMAT " instead of %" G_GUINT64_FORMAT, what,
        value, expected);
}

static gboolean
all_listen (gpointer user_data)
{
  Scene *scene = user_data;

  return test_n_clients (scene->pipeline, "rep") == N_CLIENTS;
}

static gboolean
all_have_counted (gpointer user_data)
{
  Scene *scene = user_data;

  poll_clients (scene);
  for (guint i = 0; i < N_CLIENTS; i++) {
    if (asking_client_get_counted (scene->clients[i]) < scene->wanted)
      return FALSE;
  }
  return TRUE;
}

static gboolean
all_have_what_they_lacked (gpointer user_data)
{
  Scene *scene = user_data;

  poll_clients (scene);
  for (guint i = 0; i < N_CLIENTS; i++) {
    if (asking_client_get_fresh (scene->clients[i], scene->toi) < lost[i])
      return FALSE;
  }
  return TRUE;
}

static gboolean
all_are_answered (gpointer user_data)
{
  Scene *scene = user_data;

  poll_clients (scene);
  for (guint i = 0; i < N_CLIENTS; i++) {
    if (asking_client_get_answers (scene->clients[i]) < scene->wanted)
      return FALSE;
  }
  return TRUE;
}

static gboolean
loss_is_followed (gpointer user_data)
{
  Scene *scene = user_data;
  GstElement *encoder = gst_bin_get_by_name (GST_BIN (scene->pipeline), "enc");
  GstStructure *stats;
  gdouble loss = 0;

  g_object_get (encoder, "stats", &stats, NULL);
  gst_structure_get_double (stats, "loss-worst-tenth", &loss);
  gst_structure_free (stats);
  gst_object_unref (encoder);
  return loss > 0.1;
}

static void
push_block (Scene *scene)
{
  GstElement *source = gst_bin_get_by_name (GST_BIN (scene->pipeline), "src");
  GstBuffer *buffer =
      gst_buffer_new_allocate (NULL, sizeof (scene->media), NULL);

  gst_buffer_fill (buffer, 0, scene->media, sizeof (scene->media));
  gst_app_src_push_buffer (GST_APP_SRC (source), buffer);
  gst_object_unref (source);
}

/* A block without repair; its last packet comes again to tell its length or waits for it. */
static void
send_block (Scene *scene)
{
  const guint before = asking_client_get_counted (scene->clients[0]);

  push_block (scene);
  scene->wanted = before + K;
  check (test_wait (all_have_counted, scene, TEST_PATIENCE),
      "all get the packets of a block");
  scene->toi = asking_client_get_toi (scene->clients[0]);
}

static void
check_decoded (Scene *scene)
{
  guint8 *out = g_malloc (sizeof (scene->media));

  for (guint i = 0; i < N_CLIENTS; i++) {
    check (asking_client_decode (scene->clients[i], scene->toi, K, T, out),
        "a client decodes the block");
    check (memcmp (out, scene->media, sizeof (scene->media)) == 0,
        "what was decoded is what was sent");
    check_number ("gaps in packet numbers",
        asking_client_get_gaps (scene->clients[i]), 0);
  }
  g_free (out);
}

/* They lack 5, 3 and 7 symbols: 7 are made, and each client gets as many as it lacks. */
static void
lack_different_counts (Scene *scene)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    asking_client_lose (scene->clients[i], 10 * i, lost[i]);
  send_block (scene);
  /* Each says it twice, as a report that seemed to be lost is repeated. */
  for (guint i = 0; i < N_CLIENTS; i++)
    asking_client_report (scene->clients[i], scene->toi, lost[i], 2);
  check (test_wait (all_have_what_they_lacked, scene, TEST_PATIENCE),
      "all get as many new symbols as they lack");
  scene->wanted = 2;
  check (test_wait (all_are_answered, scene, TEST_PATIENCE),
      "all reports are answered");
  for (guint i = 0; i < N_CLIENTS; i++)
    check_number ("new symbols of a client",
        asking_client_get_fresh (scene->clients[i], scene->toi), lost[i]);
  check_number (
      "symbols made", test_stat (scene->pipeline, "enc", "fresh-packets"), 7);
  check_number ("symbols requested",
      test_stat (scene->pipeline, "rep", "symbols-requested"), 15);
  check_number ("symbols suppressed",
      test_stat (scene->pipeline, "rep", "symbols-suppressed"), 8);
  check_number ("orders to some",
      test_stat (scene->pipeline, "rep", "orders-to-some"), 1);
  check_decoded (scene);
}

/* Where each lacks the same, one packet for all costs no more than one for each. */
static void
lack_the_same_count (Scene *scene)
{
  guint before;

  for (guint i = 0; i < N_CLIENTS; i++)
    asking_client_lose (scene->clients[i], 10 * i, 6);
  send_block (scene);
  before = asking_client_get_counted (scene->clients[0]);
  for (guint i = 0; i < N_CLIENTS; i++)
    asking_client_report (scene->clients[i], scene->toi, 6, 1);
  scene->wanted = before + 6;
  check (test_wait (all_have_counted, scene, TEST_PATIENCE),
      "all get the new symbols as packets that count");
  check_number (
      "symbols made", test_stat (scene->pipeline, "enc", "fresh-packets"), 13);
  check_number (
      "orders to all", test_stat (scene->pipeline, "rep", "orders-to-all"), 1);
  check_decoded (scene);
}

static gboolean
the_asking_one_has_what_it_lacked (gpointer user_data)
{
  Scene *scene = user_data;

  poll_clients (scene);
  return asking_client_get_fresh (scene->clients[scene->wanted], scene->toi) >=
      lost[scene->wanted];
}

/* What was made for one alone serves the next one, too: 7 again, not 15. */
static void
lack_one_after_the_other (Scene *scene)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    asking_client_lose (scene->clients[i], 10 * i, lost[i]);
  send_block (scene);
  for (guint i = 0; i < N_CLIENTS; i++) {
    asking_client_report (scene->clients[i], scene->toi, lost[i], 1);
    scene->wanted = i;
    check (test_wait (the_asking_one_has_what_it_lacked, scene, TEST_PATIENCE),
        "each gets as many new symbols as it lacks");
  }
  check_number (
      "symbols made", test_stat (scene->pipeline, "enc", "fresh-packets"), 20);
  check_decoded (scene);
}

static void
report_losses (Scene *scene)
{
  GstElement *encoder = gst_bin_get_by_name (GST_BIN (scene->pipeline), "enc");
  guint before;

  for (guint i = 0; i < N_CLIENTS; i++)
    asking_client_lose (scene->clients[i], 0, 0);
  asking_client_report_loss (scene->clients[0], 100, 0);
  asking_client_report_loss (scene->clients[1], 80, 20);
  asking_client_report_loss (scene->clients[2], 99, 1);
  check (test_wait (loss_is_followed, scene, TEST_PATIENCE),
      "the encoder is told the loss");
  g_object_set (encoder, "repair", "auto", NULL);
  gst_object_unref (encoder);
  before = asking_client_get_counted (scene->clients[0]);
  push_block (scene);
  scene->wanted = before + K;
  check (test_wait (all_have_counted, scene, TEST_PATIENCE),
      "all get the packets of a block");
  /* At 20 %: see docs/elements/fecencode.md. */
  check_number ("repair of a block",
      test_stat (scene->pipeline, "enc", "last-repair-symbols"), 42);
}

int
main (int argc, char **argv)
{
  Scene scene = { 0 };

  gst_init (&argc, &argv);
  for (guint i = 0; i < sizeof (scene.media); i++)
    scene.media[i] = (guint8) g_random_int ();
  /* A wide window: on a busy machine the three must still fall into one. */
  scene.pipeline = test_pipeline (
      "appsrc name=src format=bytes caps=video/mpegts,systemstream=true ! "
      "fecencode name=enc symbol-size=%u max-symbols=%u repair=0 "
      "block-duration=3600000000000 history=60000 ! "
      "fecunicastreplicator name=rep address=127.0.0.1 port=0 channel=c "
      "request-window=500",
      T, K);
  check (test_pipeline_play (scene.pipeline), "the pipeline plays");
  check (test_wait_for_channel (scene.pipeline, "rep"), "there is a channel");
  for (guint i = 0; i < N_CLIENTS; i++) {
    scene.clients[i] = asking_client_new (i,
        (guint16) test_uint_property (scene.pipeline, "rep", "bound-port"),
        "c");
    check (scene.clients[i] != NULL, "a client is let in");
  }
  check (test_wait (all_listen, &scene, TEST_PATIENCE), "all listen");
  lack_different_counts (&scene);
  lack_the_same_count (&scene);
  lack_one_after_the_other (&scene);
  report_losses (&scene);
  check (!test_pipeline_failed (scene.pipeline), "the pipeline has not failed");
  for (guint i = 0; i < N_CLIENTS; i++)
    asking_client_free (scene.clients[i]);
  test_pipeline_stop (scene.pipeline);
  return 0;
}
