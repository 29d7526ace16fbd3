/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * carousel-server.c: offers a file for as long as it runs: endless different symbols of it to whoever listens. Prints
 * its port, and ends with SIGINT, SIGTERM or the end of standard input.
 *
 * carousel-server [--port N] [--channel NAME] [--tsi N] [--toi N] [--symbol-size N] [--rate N] [--range I/N]
 *     [--systematic] FILE
 */
#include <glib-unix.h>
#include <raptorq.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "carousel.h"

typedef struct
{
  CarouselSettings settings;
  gint port, tsi, toi, symbol_size;
  gchar *channel;
  gchar *range;
  gchar *file;
} Options;

static gboolean
take_numbers (Options *options)
{
  CarouselSettings *settings = &options->settings;
  guint range = 0, n_ranges = 1;
  gchar rest;

  if (options->range != NULL &&
      sscanf (options->range, "%u/%u%c", &range, &n_ranges, &rest) != 2)
    return FALSE;
  settings->port = options->port;
  settings->channel = options->channel != NULL ? options->channel : "object";
  settings->tsi = options->tsi;
  settings->toi = options->toi;
  settings->symbol_size = options->symbol_size;
  settings->range = range;
  settings->n_ranges = n_ranges;
  return options->port >= 0 && options->port <= G_MAXUINT16 &&
      options->symbol_size > 0 && options->symbol_size <= 65000 &&
      settings->rate > 0 && n_ranges > 0 && n_ranges <= 1000 &&
      range < n_ranges && (!settings->systematic || range == 0);
}

static gboolean
parse_options (Options *options, int argc, char **argv)
{
  const GOptionEntry entries[] = { { "port", 0, 0, G_OPTION_ARG_INT,
                                       &options->port, "0: any", "N" },
    { "channel", 0, 0, G_OPTION_ARG_STRING, &options->channel, "Its name",
        "NAME" },
    { "tsi", 0, 0, G_OPTION_ARG_INT, &options->tsi, "Of the channel", "N" },
    { "toi", 0, 0, G_OPTION_ARG_INT, &options->toi, "Of the object", "N" },
    { "symbol-size", 0, 0, G_OPTION_ARG_INT, &options->symbol_size, "Bytes",
        "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &options->settings.rate,
        "Packets a second", "N" },
    { "range", 0, 0, G_OPTION_ARG_STRING, &options->range,
        "Which of how many ranges of repair symbols", "I/N" },
    { "systematic", 0, 0, G_OPTION_ARG_NONE, &options->settings.systematic,
        "Source symbols first", NULL },
    { NULL } };
  GOptionContext *context = g_option_context_new ("FILE");
  gboolean good;

  g_option_context_add_main_entries (context, entries, NULL);
  good = g_option_context_parse (context, &argc, &argv, NULL) && argc == 2 &&
      take_numbers (options);
  g_option_context_free (context);
  if (good)
    options->file = argv[1];
  else
    fprintf (stderr, "%s: wrong arguments: see --help\n", argv[0]);
  return good;
}

static gboolean
on_end (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_input (gint fd, GIOCondition condition, gpointer user_data)
{
  gchar bytes[64];

  if (read (fd, bytes, sizeof (bytes)) > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
serve (const CarouselSettings *settings)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GError *error = NULL;
  Carousel *carousel = carousel_start (settings, &error);

  if (carousel == NULL) {
    fprintf (stderr, "carousel-server: %s\n", error->message);
    g_error_free (error);
    g_main_loop_unref (loop);
    return FALSE;
  }
  g_unix_signal_add (SIGINT, on_end, loop);
  g_unix_signal_add (SIGTERM, on_end, loop);
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, loop);
  printf ("%u\n", carousel_get_port (carousel));
  fflush (stdout);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  fprintf (stderr, "%u packets sent, of %u symbols\n",
      carousel_get_sent (carousel), carousel_get_k (carousel));
  carousel_stop (carousel);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Options options = {
    .settings = { .rate = 1000 }, .tsi = 1, .toi = 1, .symbol_size = 1344
  };
  gchar *object = NULL;
  gboolean good;

  gst_init (NULL, NULL);
  if (!parse_options (&options, argc, argv))
    return EXIT_FAILURE;
  good = g_file_get_contents (
             options.file, &object, &options.settings.size, NULL) &&
      options.settings.size > 0 &&
      options.settings.size <= (gsize) RQ_K_MAX * options.settings.symbol_size;
  if (!good)
    fprintf (stderr,
        "carousel-server: %s cannot be read, is empty or too large\n",
        options.file);
  options.settings.object = (const guint8 *) object;
  good = good && serve (&options.settings);
  g_free (object);
  g_free (options.channel);
  g_free (options.range);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
