/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-demo.c: the clients of scripts/demo: by gst-fec over UDP and multicast, by plain UDP beside them, all playing in
 * real time; a live table, pictures of the protected and the unprotected client side by side, a summary.
 *
 * Exit status: 0 when every protected client played and lost nothing, 1 when one did not, 2 for wrong usage.
 */
#include <gst/gst.h>
#include <glib-unix.h>
#include <stdlib.h>

#include "pictures.h"
#include "player.h"
#include "table.h"

/* Pictures are saved this many times over the run. */
#define SNAPSHOTS 3
#define WINDOW_FPS 25

typedef struct
{
  GMainLoop *loop;
  GPtrArray *players;
  Player *shown_protected; /* borrowed: left picture */
  Player *shown_plain; /* borrowed: right picture, or NULL */
  Table *table;
  PictureWindow *window;
  const gchar *folder;
  guint seconds;
  guint elapsed;
  guint saved;
  gboolean failed;
} Demo;

static void
save_pictures (Demo *demo)
{
  GstSample *picture =
      pictures_compose (demo->shown_protected, demo->shown_plain);
  gchar *name = g_strdup_printf ("side-by-side-%u.png", ++demo->saved);
  gchar *path = g_build_filename (demo->folder, name, NULL);
  GError *error = NULL;

  if (!pictures_save (picture, path, &error)) {
    g_printerr ("%s: %s\n", path, error->message);
    g_clear_error (&error);
    demo->failed = TRUE;
  }
  gst_sample_unref (picture);
  g_free (path);
  g_free (name);
}

static gboolean
on_second (gpointer user_data)
{
  Demo *demo = user_data;
  guint i;

  demo->elapsed++;
  for (i = 0; i < demo->players->len; i++) {
    Player *player = g_ptr_array_index (demo->players, i);
    const gchar *error = player_poll (player);

    if (error && player_is_protected (player)) {
      g_printerr ("%s: %s\n", player_get_name (player), error);
      demo->failed = TRUE;
      g_main_loop_quit (demo->loop);
      return G_SOURCE_REMOVE;
    }
  }
  table_draw (demo->table, demo->elapsed, demo->seconds);
  if (demo->elapsed * (SNAPSHOTS + 1) >= (demo->saved + 1) * demo->seconds &&
      demo->saved < SNAPSHOTS)
    save_pictures (demo);
  if (demo->elapsed >= demo->seconds) {
    g_main_loop_quit (demo->loop);
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_window_frame (gpointer user_data)
{
  Demo *demo = user_data;
  GstSample *picture =
      pictures_compose (demo->shown_protected, demo->shown_plain);

  picture_window_show (demo->window, picture);
  gst_sample_unref (picture);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer user_data)
{
  Demo *demo = user_data;

  g_main_loop_quit (demo->loop);
  return G_SOURCE_CONTINUE;
}

/* Whether all protected clients showed pictures and lost no block. */
static gboolean
print_summary (Demo *demo)
{
  gboolean good = !demo->failed;
  guint i;

  g_print ("\n");
  for (i = 0; i < demo->players->len; i++) {
    Player *player = g_ptr_array_index (demo->players, i);
    PlayerCounters c;

    player_get_counters (player, &c);
    if (!player_is_protected (player)) {
      g_print ("%s: damaged in %" G_GUINT64_FORMAT " places.\n",
          player_get_name (player), c.undecodable);
    } else if (c.frames == 0) {
      g_print ("%s: showed no picture.\n", player_get_name (player));
      good = FALSE;
    } else {
      g_print ("%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
               " packets lost (%.1f %%), %" G_GUINT64_FORMAT
               " symbols rebuilt, %" G_GUINT64_FORMAT " blocks lost: %s.\n",
          player_get_name (player), c.lost, c.lost + c.received,
          100.0 * c.lost / MAX (1, c.lost + c.received), c.repaired,
          c.undecodable, c.undecodable ? "DAMAGED" : "played whole");
      good = good && c.undecodable == 0;
    }
  }
  return good;
}

static void
add_player (Demo *demo, Player *player)
{
  if (player)
    g_ptr_array_add (demo->players, player);
  else
    demo->failed = TRUE;
}

static void
add_players (Demo *demo, const gchar *server, gint port, gint plain_port,
    gboolean multicast, gint latency)
{
  gchar *live = g_strdup_printf ("fec://%s:%d/live", server, port);
  gchar *film = g_strdup_printf ("fec://%s:%d/film", server, port);

  add_player (
      demo, player_new_fec ("live, gst-fec by UDP", live, "udp", latency));
  if (multicast)
    add_player (demo,
        player_new_fec ("live, gst-fec multicast", live, "udp-mcast", latency));
  add_player (
      demo, player_new_fec ("film, gst-fec by UDP", film, "udp", latency));
  add_player (demo, player_new_plain ("live, plain UDP", plain_port));
  g_free (live);
  g_free (film);
}

static void
run (Demo *demo, gboolean with_window)
{
  guint i;

  demo->shown_protected = g_ptr_array_index (demo->players, 0);
  demo->shown_plain = g_ptr_array_index (demo->players, demo->players->len - 1);
  demo->table = table_new (demo->players);
  for (i = 0; i < demo->players->len; i++)
    player_start (g_ptr_array_index (demo->players, i));
  if (with_window) {
    demo->window = picture_window_new ();
    if (demo->window)
      g_timeout_add (1000 / WINDOW_FPS, on_window_frame, demo);
    else
      g_printerr ("No window: there is no display.\n");
  }
  g_timeout_add_seconds (1, on_second, demo);
  g_unix_signal_add (SIGINT, on_interrupt, demo);
  g_unix_signal_add (SIGTERM, on_interrupt, demo);
  g_main_loop_run (demo->loop);
  table_draw_last (demo->table, MAX (1, demo->elapsed));
  if (demo->saved == 0)
    save_pictures (demo);
}

int
main (int argc, char **argv)
{
  gchar *server = NULL, *folder = NULL;
  gint port = 6330, plain_port = 5004, seconds = 30, latency = 1000;
  gboolean no_multicast = FALSE, window = FALSE;
  GOptionEntry entries[] = { { "server", 0, 0, G_OPTION_ARG_STRING, &server,
                                 "Server's address", "HOST" },
    { "port", 0, 0, G_OPTION_ARG_INT, &port, "Server's port", "PORT" },
    { "plain-port", 0, 0, G_OPTION_ARG_INT, &plain_port,
        "Where plain UDP arrives", "PORT" },
    { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "How long to play", "N" },
    { "latency", 0, 0, G_OPTION_ARG_INT, &latency,
        "How long repair is waited for", "MS" },
    { "folder", 0, 0, G_OPTION_ARG_FILENAME, &folder,
        "Where pictures are written", "DIR" },
    { "no-multicast", 0, 0, G_OPTION_ARG_NONE, &no_multicast,
        "Leave the multicast client out", NULL },
    { "window", 0, 0, G_OPTION_ARG_NONE, &window,
        "Show both pictures in a window", NULL },
    { NULL } };
  GOptionContext *context;
  GError *error = NULL;
  Demo demo = { 0 };
  gboolean good;

  context = g_option_context_new ("- the clients of scripts/demo");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) || seconds <= 0) {
    g_printerr ("%s\n", error ? error->message : "--seconds must be positive");
    g_clear_error (&error);
    g_option_context_free (context);
    return 2;
  }
  g_option_context_free (context);

  demo.loop = g_main_loop_new (NULL, FALSE);
  demo.players = g_ptr_array_new_with_free_func ((GDestroyNotify) player_free);
  demo.folder = folder ? folder : ".";
  demo.seconds = seconds;
  add_players (&demo, server ? server : "127.0.0.1", port, plain_port,
      !no_multicast, latency);
  if (!demo.failed)
    run (&demo, window);
  good = print_summary (&demo);

  picture_window_free (demo.window);
  g_clear_pointer (&demo.table, table_free);
  g_ptr_array_unref (demo.players);
  g_main_loop_unref (demo.loop);
  g_free (server);
  g_free (folder);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
