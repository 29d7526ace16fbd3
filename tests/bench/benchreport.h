/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * benchreport.h: the rows of a benchmark, shown as a table and written as JSON
 * in the shape that all benchmarks of the project have. Knows numbers only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BenchReport BenchReport;

/** What another implementation reached in the same run. */
typedef struct
{
  const gchar *name;
  gdouble value;
  guint rounds;
} BenchPeer;

/** One figure. What is not given stays NULL, NAN or 0. */
typedef struct
{
  const gchar *name;
  const gchar
      *params; /**< "key=value key=value"; numbers become JSON numbers */
  gdouble value;
  const gchar *unit;
  guint rounds; /**< figures that value is taken from */
  gdouble low, high; /**< their spread */
  const gchar *peer;
  gdouble peer_value;
  guint peer_rounds; /**< 0: as many as rounds */
  gdouble goal; /**< value has to be at most this; NAN: no goal */

  gboolean more_is_better; /**< then value has to be at least the goal */
  const BenchPeer *others; /**< peers beside the first */
  guint n_others;
  const gchar *peer_left_out; /**< why a peer is not there */
  gdouble best_known; /**< of all other implementations, measured elsewhere */
  gdouble goal_ratio; /**< of value to best_known, else to the peer */
  gdouble goal_scaled; /**< the goal at this machine's limits */
  const gchar *limit; /**< the machine's limit that bounds the figure */
  gdouble limit_share; /**< of it that is reached, 0 to 1 */
  guint failures; /**< tries that came to nothing */
} BenchRow;

BenchReport *bench_report_new (const gchar *bench);
void bench_report_free (BenchReport *report);

/** Says something about the machine or the build, under "machine". */
void bench_report_set_text (
    BenchReport *report, const gchar *name, const gchar *text);
/** Says what the machine can do at most, under "machine", "limits". */
void bench_report_set_limit (
    BenchReport *report, const gchar *name, gdouble value);

/** Adds and prints a row. */
void bench_report_add (BenchReport *report, const BenchRow *row);
/** Whether all rows with a goal meet it. */
gboolean bench_report_met (const BenchReport *report);
/** Rows with a goal, and how many of them meet it. */
void bench_report_count_goals (
    const BenchReport *report, guint *goals, guint *met);
/** Writes the file @path; FALSE with @error set when it cannot. */
gboolean bench_report_write (
    BenchReport *report, const gchar *path, GError **error);

/** Sorts @values of gdouble and gives the one at @percent (100: the greatest). */
gdouble bench_percentile (GArray *values, gdouble percent);

G_END_DECLS
