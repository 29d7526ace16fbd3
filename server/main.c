/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main.c: the daemon fec-server: options, configuration, signals. Everything it serves with is in the library.
 *
 * Exit status: 0 after a clean end (or a good configuration with --check), 1 when the server could not start, 2 when
 * the command line or the configuration is wrong.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "fecserver.h"
#include "log.h"
#include "server-config.h"

#define EXIT_START 1
#define EXIT_USAGE 2
#define STOP_TIMEOUT (2 * GST_SECOND)

typedef struct
{
  gchar *config;
  gboolean check;
  gboolean verbose;
  gboolean version;
} Options;

typedef struct
{
  GstFecServer *server;
  GMainLoop *loop;
} Daemon;

static void
notify_manager (const gchar *state)
{
#ifdef HAVE_SYSTEMD
  sd_notify (0, state);
#endif
}

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
        "What to serve, see fec-server.conf(5)", "FILE" },
    { "check", 0, 0, G_OPTION_ARG_NONE, &options->check,
        "Only check the configuration", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Log more",
        NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version,
        "Show the version and end", NULL },
    { NULL }
  };
  GOptionContext *context =
      g_option_context_new ("- serve fountain-coded media channels");
  gboolean good;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  good = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  if (!good)
    return FALSE;
  if (*argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "“%s” is too much", (*argv)[1]);
    return FALSE;
  }
  if (options->config == NULL && !options->version) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--config FILE is missing");
    return FALSE;
  }
  return TRUE;
}

static void
print_wrong (gpointer user_data, const gchar *message)
{
  fprintf (stderr, "fec-server: %s\n", message);
}

/* ---- Telling what happens ---- */

static void
on_failed (GstFecChannel *channel, const GError *error, guint retry_ms,
    gpointer user_data)
{
  g_warning ("channel %s: %s; next try in %.1f s",
      gst_fec_channel_get_path (channel), error->message, retry_ms / 1000.0);
}

static void
on_ended (GstFecChannel *channel, gpointer user_data)
{
  g_message (
      "channel %s: the media is over", gst_fec_channel_get_path (channel));
}

static void
on_client_added (GstFecSessionPool *pool, const gchar *address, gint port,
    guint tsi, gpointer user_data)
{
  g_info ("%s port %d listens to TSI %u", address, port, tsi);
}

static void
on_client_removed (GstFecSessionPool *pool, const gchar *address, gint port,
    guint tsi, const gchar *reason, gpointer user_data)
{
  g_info ("%s port %d does not listen to TSI %u any more: %s", address, port,
      tsi, reason);
}

static gchar *
uri_host (const gchar *address)
{
  if (address == NULL || address[0] == '\0' ||
      g_str_equal (address, "0.0.0.0") || g_str_equal (address, "::"))
    return g_strdup (g_get_host_name ());
  if (strchr (address, ':') != NULL)
    return g_strdup_printf ("[%s]", address);
  return g_strdup (address);
}

/* On standard output, for people and scripts: where the channels are. */
static void
print_channels (GstFecServer *server)
{
  GPtrArray *channels = gst_fec_server_get_channels (server);
  guint port = gst_fec_server_get_bound_port (server);
  gchar *address, *host;

  g_object_get (server, "address", &address, NULL);
  host = uri_host (address);
  printf ("fec-server %s listens on %s port %u\n", VERSION,
      address != NULL ? address : "all addresses", port);
  for (guint i = 0; i < channels->len; i++) {
    GstFecChannel *channel = g_ptr_array_index (channels, i);

    printf ("fec://%s:%u/%s tsi %u\n", host, port,
        gst_fec_channel_get_path (channel), gst_fec_channel_get_tsi (channel));
  }
  fflush (stdout);
  g_free (host);
  g_free (address);
  g_ptr_array_unref (channels);
}

static void
log_stats (const gchar *what, GstStructure *stats)
{
  gchar *text = gst_structure_serialize (stats, GST_SERIALIZE_FLAG_NONE);

  g_message ("%s: %s", what, text);
  g_free (text);
  gst_structure_free (stats);
}

static gboolean
on_usr1 (gpointer user_data)
{
  Daemon *daemon = user_data;
  GPtrArray *channels = gst_fec_server_get_channels (daemon->server);
  GstFecSessionPool *pool = gst_fec_server_get_session_pool (daemon->server);

  log_stats ("sessions", gst_fec_session_pool_get_stats (pool));
  for (guint i = 0; i < channels->len; i++) {
    GstFecChannel *channel = g_ptr_array_index (channels, i);

    log_stats (gst_fec_channel_get_path (channel),
        gst_fec_channel_get_stats (channel));
  }
  g_object_unref (pool);
  g_ptr_array_unref (channels);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate (gpointer user_data)
{
  Daemon *daemon = user_data;

  g_main_loop_quit (daemon->loop);
  return G_SOURCE_CONTINUE;
}

static void
connect_signals (GstFecServer *server)
{
  GPtrArray *channels = gst_fec_server_get_channels (server);
  GstFecSessionPool *pool = gst_fec_server_get_session_pool (server);

  for (guint i = 0; i < channels->len; i++) {
    GstFecChannel *channel = g_ptr_array_index (channels, i);

    g_signal_connect (channel, "failed", G_CALLBACK (on_failed), NULL);
    g_signal_connect (channel, "ended", G_CALLBACK (on_ended), NULL);
  }
  g_signal_connect (pool, "client-added", G_CALLBACK (on_client_added), NULL);
  g_signal_connect (
      pool, "client-removed", G_CALLBACK (on_client_removed), NULL);
  g_object_unref (pool);
  g_ptr_array_unref (channels);
}

static int
serve (GstFecServer *server)
{
  Daemon daemon = { server, NULL };
  GError *error = NULL;

  if (!gst_fec_server_start (server, &error)) {
    fprintf (stderr, "fec-server: %s\n", error->message);
    g_error_free (error);
    return EXIT_START;
  }
  daemon.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGINT, on_terminate, &daemon);
  g_unix_signal_add (SIGTERM, on_terminate, &daemon);
  g_unix_signal_add (SIGUSR1, on_usr1, &daemon);
  connect_signals (server);
  print_channels (server);
  notify_manager ("READY=1");
  g_main_loop_run (daemon.loop);
  notify_manager ("STOPPING=1");
  g_message ("ending");
  gst_fec_server_stop (server, STOP_TIMEOUT);
  g_main_loop_unref (daemon.loop);
  return 0;
}

int
main (int argc, char **argv)
{
  Options options = { NULL, FALSE, FALSE, FALSE };
  GstFecServer *server;
  GError *error = NULL;
  int status = EXIT_USAGE;

  if (!parse_options (&options, &argc, &argv, &error)) {
    fprintf (
        stderr, "fec-server: %s\nTry “fec-server --help”.\n", error->message);
    g_error_free (error);
    g_free (options.config);
    return EXIT_USAGE;
  }
  if (options.version) {
    printf ("fec-server %s\n", VERSION);
    g_free (options.config);
    return 0;
  }

  log_init (options.verbose);
  server = gst_fec_server_new ();
  if (!server_config_load (options.config, server, print_wrong, NULL))
    status = EXIT_USAGE;
  else if (options.check)
    status = 0;
  else
    status = serve (server);
  g_object_unref (server);
  g_free (options.config);
  return status;
}
