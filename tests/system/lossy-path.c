/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lossy-path.c: media of about 5 Mbit/s in real time through the real network
 * stack to a UDP and a multicast client. What they play has to be what was
 * sent: all of it, or, with --expect-damage, all but the blocks of which too
 * few packets came. Losses are the path's: netns --loss, or --relay.
 */
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>

#include "blockledger.h"
#include "testscene.h"

#define GROUP "239.255.63.30"
#define GROUP_PORT 16330
/* Nothing came for so long after the end: nothing more will come. */
#define SILENCE_US (5 * G_TIME_SPAN_SECOND)
/* After whole output and without EOS. */
#define REST_US (500 * G_TIME_SPAN_MILLISECOND)

/* Room for the machine's own delays, beside twice a block for repair. */
#define JITTER_MS 500

enum
{
  UDP,
  MULTICAST,
  N_RECEIVERS
};

typedef struct
{
  gchar *framing;
  gint seconds;
  gint kilobits;
  gint repair;
  gint block_ms;
  gchar *relay;
  gboolean udp_only;
  gboolean expect_damage;
  gboolean request;
} Options;

typedef struct
{
  Options options;
  gboolean records;
  TestMedia *media;
  BlockLedger *ledger;
  GstElement *sender;
  GSubprocess *relay;
  guint n_receivers;
  TestReceiver receivers[N_RECEIVERS];
  GMutex lock;
  GArray *blocks_before; /* of guint: blocks begun when each entered */
} Scene;

/* ---- Setting up ---------------------------------------------------------- */

static gboolean
parse_options (Options *options, int *argc, char ***argv)
{
  GOptionEntry entries[] = { { "framing", 0, 0, G_OPTION_ARG_STRING,
                                 &options->framing, "raw or records", "NAME" },
    { "seconds", 0, 0, G_OPTION_ARG_INT, &options->seconds,
        "Length of the media (8)", "N" },
    { "bitrate", 0, 0, G_OPTION_ARG_INT, &options->kilobits,
        "Of the video, in kbit/s (4800)", "N" },
    { "repair", 0, 0, G_OPTION_ARG_INT, &options->repair, "Repair packets (30)",
        "PERCENT" },
    { "block-duration", 0, 0, G_OPTION_ARG_INT, &options->block_ms,
        "Length of a block (200)", "MS" },
    { "relay", 0, 0, G_OPTION_ARG_STRING, &options->relay,
        "Send the UDP client's packets through this lossy-relay command; "
        "--listen and --to are added",
        "COMMAND" },
    { "udp-only", 0, 0, G_OPTION_ARG_NONE, &options->udp_only,
        "No multicast client", NULL },
    { "expect-damage", 0, 0, G_OPTION_ARG_NONE, &options->expect_damage,
        "The path loses more than repair makes good", NULL },
    { "request", 0, 0, G_OPTION_ARG_NONE, &options->request,
        "Ask for the symbols that are missing", NULL },
    { NULL } };
  GOptionContext *context = g_option_context_new ("- media over a lossy path");
  GError *error = NULL;
  gboolean ret;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ret = g_option_context_parse (context, argc, argv, &error);
  g_option_context_free (context);
  if (!ret) {
    g_printerr ("lossy-path: %s\n", error->message);
    g_clear_error (&error);
  }
  return ret;
}

/* Blocks begun when a buffer enters tell which blocks it can lie in. */
static GstPadProbeReturn
on_media (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Scene *scene = user_data;
  guint begun = block_ledger_count (scene->ledger);

  g_mutex_lock (&scene->lock);
  g_array_append_val (scene->blocks_before, begun);
  g_mutex_unlock (&scene->lock);
  return GST_PAD_PROBE_OK;
}

static void
make_sender (Scene *scene)
{
  const Options *options = &scene->options;
  GstElement *appsrc;
  GstPad *pad;

  scene->sender = test_pipeline (
      "appsrc name=in is-live=true format=time "
      "max-bytes=0 ! fecencode name=enc framing=%s repair=%d "
      "block-duration=%" G_GUINT64_FORMAT " ! tee name=t "
      "t. ! fecunicastreplicator name=rep address=127.0.0.1 port=0 "
      "channel=test multicast-group=" GROUP " multicast-port=%u "
      "t. ! fecmcastsink group=" GROUP " port=%u multicast-iface=lo loop=true",
      scene->records ? "records" : "raw", options->repair,
      options->block_ms * GST_MSECOND, GROUP_PORT, GROUP_PORT);

  appsrc = gst_bin_get_by_name (GST_BIN (scene->sender), "in");
  g_object_set (appsrc, "caps", scene->media->caps, NULL);
  gst_object_unref (appsrc);

  pad = test_pad (scene->sender, "enc", "src");
  block_ledger_watch_sender (scene->ledger, pad);
  gst_object_unref (pad);
  pad = test_pad (scene->sender, "enc", "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_media, scene, NULL);
  gst_object_unref (pad);
}

static void
make_receiver (Scene *scene, guint index, const gchar *protocol, guint port)
{
  TestReceiver *receiver = &scene->receivers[index];
  GstPad *pad;

  receiver->name = protocol;
  receiver->check = output_check_new (scene->media, scene->records);
  receiver->pipeline =
      test_pipeline ("fecsrc name=src protocols=%s "
                     "uri=fec://127.0.0.1:%u/test multicast-iface=lo "
                     "! fecdecode name=dec timestamp-mode=%s latency=%d "
                     "request-missing=%d ! appsink name=out sync=false",
          protocol, port, scene->records ? "sender" : "auto",
          2 * scene->options.block_ms + JITTER_MS, scene->options.request);
  test_receiver_connect (receiver);
  pad = test_pad (receiver->pipeline, "src", "src");
  block_ledger_watch_receiver (scene->ledger, index, pad);
  gst_object_unref (pad);
}

/* Starts the relay and returns its port, 0 when it does not start. */
static guint
start_relay (Scene *scene, guint port)
{
  gchar *to = g_strdup_printf (
      "%s --listen 127.0.0.1:0 --to 127.0.0.1:%u", scene->options.relay, port);
  gchar **arguments = g_strsplit (to, " ", -1);
  GDataInputStream *lines;
  GError *error = NULL;
  gchar *line = NULL;
  guint ret = 0;

  scene->relay = g_subprocess_newv (
      (const gchar *const *) arguments, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (scene->relay != NULL) {
    lines =
        g_data_input_stream_new (g_subprocess_get_stdout_pipe (scene->relay));
    g_filter_input_stream_set_close_base_stream (
        G_FILTER_INPUT_STREAM (lines), FALSE);
    line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
    if (line != NULL && strrchr (line, ' ') != NULL)
      ret = atoi (strrchr (line, ' ') + 1);
    g_object_unref (lines);
  }
  if (ret == 0)
    g_printerr ("the relay does not start: %s\n",
        error != NULL ? error->message : "it tells no port");
  g_clear_error (&error);
  g_free (line);
  g_strfreev (arguments);
  g_free (to);
  return ret;
}

static void
stop_relay (Scene *scene)
{
  if (scene->relay == NULL)
    return;
  g_subprocess_send_signal (scene->relay, SIGTERM);
  g_subprocess_wait (scene->relay, NULL, NULL);
  g_clear_object (&scene->relay);
}

/* ---- Waiting for things --------------------------------------------------- */

/* Listed is not enough: the answer that tells the client may be lost. */
static gboolean
udp_client_has_joined (gpointer user_data)
{
  Scene *scene = user_data;

  return test_stat_is (
      scene->receivers[UDP].pipeline, "src", "state", "joined");
}

/* The kernel tells who is in a group, in hexadecimal of its own byte order. */
static gboolean
group_is_joined (gpointer user_data)
{
  GInetAddress *group = g_inet_address_new_from_string (GROUP);
  gchar *groups = NULL, *wanted;
  guint32 word;
  gboolean ret;

  memcpy (&word, g_inet_address_to_bytes (group), 4);
  wanted = g_strdup_printf ("%08X", word);
  ret =
      g_file_get_contents ("/proc/thread-self/net/igmp", &groups, NULL, NULL) &&
      strstr (groups, wanted) != NULL;
  g_free (wanted);
  g_free (groups);
  g_object_unref (group);
  return ret;
}

/* Whole output is not the end: repair that is still on its way counts too. */
static gboolean
is_over (TestReceiver *receiver, gint64 now)
{
  gint64 silence = now - receiver->last_output;

  if (g_atomic_int_get (&receiver->eos))
    return TRUE;
  if (output_check_position (receiver->check) ==
      output_check_total (receiver->check))
    return silence >= REST_US;
  return silence >= SILENCE_US;
}

static gboolean
all_is_over (gpointer user_data)
{
  Scene *scene = user_data;
  gint64 now = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < scene->n_receivers; i++) {
    if (!is_over (&scene->receivers[i], now))
      return FALSE;
  }
  return TRUE;
}

static gboolean
start (Scene *scene)
{
  guint port;

  make_sender (scene);
  if (!test_pipeline_play (scene->sender) ||
      !test_wait_for_channel (scene->sender, "rep"))
    return FALSE;
  port = test_uint_property (scene->sender, "rep", "bound-port");

  if (!scene->options.udp_only) {
    scene->n_receivers = N_RECEIVERS;
    make_receiver (scene, MULTICAST, "udp-mcast", port);
    if (!test_pipeline_play (scene->receivers[MULTICAST].pipeline))
      return FALSE;
    if (!test_wait (group_is_joined, scene, TEST_PATIENCE)) {
      g_printerr ("the multicast client does not join the group\n");
      return FALSE;
    }
  }

  if (scene->options.relay != NULL && (port = start_relay (scene, port)) == 0)
    return FALSE;
  make_receiver (scene, UDP, "udp", port);
  if (!test_pipeline_play (scene->receivers[UDP].pipeline))
    return FALSE;
  if (!test_wait (udp_client_has_joined, scene, TEST_PATIENCE)) {
    g_printerr ("the UDP client has not joined\n");
    return FALSE;
  }
  return TRUE;
}

static gboolean
nothing_failed (guint index, gpointer user_data)
{
  Scene *scene = user_data;
  guint i;

  if (test_pipeline_failed (scene->sender))
    return FALSE;
  for (i = 0; i < scene->n_receivers; i++) {
    if (test_pipeline_failed (scene->receivers[i].pipeline))
      return FALSE;
  }
  return TRUE;
}

static gboolean
run (Scene *scene)
{
  GstElement *appsrc = gst_bin_get_by_name (GST_BIN (scene->sender), "in");
  gboolean ret;
  guint i;

  ret = test_media_send (scene->media, appsrc, TRUE, nothing_failed, scene);
  gst_object_unref (appsrc);
  if (!ret)
    return FALSE;

  for (i = 0; i < scene->n_receivers; i++)
    scene->receivers[i].last_output = g_get_monotonic_time ();
  test_wait (all_is_over, scene, TEST_PATIENCE);
  return TRUE;
}

/* ---- Judging -------------------------------------------------------------- */

/* Where block @index lies in the output, in the unit of the output check. */
static void
find_range (Scene *scene, guint index, guint64 offset, gsize *start, gsize *end)
{
  const GArray *before = scene->blocks_before;
  guint i;

  if (!scene->records) {
    *start = offset;
    *end = offset + block_ledger_size (scene->ledger, index);
    return;
  }

  /* buffers that lie in this block alone: the block had begun before, and had
     not ended when the second buffer after them came */
  *start = *end = 0;
  for (i = 0; i + 2 < before->len; i++) {
    if (g_array_index (before, guint, i) != index + 1 ||
        g_array_index (before, guint, i + 2) != index + 1)
      continue;
    if (*start == *end)
      *start = i;
    *end = i + 1;
  }
}

static void
print_block (Scene *scene, TestReceiver *receiver, guint index, gint spare)
{
  guint k, sent;

  block_ledger_symbols (scene->ledger, index, &k, &sent);
  g_print ("%s: block %u: K %u, sent %u, received %d\n", receiver->name, index,
      k, sent, (gint) k + spare);
}

static gboolean
judge_blocks (Scene *scene, guint r, guint fates[4])
{
  TestReceiver *receiver = &scene->receivers[r];
  guint i, n = block_ledger_count (scene->ledger);
  gint spare, least = G_MAXINT;
  guint64 offset = 0;
  gboolean ret = TRUE;

  for (i = 0; i < n; i++) {
    BlockFate fate = block_ledger_fate (scene->ledger, r, i);
    gsize start, end;

    spare = block_ledger_spare (scene->ledger, r, i);
    fates[fate]++;
    if (fate >= BLOCK_DOUBTFUL)
      print_block (scene, receiver, i, spare);
    least = MIN (least, spare);
    find_range (scene, i, offset, &start, &end);
    offset += block_ledger_size (scene->ledger, i);
    if (fate <= BLOCK_REPAIRABLE && start < end &&
        output_check_is_damaged (receiver->check, start, end)) {
      g_printerr ("%s: block %u is damaged although %d more symbols than "
                  "needed came\n",
          receiver->name, i, spare);
      ret = FALSE;
    }
  }
  g_print ("%s: %u blocks: %u received whole, %u repairable, %u doubtful, %u "
           "undecodable; fewest spare symbols %d\n",
      receiver->name, n, fates[0], fates[1], fates[2], fates[3], least);
  return ret;
}

static gboolean
judge_stats (Scene *scene, TestReceiver *receiver, const guint fates[4])
{
  guint64 lost = test_stat (receiver->pipeline, "dec", "blocks-lost");
  guint64 complete = test_stat (receiver->pipeline, "dec", "blocks-complete");
  guint64 repaired = test_stat (receiver->pipeline, "dec", "blocks-repaired");
  guint n = block_ledger_count (scene->ledger);

  g_print ("%s: packets received %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT
           "; blocks complete %" G_GUINT64_FORMAT
           ", repaired %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT
           ", skipped %" G_GUINT64_FORMAT ", pending %" G_GUINT64_FORMAT "%s\n",
      receiver->name, test_stat (receiver->pipeline, "dec", "packets-received"),
      test_stat (receiver->pipeline, "dec", "packets-lost"), complete, repaired,
      lost, test_stat (receiver->pipeline, "dec", "blocks-skipped"),
      test_stat (receiver->pipeline, "dec", "blocks-pending"),
      g_atomic_int_get (&receiver->eos) ? "; EOS" : "");
  /* Nobody tells the end of the stream when the packets that say so are lost: the last block waits for more. */
  if (scene->options.expect_damage && !g_atomic_int_get (&receiver->eos))
    lost += test_stat (receiver->pipeline, "dec", "blocks-pending");
  if (lost < fates[BLOCK_UNDECODABLE] ||
      lost > fates[BLOCK_UNDECODABLE] + fates[BLOCK_DOUBTFUL] ||
      complete + lost != n) {
    g_printerr ("%s: the decoder's counters do not fit the packets that came\n",
        receiver->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
judge_damage (Scene *scene, TestReceiver *receiver, const guint fates[4])
{
  gsize missing = output_check_missing (receiver->check);
  gsize total = output_check_total (receiver->check);

  g_print ("%s: %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " %s missing in %u "
           "holes\n",
      receiver->name, missing, total, scene->records ? "buffers" : "bytes",
      output_check_n_holes (receiver->check));
  if (!scene->options.expect_damage) {
    if (missing == 0)
      return TRUE;
    g_printerr ("%s: the output is not whole\n", receiver->name);
    return FALSE;
  }
  if (fates[BLOCK_UNDECODABLE] == 0 || missing == 0) {
    g_printerr (
        "%s: no block was damaged: this path shows nothing\n", receiver->name);
    return FALSE;
  }
  if (fates[BLOCK_RECEIVED] + fates[BLOCK_REPAIRABLE] == 0) {
    g_printerr (
        "%s: no block came through: this path shows nothing\n", receiver->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
judge (Scene *scene, guint r)
{
  TestReceiver *receiver = &scene->receivers[r];
  guint fates[4] = { 0 };
  gboolean ret = TRUE;

  if (test_pipeline_failed (receiver->pipeline))
    ret = FALSE;
  output_check_finish (receiver->check);
  ret &= judge_blocks (scene, r, fates);
  ret &= judge_stats (scene, receiver, fates);
  ret &= judge_damage (scene, receiver, fates);
  if (output_check_problem (receiver->check) != NULL) {
    g_printerr (
        "%s: %s\n", receiver->name, output_check_problem (receiver->check));
    ret = FALSE;
  }
  return ret;
}

static void
clear (Scene *scene)
{
  guint i;

  for (i = 0; i < N_RECEIVERS; i++) {
    if (scene->receivers[i].pipeline != NULL)
      test_pipeline_stop (scene->receivers[i].pipeline);
    g_clear_pointer (&scene->receivers[i].check, output_check_free);
  }
  if (scene->sender != NULL)
    test_pipeline_stop (scene->sender);
  stop_relay (scene);
  block_ledger_free (scene->ledger);
  test_media_free (scene->media);
  g_array_unref (scene->blocks_before);
  g_mutex_clear (&scene->lock);
  g_free (scene->options.framing);
  g_free (scene->options.relay);
}

int
main (int argc, char **argv)
{
  static const gchar *const needed[] = { "x264enc", "h264parse", "avenc_aac",
    "aacparse", "mpegtsmux", "appsrc", "appsink", NULL };
  Scene scene = { .options = { .seconds = 8,
                      .kilobits = 4800,
                      .repair = 30,
                      .block_ms = 200 },
    .n_receivers = 1 };
  GError *error = NULL;
  gboolean ok;
  guint i;

  if (!parse_options (&scene.options, &argc, &argv))
    return 2;
  test_need_elements (needed);

  scene.records = g_strcmp0 (scene.options.framing, "records") == 0;
  scene.media =
      test_media_encode (scene.records ? TEST_MEDIA_H264 : TEST_MEDIA_MPEGTS,
          scene.options.seconds, scene.options.kilobits, &error);
  if (scene.media == NULL) {
    g_printerr ("cannot encode the test media: %s\n", error->message);
    g_clear_error (&error);
    return 1;
  }
  g_print ("%u bytes in %u buffers, %.2f Mbit/s\n", scene.media->bytes->len,
      scene.media->buffers->len,
      scene.media->bytes->len * 8e-6 / scene.options.seconds);
  g_mutex_init (&scene.lock);
  scene.ledger = block_ledger_new (N_RECEIVERS);
  scene.blocks_before = g_array_new (FALSE, FALSE, sizeof (guint));

  ok = start (&scene) && run (&scene);
  if (ok) {
    for (i = 0; i < scene.n_receivers; i++)
      ok &= judge (&scene, i);
  }
  clear (&scene);
  g_print ("%s\n", ok ? "ok" : "FAILED");
  return ok ? 0 : 1;
}
