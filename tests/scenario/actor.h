/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * actor.h: the parts of the program that plays one pipeline of a scenario.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GstElement *pipeline;
  GMainLoop *loop;
  gint refuse; /* client-connecting answers FALSE; atomic */
} Actor;

/** Does what @line, a command of README.md, says; prints what came of it. */
void actor_command (Actor *actor, gchar *line);

/** Prints client-connecting, client-added and client-removed of all elements that have them. */
void actor_connect_signals (Actor *actor);

/** For gst_bus_add_watch(): prints errors, warnings, ends and element messages. */
gboolean actor_message (GstBus *bus, GstMessage *message, gpointer actor);

G_END_DECLS
