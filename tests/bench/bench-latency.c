/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-latency.c: what protection costs in time: the latency that
 * fecencode ! fecdecode adds, and the time from a receiver's start to its
 * first decoded byte.
 */
#include <gst/gst.h>

#include "benchreport.h"
#include "latency-added.h"
#include "startup.h"

typedef struct
{
  gboolean quick;
  gchar *json;
  gchar *fec_get;
} Options;

static gboolean
parse_options (Options *options, int *argc, char ***argv)
{
  GOptionEntry entries[] = { { "quick", 0, 0, G_OPTION_ARG_NONE,
                                 &options->quick, "Within a minute", NULL },
    { "json", 0, 0, G_OPTION_ARG_FILENAME, &options->json,
        "Write the rows to FILE", "FILE" },
    { "fec-get", 0, 0, G_OPTION_ARG_FILENAME, &options->fec_get,
        "The program to start (the build's own)", "FILE" },
    { NULL } };
  GOptionContext *context = g_option_context_new ("- measure latencies");
  GError *error = NULL;
  gboolean ret;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ret = g_option_context_parse (context, argc, argv, &error);
  g_option_context_free (context);
  if (!ret) {
    g_printerr ("bench-latency: %s\n", error->message);
    g_clear_error (&error);
  }
  return ret;
}

/* The build's fec-get, when there is one. */
static gchar *
find_fec_get (const gchar *program)
{
  gchar *folder = g_path_get_dirname (program);
  gchar *path = g_build_filename (folder, "..", "..", "tools", "fec-get", NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE)) {
    g_print ("fec-get is not built: its start is not measured\n");
    g_clear_pointer (&path, g_free);
  }
  g_free (folder);
  return path;
}

int
main (int argc, char **argv)
{
  Options options = { 0 };
  gchar *program = g_strdup (argv[0]);
  BenchReport *report;
  GError *error = NULL;
  int ret = 0;

  if (!parse_options (&options, &argc, &argv))
    return 2;
  if (options.fec_get == NULL)
    options.fec_get = find_fec_get (program);

  report = bench_report_new ("latency");
  latency_added_measure (report, options.quick ? 4 : 20);
  startup_measure (report, options.quick ? 15 : 50, options.fec_get);
  if (!bench_report_met (report))
    g_print ("not every goal is met\n");
  if (options.json != NULL &&
      !bench_report_write (report, options.json, &error)) {
    g_printerr ("bench-latency: %s\n", error->message);
    g_clear_error (&error);
    ret = 1;
  }
  bench_report_free (report);
  g_free (options.json);
  g_free (options.fec_get);
  g_free (program);
  return ret;
}
