/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * benchreport.h: the rows of a benchmark, shown as a table and written as JSON
 * in the shape that all benchmarks of the project have. Knows numbers only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BenchReport BenchReport;

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
  gdouble goal; /**< value has to be at most this; NAN: no goal */
} BenchRow;

BenchReport *bench_report_new (const gchar *bench);
void bench_report_free (BenchReport *report);

/** Adds and prints a row. */
void bench_report_add (BenchReport *report, const BenchRow *row);
/** Whether all rows with a goal meet it. */
gboolean bench_report_met (const BenchReport *report);
/** Writes the file @path; FALSE with @error set when it cannot. */
gboolean bench_report_write (
    BenchReport *report, const gchar *path, GError **error);

/** Sorts @values of gdouble and gives the one at @percent (100: the greatest). */
gdouble bench_percentile (GArray *values, gdouble percent);

G_END_DECLS
