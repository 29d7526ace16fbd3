/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-codec.c: how fast the codec encodes and decodes, with other codecs
 * beside it round by round, and what the machine can do at most. Knows
 * codec-cells, codec-peers, codec-memory and codec-report.
 *
 * bench-codec [--quick | --check] [--avx2] [--json FILE] [--rounds N] [--t T]
 *   [K...]
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "codec-report.h"

static const gchar *
kernels_name (void)
{
  return rq_kernels_name ();
}

/* NULL: the best ones. */
static gboolean
force_kernels (const gchar *name)
{
  return rq_kernels_force (name) == RQ_OK;
}

/** How thorough it is. Times in seconds. */
typedef struct
{
  const guint *ks;
  guint n_ks;
  const guint *ts;
  guint n_ts;
  guint rounds;
  gdouble least; /* timed of a cell in a round */
  gdouble limits; /* timed of each limit, several times */
  gdouble peer_once; /* a peer that takes longer for one block is left out */
  gdouble peer_cell; /* longer than this a peer runs in no cell, once though */
  guint plans; /* rounds of planning */
  guint decodes; /* that may fail, at +0 */
} Settings;

static const guint all_ks[] = { 10, 100, 250, 500, 1000, 2000, 5000, 10000,
  20000, 50000 };
static const guint quick_ks[] = { 10, 100, 250, 500, 1000, 5000, 10000 };
static const guint check_ks[] = { 10, 100 };
static const guint all_ts[] = { 1280, 1344 };

static const Settings full = { all_ks, G_N_ELEMENTS (all_ks), all_ts, 2, 7,
  2e-3, 20e-3, 60, 20, 101, 20000 };
static const Settings quick = { quick_ks, G_N_ELEMENTS (quick_ks), all_ts, 1, 5,
  1e-3, 5e-3, 0.5, 0.5, 31, 2000 };
static const Settings check = { check_ks, G_N_ELEMENTS (check_ks), all_ts, 1, 1,
  0, 1e-4, 1, 0, 1, 20 };

static const CodecCell cells[] = {
  { CODEC_ENCODE_CACHED, 0, 0 },
  { CODEC_ENCODE_COLD, 0, 0 },
  { CODEC_DECODE_LOSS, 0, 0 },
  { CODEC_DECODE_LOSS, 0, 2 },
  { CODEC_DECODE_LOSS, 1, 0 },
  { CODEC_DECODE_LOSS, 1, 2 },
  { CODEC_DECODE_LOSS, 5, 0 },
  { CODEC_DECODE_LOSS, 5, 2 },
  { CODEC_DECODE_LOSS, 20, 0 },
  { CODEC_DECODE_LOSS, 20, 2 },
  { CODEC_DECODE_REPAIR_ONLY, 100, 0 },
  { CODEC_DECODE_REPAIR_ONLY, 100, 2 },
};
#define N_CELLS G_N_ELEMENTS (cells)

typedef struct
{
  Settings settings;
  BenchReport *report;
  CodecLimits limits;
  const CodecPeer *peers[CODEC_PEERS_MAX];
  guint n_peers;
  /* The last block that a peer did: encoding, decoding. */
  struct
  {
    guint k;
    gdouble seconds;
  } last[CODEC_PEERS_MAX][2];
} Bench;

/* ---- Results --------------------------------------------------------------- */

static void
init_results (CodecResult *results)
{
  guint i, p;

  for (i = 0; i < N_CELLS; i++) {
    results[i] = (CodecResult){ .cell = cells[i],
      .ours = g_array_new (FALSE, FALSE, sizeof (gdouble)) };
    for (p = 0; p < CODEC_PEERS_MAX; p++)
      results[i].peers[p] = g_array_new (FALSE, FALSE, sizeof (gdouble));
  }
}

static void
clear_results (CodecResult *results)
{
  guint i, p;

  for (i = 0; i < N_CELLS; i++) {
    g_array_unref (results[i].ours);
    for (p = 0; p < CODEC_PEERS_MAX; p++)
      g_array_unref (results[i].peers[p]);
    g_free (results[i].left_out);
  }
}

/* A round that is not counted: plans are made, memory is there. */
static void
warm_up (CodecBlock *block)
{
  CodecTries tries;
  guint i;

  for (i = 0; i < N_CELLS; i++)
    codec_cell_run (&cells[i], block, 0, &tries);
}

static void
run_ours (CodecResult *result, CodecBlock *block, gdouble least)
{
  gdouble seconds =
      codec_cell_run (&result->cell, block, least, &result->tries);

  g_array_append_val (result->ours, seconds);
}

/* ---- Peers ----------------------------------------------------------------- */

static void
leave_out (CodecResult *result, const CodecPeer *peer, const gchar *reason)
{
  gchar *before = result->left_out;

  result->left_out =
      g_strdup_printf ("%s%sno %s (%s)", before != NULL ? before : "",
          before != NULL ? ", " : "", peer->name, reason);
  g_free (before);
}

/* Nothing lost is nothing to compare, and peers have an overhead of their
   own. */
static gboolean
peers_take_part (const CodecCell *cell)
{
  return codec_cell_is_encode (cell) || (cell->loss > 0 && !cell->overhead);
}

/* liblcrq's time grows with the power of 2.4, from what it took for the last
   block; ISA-L's is never long. */
static gdouble
expect_seconds (
    const Bench *bench, guint peer, gboolean encode, const CodecBlock *block)
{
  guint k = bench->last[peer][encode].k;

  if (k == 0 || k > block->k)
    return 0;
  return bench->last[peer][encode].seconds * pow ((gdouble) block->k / k, 2.4);
}

/* Whether @peer is to run now, in the round @round. */
static gboolean
peer_may_run (const Bench *bench, guint peer, CodecResult *result,
    const CodecBlock *block, guint round)
{
  gboolean encode = codec_cell_is_encode (&result->cell);
  const gchar *reason = bench->peers[peer]->refuse (&result->cell, block);
  gdouble seconds = expect_seconds (bench, peer, encode, block);
  guint done = result->peers[peer]->len;

  if (reason == NULL && seconds > bench->settings.peer_once) {
    gchar *text = g_strdup_printf ("about %.3g s a block", seconds);

    if (round == 0)
      leave_out (result, bench->peers[peer], text);
    g_free (text);
    return FALSE;
  }
  if (reason != NULL) {
    if (round == 0)
      leave_out (result, bench->peers[peer], reason);
    return FALSE;
  }
  return round == done &&
      (done == 0 || (done + 1) * seconds <= bench->settings.peer_cell);
}

static void
run_peer (Bench *bench, guint peer, CodecResult *result, CodecBlock *block)
{
  gboolean encode = codec_cell_is_encode (&result->cell);
  gdouble seconds =
      bench->peers[peer]->run (&result->cell, block, bench->settings.least);

  g_array_append_val (result->peers[peer], seconds);
  bench->last[peer][encode].k = block->k;
  bench->last[peer][encode].seconds = seconds;
}

static void
run_peers (Bench *bench, CodecResult *result, CodecBlock *block, guint round)
{
  guint p;

  if (!peers_take_part (&result->cell))
    return;
  for (p = 0; p < bench->n_peers; p++) {
    if (bench->peers[p]->keeps_nothing &&
        result->cell.kind == CODEC_ENCODE_CACHED)
      continue;
    if (peer_may_run (bench, p, result, block, round))
      run_peer (bench, p, result, block);
  }
}

/* A peer that keeps nothing ran once in each round for both ways to encode. */
static void
share_encode (const Bench *bench, CodecResult *cached, const CodecResult *cold)
{
  guint p;

  for (p = 0; p < bench->n_peers; p++) {
    if (bench->peers[p]->keeps_nothing) {
      g_array_unref (cached->peers[p]);
      cached->peers[p] = g_array_ref (cold->peers[p]);
      if (cold->peers[p]->len == 0 && cached->left_out == NULL)
        cached->left_out = g_strdup (cold->left_out);
    }
  }
}

/* ---- Loops ----------------------------------------------------------------- */

static void
bench_block (Bench *bench, guint k, guint t)
{
  CodecBlock *block = codec_block_new (k, t);
  CodecResult results[N_CELLS];
  guint round, i;

  init_results (results);
  warm_up (block);
  for (round = 0; round < bench->settings.rounds; round++) {
    for (i = 0; i < N_CELLS; i++) {
      run_ours (&results[i], block, bench->settings.least);
      run_peers (bench, &results[i], block, round);
    }
  }
  share_encode (bench, &results[0], &results[1]);
  for (i = 0; i < N_CELLS; i++)
    codec_report_cell (bench->report, &results[i], block, bench->peers,
        bench->n_peers, &bench->limits);
  clear_results (results);
  codec_block_free (block);
}

/* AVX2 and the best kernels in turn; each has a block of its own, because
   what is kept for encoding may depend on the kernels. */
static void
bench_kernels (Bench *bench, guint k, guint t, const gchar *best_name)
{
  const gchar *const names[] = { "avx2", best_name };
  CodecResult results[2][N_CELLS];
  CodecBlock *blocks[2];
  guint round, i, s;

  for (s = 0; s < 2; s++) {
    force_kernels (names[s]);
    blocks[s] = codec_block_new (k, t);
    init_results (results[s]);
    warm_up (blocks[s]);
  }
  for (round = 0; round < bench->settings.rounds; round++) {
    for (i = 0; i < N_CELLS; i++) {
      for (s = 0; s < 2; s++) {
        force_kernels (names[s]);
        run_ours (&results[s][i], blocks[s], bench->settings.least);
      }
    }
  }
  for (i = 0; i < N_CELLS; i++)
    codec_report_kernels (bench->report, &results[0][i], &results[1][i],
        blocks[0], names[0], names[1]);
  for (s = 0; s < 2; s++) {
    clear_results (results[s]);
    codec_block_free (blocks[s]);
  }
}

/* Bytes of symbols play no part in it, therefore they have few. */
static void
bench_failures (Bench *bench)
{
  static const guint ks[] = { 10, 100 };
  guint i, overhead;

  for (i = 0; i < G_N_ELEMENTS (ks); i++) {
    CodecBlock *block = codec_block_new (ks[i], 4);

    for (overhead = 0; overhead <= 2; overhead++) {
      CodecCell cell = { CODEC_DECODE_LOSS, 50, overhead };
      CodecTries tries = { 0 };
      guint decodes = bench->settings.decodes * (overhead > 0 ? 5 : 1);

      while (tries.tries < decodes)
        codec_cell_run (&cell, block, 0, &tries);
      codec_report_failures (bench->report, &cell, block, &tries);
    }
    codec_block_free (block);
  }
}

/* The planner's program lies beside this one. */
static void
bench_plan (Bench *bench, guint k, guint loss)
{
  gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  gchar *program = g_strconcat (self != NULL ? self : "", "-plan", NULL);
  gchar *command =
      g_strdup_printf ("%s %u %u %u", program, k, loss, bench->settings.plans);
  gchar *out = NULL;
  GError *error = NULL;
  gchar **words;
  gdouble us[3];
  gint status, i;

  if (!g_spawn_command_line_sync (command, &out, NULL, &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", command, error->message);
  words = g_strsplit (out, " ", 3);
  for (i = 0; i < 3; i++)
    us[i] = words[i] != NULL ? g_ascii_strtod (words[i], NULL) : 0;
  codec_report_plan (bench->report, k, loss, bench->settings.plans, us);
  g_strfreev (words);
  g_free (out);
  g_free (command);
  g_free (program);
  g_free (self);
}

static void
bench_memory (Bench *bench)
{
  CodecMemory memory;
  guint i;

  for (i = 0; i < bench->settings.n_ks; i++) {
    guint k = bench->settings.ks[i];

    codec_memory_measure (&memory, k, bench->settings.ts[0]);
    codec_report_memory (bench->report, &memory, k, bench->settings.ts[0]);
  }
}

static void
bench_plans (Bench *bench)
{
  static const guint ks[] = { 100, 1000, 10000 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (ks); i++) {
    bench_plan (bench, ks[i], 0);
    bench_plan (bench, ks[i], 20);
  }
}

static void
bench_all (Bench *bench)
{
  const Settings *settings = &bench->settings;
  guint i, j;

  bench->n_peers = codec_peers_find (bench->peers);
  bench_plans (bench);
  bench_failures (bench);
  for (i = 0; i < settings->n_ts; i++) {
    memset (bench->last, 0, sizeof (bench->last));
    for (j = 0; j < settings->n_ks; j++)
      bench_block (bench, settings->ks[j], settings->ts[i]);
  }
}

static gboolean
bench_avx2 (Bench *bench)
{
  const Settings *settings = &bench->settings;
  const gchar *best;
  guint i, j;

  if (!force_kernels ("avx2") || !force_kernels (NULL)) {
    g_printerr ("bench-codec: the codec or the machine has no choice\n");
    return FALSE;
  }
  best = kernels_name ();
  bench_report_set_text (bench->report, "kernels", best);
  for (i = 0; i < settings->n_ts; i++) {
    for (j = 0; j < settings->n_ks; j++)
      bench_kernels (bench, settings->ks[j], settings->ts[i], best);
  }
  return TRUE;
}

/* ---- Arguments ------------------------------------------------------------- */

typedef struct
{
  gboolean quick;
  gboolean check;
  gboolean avx2;
  gint rounds;
  gint t;
  gchar *json;
  GArray *ks;
  guint own_t;
} Options;

static gboolean
parse_sizes (Options *options, gint argc, gchar **argv)
{
  gint i;

  for (i = 1; i < argc; i++) {
    guint64 k;
    guint size;

    if (!g_ascii_string_to_unsigned (argv[i], 10, 1, RQ_K_MAX, &k, NULL)) {
      g_printerr ("bench-codec: %s is no number of symbols\n", argv[i]);
      return FALSE;
    }
    size = (guint) k;
    g_array_append_val (options->ks, size);
  }
  return TRUE;
}

static gboolean
parse_options (Options *options, gint *argc, gchar ***argv)
{
  const GOptionEntry entries[] = {
    { "quick", 0, 0, G_OPTION_ARG_NONE, &options->quick,
        "The most important sizes, within a minute", NULL },
    { "check", 0, 0, G_OPTION_ARG_NONE, &options->check,
        "Compare all outputs of two small sizes; the times mean nothing",
        NULL },
    { "avx2", 0, 0, G_OPTION_ARG_NONE, &options->avx2,
        "AVX2 beside the best kernels, nothing else", NULL },
    { "json", 0, 0, G_OPTION_ARG_FILENAME, &options->json,
        "Write the rows to FILE", "FILE" },
    { "rounds", 0, 0, G_OPTION_ARG_INT, &options->rounds,
        "Take medians of N rounds", "N" },
    { "t", 0, 0, G_OPTION_ARG_INT, &options->t, "Symbols of T bytes only",
        "T" },
    { NULL },
  };
  GOptionContext *context = g_option_context_new ("[K...]");
  GError *error = NULL;
  gboolean ok;

  g_option_context_add_main_entries (context, entries, NULL);
  ok = g_option_context_parse (context, argc, argv, &error);
  g_option_context_free (context);
  if (!ok) {
    g_printerr ("bench-codec: %s\n", error->message);
    g_clear_error (&error);
    return FALSE;
  }
  if (options->rounds < 0 || options->t < 0 || options->t > (gint) RQ_T_MAX) {
    g_printerr ("bench-codec: --rounds or --t out of range\n");
    return FALSE;
  }
  return parse_sizes (options, *argc, *argv);
}

static Settings
choose_settings (Options *options)
{
  Settings settings = options->check ? check : options->quick ? quick : full;

  if (options->rounds > 0)
    settings.rounds = (guint) options->rounds;
  if (options->t > 0) {
    options->own_t = (guint) options->t;
    settings.ts = &options->own_t;
    settings.n_ts = 1;
  }
  if (options->ks->len > 0) {
    settings.ks = (const guint *) (gpointer) options->ks->data;
    settings.n_ks = options->ks->len;
  }
  return settings;
}

static void
print_goals (const BenchReport *report)
{
  guint goals, met;

  bench_report_count_goals (report, &goals, &met);
  g_print ("%u of %u goals met\n", met, goals);
}

int
main (int argc, char **argv)
{
  Options options = { .ks = g_array_new (FALSE, FALSE, sizeof (guint)) };
  Bench bench = { 0 };
  GError *error = NULL;
  gboolean ok;

  if (!parse_options (&options, &argc, &argv))
    return 2;
  bench.settings = choose_settings (&options);
  bench.report = bench_report_new ("codec");
  g_print ("kernels of the codec: %s\n", kernels_name ());
  bench_report_set_text (bench.report, "kernels", kernels_name ());
  if (!options.avx2)
    bench_memory (&bench); /* first, while the process is small */
  codec_limits_measure (&bench.limits, bench.settings.limits);
  codec_report_limits (bench.report, &bench.limits);

  ok = TRUE;
  if (options.avx2)
    ok = bench_avx2 (&bench);
  else
    bench_all (&bench);
  print_goals (bench.report);
  if (ok && options.json != NULL &&
      !bench_report_write (bench.report, options.json, &error)) {
    g_printerr ("bench-codec: %s\n", error->message);
    g_clear_error (&error);
    ok = FALSE;
  }
  bench_report_free (bench.report);
  g_array_unref (options.ks);
  g_free (options.json);
  return ok ? 0 : 1;
}
