/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-get.c: receives a channel to a file or standard output: options, progress, statistics and exit status. The
 * pipeline is in reception.c.
 *
 * Exit status: 0 when the stream ended, the duration was reached or the user ended it after media had come; 1 when
 * something failed: unknown channel, nothing heard, nothing decoded, output not writable; 2 when the command line is
 * wrong; 3 when it was left before the end and can be resumed.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "reception.h"
#include "statsjson.h"

#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define EXIT_UNFINISHED 3
#define DEFAULT_TIMEOUT 10.0
#define PROGRESS_MS 500
#define DEFAULT_RESUME_LIMIT 256 /* MiB */
#define MAX_RESUME_LIMIT 4095
/* Of the decoder when something can be resumed: it gives nothing up that may still come. */
#define RESUME_LATENCY_MS 3600000

typedef struct
{
  gchar *output;
  gchar *stats_json;
  gchar *protocols;
  gchar *iface;
  gchar *uri;
  gchar *resume; /* file, or NULL */
  gint resume_limit; /* MiB */
  gdouble duration; /* seconds, 0: until the end */
  gdouble timeout; /* seconds, 0: for ever */
  gint latency; /* milliseconds, -1: fecdecode's default */
  gboolean quiet;
  gboolean version;
} Options;

typedef struct
{
  const Options *options;
  Reception *reception;
  Resumption *resumption; /* or NULL */
  gboolean unfinished; /* the rest can be resumed */
  GMainLoop *loop;
  GError *error; /* why it ends; NULL: as it should */
  gboolean progress_shown;
  guint64 last_bytes;
  gint64 last_elapsed_us;
} Get;

/* ---- Options ---- */

static gboolean
usage_error (GError **error, const gchar *message)
{
  g_set_error_literal (
      error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);
  return FALSE;
}

static gboolean
check_options (Options *options, int argc, char **argv, GError **error)
{
  if (options->version)
    return TRUE;
  if (argc != 2)
    return usage_error (
        error, argc < 2 ? "the URI is missing" : "there is more than one URI");
  if (!g_str_has_prefix (argv[1], "fec://"))
    return usage_error (error, "the URI must be fec://HOST[:PORT]/CHANNEL");
  if (options->duration < 0 || options->duration > 1e9)
    return usage_error (error, "--duration must not be negative");
  if (options->timeout < 0 || options->timeout > 1e9)
    return usage_error (error, "--timeout must not be negative");
  if (options->latency < -1)
    return usage_error (error, "--latency must not be negative");
  if (options->resume_limit < 1 || options->resume_limit > MAX_RESUME_LIMIT)
    return usage_error (error, "--resume-limit must be 1 to 4095");
  if (options->output == NULL && options->stats_json == NULL && options->quiet)
    return usage_error (error,
        "with --quiet and neither -o nor --stats-json "
        "there is nothing to do");
  options->uri = g_strdup (argv[1]);
  return TRUE;
}

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
        "Write the media there (-: standard output)", "FILE" },
    { "duration", 'd', 0, G_OPTION_ARG_DOUBLE, &options->duration,
        "End so long after the first byte", "SECONDS" },
    { "timeout", 't', 0, G_OPTION_ARG_DOUBLE, &options->timeout,
        "Fail when nothing was decoded for so long (default 10, 0: never)",
        "SECONDS" },
    { "stats-json", 0, 0, G_OPTION_ARG_FILENAME, &options->stats_json,
        "Write statistics there at the end", "FILE" },
    { "protocols", 0, 0, G_OPTION_ARG_STRING, &options->protocols,
        "Ways the packets may come: udp, udp-mcast, tcp", "LIST" },
    { "interface", 0, 0, G_OPTION_ARG_STRING, &options->iface,
        "Network interface to join multicast groups on", "NAME" },
    { "latency", 0, 0, G_OPTION_ARG_INT, &options->latency,
        "How long fecdecode waits for missing packets", "MS" },
    { "resume", 0, 0, G_OPTION_ARG_FILENAME, &options->resume,
        "Keep there what came of an unfinished object, and go on with it next "
        "time",
        "STATE" },
    { "resume-limit", 0, 0, G_OPTION_ARG_INT, &options->resume_limit,
        "Most that is kept (default 256)", "MIB" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet,
        "No progress and no summary", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version,
        "Show the version and end", NULL },
    { NULL }
  };
  GOptionContext *context =
      g_option_context_new ("fec://HOST[:PORT]/CHANNEL - receive a channel");
  gboolean good;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  good = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  if (good)
    good = check_options (options, *argc, *argv, error);
  /* GStreamer writes sets of flags with a plus. */
  if (options->protocols != NULL)
    g_strdelimit (options->protocols, ",", '+');
  return good;
}

static void
options_clear (Options *options)
{
  g_free (options->output);
  g_free (options->stats_json);
  g_free (options->protocols);
  g_free (options->iface);
  g_free (options->uri);
  g_free (options->resume);
}

/* ---- Progress, on standard error ---- */

static guint64
stats_field (const GstStructure *stats, const gchar *name)
{
  guint64 value = 0;

  if (stats != NULL)
    gst_structure_get_uint64 (stats, name, &value);
  return value;
}

static void
print_progress (Get *get, const gchar *begin, const gchar *end)
{
  GstStructure *stats = reception_get_decoder_stats (get->reception);
  ReceptionProgress progress;
  gdouble seconds;

  reception_get_progress (get->reception, &progress);
  seconds = (progress.elapsed_us - get->last_elapsed_us) / 1e6;
  fprintf (stderr,
      "%s%6.1f s  %10" G_GUINT64_FORMAT " bytes  %7.2f Mbit/s  "
      "packets lost %" G_GUINT64_FORMAT "  blocks repaired %" G_GUINT64_FORMAT
      "  undecodable %" G_GUINT64_FORMAT "%s",
      begin, progress.elapsed_us / 1e6, progress.bytes,
      seconds <= 0 ? 0 : (progress.bytes - get->last_bytes) * 8 / 1e6 / seconds,
      stats_field (stats, "packets-lost"),
      stats_field (stats, "blocks-repaired"),
      stats_field (stats, "blocks-lost"), end);
  fflush (stderr);
  get->last_bytes = progress.bytes;
  get->last_elapsed_us = progress.elapsed_us;
  if (stats != NULL)
    gst_structure_free (stats);
}

static gboolean
on_progress (gpointer user_data)
{
  Get *get = user_data;

  print_progress (get, "\r", " \033[K");
  get->progress_shown = TRUE;
  return G_SOURCE_CONTINUE;
}

/* ---- Statistics ---- */

static void
add_stats (JsonBuilder *builder, const gchar *name, GstStructure *stats)
{
  json_builder_set_member_name (builder, name);
  stats_json_add_structure (builder, stats);
  if (stats != NULL)
    gst_structure_free (stats);
}

static void
add_number (JsonBuilder *builder, const gchar *name, gdouble value)
{
  json_builder_set_member_name (builder, name);
  if (value < 0)
    json_builder_add_null_value (builder);
  else
    json_builder_add_double_value (builder, value);
}

static void
add_resumption (JsonBuilder *builder, Resumption *resumption)
{
  ResumptionCounts counts;

  resumption_get_counts (resumption, &counts);
  json_builder_set_member_name (builder, "packets-resumed");
  json_builder_add_int_value (builder, (gint64) counts.resumed);
  json_builder_set_member_name (builder, "packets-fresh");
  json_builder_add_int_value (builder, (gint64) counts.fresh);
  json_builder_set_member_name (builder, "packets-kept");
  json_builder_add_int_value (builder, (gint64) counts.kept);
  json_builder_set_member_name (builder, "packets-not-kept");
  json_builder_add_int_value (builder, (gint64) counts.refused);
}

static JsonNode *
build_stats (Get *get, int status)
{
  JsonBuilder *builder = json_builder_new ();
  ReceptionProgress progress;
  JsonNode *root;

  reception_get_progress (get->reception, &progress);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "uri");
  json_builder_add_string_value (builder, get->options->uri);
  json_builder_set_member_name (builder, "exit-status");
  json_builder_add_int_value (builder, status);
  json_builder_set_member_name (builder, "error");
  if (get->error != NULL)
    json_builder_add_string_value (builder, get->error->message);
  else
    json_builder_add_null_value (builder);
  json_builder_set_member_name (builder, "bytes");
  json_builder_add_int_value (builder, (gint64) progress.bytes);
  add_number (builder, "elapsed-ms", progress.elapsed_us / 1e3);
  add_number (builder, "first-byte-ms",
      progress.first_byte_us < 0 ? -1 : progress.first_byte_us / 1e3);
  if (get->resumption != NULL)
    add_resumption (builder, get->resumption);
  add_stats (builder, "source", reception_get_source_stats (get->reception));
  add_stats (builder, "decoder", reception_get_decoder_stats (get->reception));
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  g_object_unref (builder);
  return root;
}

static gboolean
write_stats (Get *get, int status)
{
  JsonGenerator *generator = json_generator_new ();
  JsonNode *root = build_stats (get, status);
  GError *error = NULL;
  gboolean good;

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, root);
  good = json_generator_to_file (generator, get->options->stats_json, &error);
  if (!good) {
    fprintf (
        stderr, "fec-get: cannot write the statistics: %s\n", error->message);
    g_error_free (error);
  }
  json_node_unref (root);
  g_object_unref (generator);
  return good;
}

/* ---- Receiving ---- */

static void
end_with (Get *get, GError *error)
{
  if (get->error == NULL)
    get->error = error;
  else
    g_error_free (error);
  g_main_loop_quit (get->loop);
}

static gboolean
on_end (gpointer user_data)
{
  Get *get = user_data;

  g_main_loop_quit (get->loop);
  return G_SOURCE_CONTINUE;
}

/*
 * Begins to count the duration with the first byte, and gives up when there is none. Where something can be resumed the
 * first packet counts: it may be long before the first byte.
 */
static gboolean
on_check (gpointer user_data)
{
  Get *get = user_data;
  ReceptionProgress progress;

  reception_get_progress (get->reception, &progress);
  if (progress.begin_us < 0) {
    if (get->options->timeout == 0 ||
        progress.elapsed_us < get->options->timeout * G_USEC_PER_SEC)
      return G_SOURCE_CONTINUE;
    end_with (get,
        g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
            "nothing was decoded within %g s", get->options->timeout));
    return G_SOURCE_REMOVE;
  }
  if (get->options->duration > 0)
    g_timeout_add ((guint) MAX (0,
                       get->options->duration * 1e3 -
                           (progress.elapsed_us - progress.begin_us) / 1e3),
        on_end, get);
  return G_SOURCE_REMOVE;
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Get *get = user_data;
  GError *error;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    g_main_loop_quit (get->loop);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    end_with (get, error);
  }
  return G_SOURCE_CONTINUE;
}

static void
run (Get *get)
{
  GstBus *bus = reception_get_bus (get->reception);

  get->loop = g_main_loop_new (NULL, FALSE);
  gst_bus_add_watch (bus, on_message, get);
  g_unix_signal_add (SIGINT, on_end, get);
  g_unix_signal_add (SIGTERM, on_end, get);
  g_timeout_add (10, on_check, get);
  if (!get->options->quiet && isatty (STDERR_FILENO))
    g_timeout_add (PROGRESS_MS, on_progress, get);
  reception_start (get->reception);
  g_main_loop_run (get->loop);
  reception_stop (get->reception);
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  g_main_loop_unref (get->loop);
}

static void
note_nothing_decoded (Get *get)
{
  ReceptionProgress progress;

  reception_get_progress (get->reception, &progress);
  if (get->error == NULL && progress.first_byte_us < 0 && !get->unfinished)
    get->error = g_error_new (
        GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "nothing was decoded");
}

/* The file of the rest is written after the output that it belongs to. */
static void
close_files (Get *get, Output *output)
{
  GError *error = NULL;

  if (output_close (output, &error) && get->resumption != NULL)
    resumption_finish (get->resumption, &get->unfinished, &error);
  if (error != NULL) {
    g_clear_error (&get->error);
    get->error = error;
  }
}

static int
exit_status (const Get *get)
{
  if (get->error != NULL)
    return EXIT_FAILED;
  return get->unfinished ? EXIT_UNFINISHED : 0;
}

static void
print_unfinished (Get *get)
{
  ResumptionCounts counts;

  resumption_get_counts (get->resumption, &counts);
  fprintf (stderr,
      "fec-get: not finished: %s keeps %" G_GUINT64_FORMAT
      " packets for the next time\n",
      get->options->resume, counts.kept);
  if (counts.refused > 0)
    fprintf (stderr,
        "fec-get: %" G_GUINT64_FORMAT
        " packets were not kept: --resume-limit is too low\n",
        counts.refused);
}

static int
finish (Get *get, Output *output)
{
  int status;

  close_files (get, output);
  note_nothing_decoded (get);
  status = exit_status (get);
  if (get->progress_shown)
    fputc ('\n', stderr);
  if (!get->options->quiet) {
    get->last_bytes = 0;
    get->last_elapsed_us = 0;
    print_progress (get, "", "\n");
    if (get->unfinished && get->error == NULL)
      print_unfinished (get);
  }
  if (get->error != NULL)
    fprintf (
        stderr, "fec-get: %s: %s\n", get->options->uri, get->error->message);
  if (get->options->stats_json != NULL && !write_stats (get, status))
    status = EXIT_FAILED;
  g_clear_error (&get->error);
  return status;
}

/* With something to resume the decoder has to hold as much as the file, and to wait for it. */
static ReceptionSettings
make_settings (const Options *options)
{
  ReceptionSettings settings = { options->uri, options->protocols,
    options->iface, options->latency, 0 };

  if (options->resume != NULL) {
    settings.max_memory = (guint) options->resume_limit << 20;
    if (options->latency < 0)
      settings.latency_ms = RESUME_LATENCY_MS;
  }
  return settings;
}

static int
receive (const Options *options)
{
  const ReceptionSettings settings = make_settings (options);
  Get get = { .options = options };
  GError *error = NULL;
  Output *output;
  int status = EXIT_FAILED;

  output = output_new (options->output, &error);
  if (output == NULL)
    goto failed;
  if (options->resume != NULL) {
    get.resumption = resumption_new (
        options->resume, (guint64) options->resume_limit << 20, output, &error);
    if (get.resumption == NULL)
      goto failed;
  }
  get.reception = reception_new (&settings, output, get.resumption, &error);
  if (get.reception == NULL) {
    status = g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED) ||
            error->domain == GST_URI_ERROR
        ? EXIT_USAGE
        : EXIT_FAILED;
    goto failed;
  }
  run (&get);
  status = finish (&get, output);
  reception_free (get.reception);
  g_clear_pointer (&get.resumption, resumption_free);
  output_free (output);
  return status;

  /* ERRORS */
failed : {
  fprintf (stderr, "fec-get: %s\n", error->message);
  g_error_free (error);
  g_clear_pointer (&get.resumption, resumption_free);
  g_clear_pointer (&output, output_free);
  return status;
}
}

int
main (int argc, char **argv)
{
  Options options = { .timeout = DEFAULT_TIMEOUT,
    .latency = -1,
    .resume_limit = DEFAULT_RESUME_LIMIT };
  GError *error = NULL;
  int status = 0;

  signal (SIGPIPE, SIG_IGN);
  if (!parse_options (&options, &argc, &argv, &error)) {
    fprintf (stderr, "fec-get: %s\nTry “fec-get --help”.\n", error->message);
    g_error_free (error);
    status = EXIT_USAGE;
  } else if (options.version) {
    printf ("fec-get %s\n", VERSION);
  } else {
    status = receive (&options);
  }
  options_clear (&options);
  return status;
}
