/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * actor.c: plays one pipeline of a scenario: what happens in it is printed as JSON lines, commands come by standard
 * input (README.md has both). Ends when standard input does, by "quit" or SIGTERM.
 *
 *   actor LAUNCH-DESCRIPTION...
 */
#include "actor.h"

#include <glib-unix.h>
#include <stdio.h>

#include "jsonline.h"
#include "patternsink.h"
#include "patternsrc.h"

static gboolean
on_input (GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
  Actor *actor = user_data;
  gchar *line = NULL;
  GIOStatus status = g_io_channel_read_line (channel, &line, NULL, NULL, NULL);

  if (status == G_IO_STATUS_AGAIN)
    return G_SOURCE_CONTINUE;
  if (status != G_IO_STATUS_NORMAL) {
    g_main_loop_quit (actor->loop);
    return G_SOURCE_REMOVE;
  }
  actor_command (actor, g_strstrip (line));
  g_free (line);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_signal (gpointer user_data)
{
  Actor *actor = user_data;

  g_main_loop_quit (actor->loop);
  return G_SOURCE_CONTINUE;
}

static void
play (Actor *actor)
{
  GIOChannel *input = g_io_channel_unix_new (0);
  GstBus *bus = gst_element_get_bus (actor->pipeline);

  gst_bus_add_watch (bus, actor_message, actor);
  g_unix_signal_add (SIGTERM, on_signal, actor);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_input, actor);
  actor_connect_signals (actor);
  gst_element_set_state (actor->pipeline, GST_STATE_PLAYING);
  json_line_print (json_line_begin ("started"));
  g_main_loop_run (actor->loop);
  gst_element_set_state (actor->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  g_io_channel_unref (input);
}

int
main (int argc, char **argv)
{
  Actor actor = { NULL };
  GError *error = NULL;
  gchar *launch;

  gst_init (&argc, &argv);
  gst_element_register (NULL, "patternsrc", GST_RANK_NONE, TYPE_PATTERN_SRC);
  gst_element_register (NULL, "patternsink", GST_RANK_NONE, TYPE_PATTERN_SINK);
  launch = g_strjoinv (" ", argv + 1);
  actor.pipeline =
      gst_parse_launch_full (launch, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_free (launch);
  if (actor.pipeline == NULL) {
    fprintf (stderr, "actor: %s\n", error->message);
    g_error_free (error);
    return 2;
  }
  actor.loop = g_main_loop_new (NULL, FALSE);
  play (&actor);
  g_main_loop_unref (actor.loop);
  gst_object_unref (actor.pipeline);
  return 0;
}
