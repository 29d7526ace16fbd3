/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-report.c: from seconds to rows. Knows benchreport and codec-goals.
 */
#include "codec-report.h"

#include <math.h>

#include "codec-goals.h"

static const gchar *
cell_name (const CodecCell *cell)
{
  static const gchar *const names[] = { "encode-cached", "encode-cold",
    "decode-loss", "decode-repair-only" };

  return names[cell->kind];
}

static gchar *
cell_params (const CodecCell *cell, const CodecBlock *block)
{
  switch (cell->kind) {
    case CODEC_DECODE_LOSS:
      return g_strdup_printf ("K=%u T=%u loss=%u overhead=%u", block->k,
          block->t, cell->loss, cell->overhead);
    case CODEC_DECODE_REPAIR_ONLY:
      return g_strdup_printf (
          "K=%u T=%u overhead=%u", block->k, block->t, cell->overhead);
    default:
      return g_strdup_printf ("K=%u T=%u", block->k, block->t);
  }
}

/* Gbit/s of source at @percent of @seconds; 100: the slowest. */
static gdouble
gbps (const CodecBlock *block, GArray *seconds, gdouble percent)
{
  return 8e-9 * block->k * block->t / bench_percentile (seconds, percent);
}

static void
set_figures (BenchRow *row, const CodecBlock *block, GArray *seconds)
{
  row->value = gbps (block, seconds, 50);
  row->unit = "Gbit/s";
  row->rounds = seconds->len;
  row->low = gbps (block, seconds, 100);
  row->high = gbps (block, seconds, 0);
  row->goal = NAN;
  row->more_is_better = TRUE;
}

static void
set_peers (BenchRow *row, BenchPeer *others, const CodecResult *result,
    const CodecBlock *block, const CodecPeer *const *peers, guint n_peers)
{
  guint i;

  for (i = 0; i < n_peers; i++) {
    GArray *seconds = result->peers[i];
    BenchPeer peer;

    if (seconds->len == 0)
      continue;
    peer =
        (BenchPeer){ peers[i]->name, gbps (block, seconds, 50), seconds->len };
    if (row->peer == NULL) {
      row->peer = peer.name;
      row->peer_value = peer.value;
      row->peer_rounds = peer.rounds;
    } else {
      others[row->n_others++] = peer;
    }
  }
  row->others = others;
  row->peer_left_out = result->left_out;
}

static void
set_goals (BenchRow *row, const CodecCell *cell, const CodecBlock *block,
    const CodecLimits *limits)
{
  CodecBound bound = codec_bound (cell, block, limits);
  gdouble goal = codec_goal (cell, block->k, block->t);

  row->best_known = codec_best_known (cell, block->k, block->t);
  if (cell->kind == CODEC_ENCODE_COLD && row->best_known > 0)
    row->goal_ratio = CODEC_COLD_GOAL_RATIO;
  if (goal > 0) {
    row->goal = goal;
    row->goal_scaled = goal * bound.now / bound.then;
  }
  /* Planning is not the kind of work that these limits bound. */
  if (bound.work > 0 && cell->kind != CODEC_ENCODE_COLD) {
    row->limit = bound.name;
    row->limit_share = row->value / 8 * bound.work / bound.now;
  }
}

void
codec_report_limits (BenchReport *report, const CodecLimits *limits)
{
  const gdouble *gather = limits->gather_xor;

  bench_report_set_limit (report, "gather_xor_l1_gbps", gather[CODEC_LEVEL_L1]);
  bench_report_set_limit (report, "gather_xor_l2_gbps", gather[CODEC_LEVEL_L2]);
  bench_report_set_limit (report, "gather_xor_l3_gbps", gather[CODEC_LEVEL_L3]);
  bench_report_set_limit (
      report, "gather_xor_memory_gbps", gather[CODEC_LEVEL_MEMORY]);
  bench_report_set_limit (report, "matrix_gbps", limits->matrix);
  bench_report_set_text (report, "gather_xor_by", limits->gather_kernel);
  bench_report_set_text (report, "matrix_by", limits->matrix_kernel);
}

void
codec_report_cell (BenchReport *report, const CodecResult *result,
    const CodecBlock *block, const CodecPeer *const *peers, guint n_peers,
    const CodecLimits *limits)
{
  gchar *params = cell_params (&result->cell, block);
  BenchRow row = { .name = cell_name (&result->cell),
    .params = params,
    .failures = result->tries.failures };
  BenchPeer others[CODEC_PEERS_MAX];

  set_figures (&row, block, result->ours);
  set_peers (&row, others, result, block, peers, n_peers);
  set_goals (&row, &result->cell, block, limits);
  bench_report_add (report, &row);
  g_free (params);
}

void
codec_report_kernels (BenchReport *report, const CodecResult *ours,
    const CodecResult *best, const CodecBlock *block, const gchar *kernels,
    const gchar *best_name)
{
  gchar *cell = cell_params (&ours->cell, block);
  gchar *params = g_strdup_printf ("%s kernels=%s", cell, kernels);
  BenchRow row = { .name = cell_name (&ours->cell), .params = params };

  set_figures (&row, block, ours->ours);
  row.peer = best_name;
  row.peer_value = gbps (block, best->ours, 50);
  row.peer_rounds = best->ours->len;
  if (block->k <= CODEC_AVX2_GOAL_K_MAX &&
      codec_cell_symbols (&ours->cell, block) > 0)
    row.goal_ratio = CODEC_AVX2_GOAL_RATIO;
  bench_report_add (report, &row);
  g_free (params);
  g_free (cell);
}

static void
add_memory (
    BenchReport *report, gdouble megabytes, const gchar *what, guint k, guint t)
{
  gchar *params = g_strdup_printf ("K=%u T=%u of=%s", k, t, what);
  BenchRow row = { .name = "memory",
    .params = params,
    .value = megabytes,
    .unit = "MB",
    .rounds = 1,
    .low = megabytes,
    .high = megabytes,
    .goal = k == CODEC_MEMORY_GOAL_K ? CODEC_MEMORY_GOAL : NAN };

  bench_report_add (report, &row);
  g_free (params);
}

void
codec_report_memory (
    BenchReport *report, const CodecMemory *memory, guint k, guint t)
{
  add_memory (report, memory->encode, "encode", k, t);
  add_memory (report, memory->decode, "decode-loss-20", k, t);
  add_memory (report, memory->repair_only, "decode-repair-only", k, t);
}

void
codec_report_plan (
    BenchReport *report, guint k, guint loss, guint rounds, const gdouble us[3])
{
  gchar *params = loss > 0 ? g_strdup_printf ("K=%u of=decode-loss-%u", k, loss)
                           : g_strdup_printf ("K=%u of=encode", k);
  BenchRow row = { .name = "plan",
    .params = params,
    .value = us[0],
    .unit = "us",
    .rounds = rounds,
    .low = us[1],
    .high = us[2],
    .goal = k == CODEC_PLAN_GOAL_K ? CODEC_PLAN_GOAL : NAN };

  bench_report_add (report, &row);
  g_free (params);
}

void
codec_report_failures (BenchReport *report, const CodecCell *cell,
    const CodecBlock *block, const CodecTries *tries)
{
  gdouble rate = (gdouble) tries->failures / tries->tries;
  gdouble goal = codec_failure_goal (cell->overhead);
  gchar *params = g_strdup_printf (
      "K=%u loss=%u overhead=%u", block->k, cell->loss, cell->overhead);
  BenchRow row = { .name = "failure-rate",
    .params = params,
    .value = rate,
    .unit = "of decodes",
    .rounds = tries->tries,
    .low = rate,
    .high = rate,
    .goal = goal > 0 ? goal : NAN };

  bench_report_add (report, &row);
  g_free (params);
}
