/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * jsonline.c: JSON lines on standard output.
 */
#include "jsonline.h"

#include <stdio.h>

#include "statsjson.h"

JsonBuilder *
json_line_begin (const gchar *event)
{
  JsonBuilder *line = json_builder_new ();

  json_builder_begin_object (line);
  json_line_text (line, "event", event);
  return line;
}

void
json_line_text (JsonBuilder *line, const gchar *name, const gchar *text)
{
  json_builder_set_member_name (line, name);
  if (text != NULL)
    json_builder_add_string_value (line, text);
  else
    json_builder_add_null_value (line);
}

void
json_line_number (JsonBuilder *line, const gchar *name, gint64 number)
{
  json_builder_set_member_name (line, name);
  json_builder_add_int_value (line, number);
}

void
json_line_structure (
    JsonBuilder *line, const gchar *name, const GstStructure *structure)
{
  json_builder_set_member_name (line, name);
  stats_json_add_structure (line, structure);
}

void
json_line_print (JsonBuilder *line)
{
  JsonGenerator *generator = json_generator_new ();
  JsonNode *root;
  gchar *text;

  json_builder_end_object (line);
  root = json_builder_get_root (line);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  /* one call: stdio locks, lines of several threads do not mix */
  printf ("%s\n", text);
  fflush (stdout);
  g_free (text);
  json_node_unref (root);
  g_object_unref (generator);
  g_object_unref (line);
}
