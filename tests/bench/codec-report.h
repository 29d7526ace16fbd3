/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-report.h: rows of the codec's benchmark with their peers, goals and
 * limits. Knows benchreport, codec-cells, codec-goals, codec-memory.
 */
#pragma once

#include "benchreport.h"
#include "codec-cells.h"
#include "codec-limits.h"
#include "codec-memory.h"
#include "codec-peers.h"

G_BEGIN_DECLS

/** What was measured of one cell; arrays of gdouble, seconds for a block. */
typedef struct
{
  CodecCell cell;
  GArray *ours;
  CodecTries tries;
  GArray *peers[CODEC_PEERS_MAX]; /**< empty where left out */
  gchar *left_out; /**< why, or NULL */
} CodecResult;

void codec_report_limits (BenchReport *report, const CodecLimits *limits);

void codec_report_cell (BenchReport *report, const CodecResult *result,
    const CodecBlock *block, const CodecPeer *const *peers, guint n_peers,
    const CodecLimits *limits);

/** @ours: with the kernels @kernels; @best: with the best ones, their name
    @best_name. */
void codec_report_kernels (BenchReport *report, const CodecResult *ours,
    const CodecResult *best, const CodecBlock *block, const gchar *kernels,
    const gchar *best_name);

void codec_report_memory (
    BenchReport *report, const CodecMemory *memory, guint k, guint t);

/** @loss percent; 0: the plan for encoding. @us: median, least and most. */
void codec_report_plan (BenchReport *report, guint k, guint loss, guint rounds,
    const gdouble us[3]);

void codec_report_failures (BenchReport *report, const CodecCell *cell,
    const CodecBlock *block, const CodecTries *tries);

G_END_DECLS
