/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * actorevents.c: what an actor tells unasked: messages of the bus, signals of replicators.
 */
#include "actor.h"

#include <string.h>

#include "jsonline.h"

static const gchar *
nick_of (const GError *error)
{
  GType type = error->domain == GST_RESOURCE_ERROR ? GST_TYPE_RESOURCE_ERROR
      : error->domain == GST_STREAM_ERROR          ? GST_TYPE_STREAM_ERROR
      : error->domain == GST_CORE_ERROR            ? GST_TYPE_CORE_ERROR
                                                   : GST_TYPE_LIBRARY_ERROR;
  GEnumClass *klass = g_type_class_ref (type);
  const GEnumValue *value = g_enum_get_value (klass, error->code);
  const gchar *nick = value != NULL ? value->value_nick : "unknown";

  g_type_class_unref (klass);
  return nick;
}

static void
print_trouble (const gchar *event, GstMessage *message, GError *error)
{
  JsonBuilder *line = json_line_begin (event);

  json_line_text (line, "element", GST_MESSAGE_SRC_NAME (message));
  json_line_text (line, "text", error->message);
  json_line_text (line, "code", nick_of (error));
  json_line_print (line);
  g_error_free (error);
}

gboolean
actor_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  JsonBuilder *line;
  GError *error;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      print_trouble ("error", message, error);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, NULL);
      print_trouble ("warning", message, error);
      break;
    case GST_MESSAGE_EOS:
      json_line_print (json_line_begin ("eos"));
      break;
    case GST_MESSAGE_ELEMENT:
      line = json_line_begin ("message");
      json_line_text (line, "element", GST_MESSAGE_SRC_NAME (message));
      json_line_text (line, "name",
          gst_structure_get_name (gst_message_get_structure (message)));
      json_line_structure (line, "fields", gst_message_get_structure (message));
      json_line_print (line);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static void
print_client (GstElement *element, const gchar *signal, const gchar *address,
    gint port, guint tsi, const gchar *reason)
{
  JsonBuilder *line = json_line_begin ("signal");

  json_line_text (line, "element", GST_OBJECT_NAME (element));
  json_line_text (line, "name", signal);
  json_line_text (line, "address", address);
  json_line_number (line, "port", port);
  json_line_number (line, "tsi", tsi);
  json_line_text (line, "reason", reason);
  json_line_print (line);
}

static gboolean
on_client_connecting (GstElement *element, const gchar *address, gint port,
    guint tsi, Actor *actor)
{
  print_client (element, "client-connecting", address, port, tsi, NULL);
  return !g_atomic_int_get (&actor->refuse);
}

static void
on_client_added (GstElement *element, const gchar *address, gint port,
    guint tsi, Actor *actor)
{
  print_client (element, "client-added", address, port, tsi, NULL);
}

static void
on_client_removed (GstElement *element, const gchar *address, gint port,
    guint tsi, const gchar *reason, Actor *actor)
{
  print_client (element, "client-removed", address, port, tsi, reason);
}

void
actor_connect_signals (Actor *actor)
{
  GstIterator *elements = gst_bin_iterate_recurse (GST_BIN (actor->pipeline));
  GValue value = G_VALUE_INIT;

  while (gst_iterator_next (elements, &value) == GST_ITERATOR_OK) {
    GObject *element = g_value_get_object (&value);

    if (g_signal_lookup ("client-connecting", G_OBJECT_TYPE (element)) != 0) {
      g_signal_connect (element, "client-connecting",
          G_CALLBACK (on_client_connecting), actor);
      g_signal_connect (
          element, "client-added", G_CALLBACK (on_client_added), actor);
      g_signal_connect (
          element, "client-removed", G_CALLBACK (on_client_removed), actor);
    }
    g_value_reset (&value);
  }
  g_value_unset (&value);
  gst_iterator_free (elements);
}
