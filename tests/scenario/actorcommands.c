/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * actorcommands.c: what an actor is told to do, one function a command.
 */
#include "actor.h"

#include <string.h>

#include "jsonline.h"
#include "statsjson.h"

static void
complain (const gchar *text)
{
  JsonBuilder *line = json_line_begin ("refused");

  json_line_text (line, "text", text);
  json_line_print (line);
}

/* ---- stats ---- */

static gboolean
has_property (GObject *object, const gchar *name, GType type)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (object), name);

  return pspec != NULL && g_type_is_a (G_PARAM_SPEC_VALUE_TYPE (pspec), type);
}

static void
add_stats (JsonBuilder *line, GstElement *element)
{
  GstStructure *all, *stats;
  GValue clients = G_VALUE_INIT;

  if (!has_property (G_OBJECT (element), "stats", GST_TYPE_STRUCTURE))
    return;
  g_object_get (element, "stats", &stats, NULL);
  all = stats != NULL ? stats : gst_structure_new_empty ("stats");
  if (has_property (G_OBJECT (element), "clients", GST_TYPE_ARRAY)) {
    g_value_init (&clients, GST_TYPE_ARRAY);
    g_object_get_property (G_OBJECT (element), "clients", &clients);
    gst_structure_take_value (all, "clients", &clients);
  }
  json_line_structure (line, GST_OBJECT_NAME (element), all);
  gst_structure_free (all);
}

/* stats SERIAL: prints the `stats` (and `clients`) of all elements. */
static void
print_stats (Actor *actor, const gchar *serial)
{
  JsonBuilder *line = json_line_begin ("stats");
  GstIterator *elements = gst_bin_iterate_recurse (GST_BIN (actor->pipeline));
  GValue value = G_VALUE_INIT;

  json_line_text (line, "serial", serial);
  json_builder_set_member_name (line, "elements");
  json_builder_begin_object (line);
  while (gst_iterator_next (elements, &value) == GST_ITERATOR_OK) {
    add_stats (line, g_value_get_object (&value));
    g_value_reset (&value);
  }
  json_builder_end_object (line);
  g_value_unset (&value);
  gst_iterator_free (elements);
  json_line_print (line);
}

/* ---- emit ---- */

static void
print_result (const gchar *signal, const GValue *result)
{
  JsonBuilder *line = json_line_begin ("result");

  json_line_text (line, "name", signal);
  if (G_VALUE_HOLDS_BOOLEAN (result))
    json_line_number (line, "value", g_value_get_boolean (result));
  else if (G_VALUE_HOLDS (result, GST_TYPE_STRUCTURE))
    json_line_structure (line, "value", g_value_get_boxed (result));
  else
    json_line_text (line, "value", NULL);
  json_line_print (line);
}

static gboolean
collect_values (GstElement *element, const GSignalQuery *query, gchar **args,
    GValue *values)
{
  g_value_init (&values[0], G_OBJECT_TYPE (element));
  g_value_set_object (&values[0], element);
  for (guint i = 0; i < query->n_params; i++) {
    g_value_init (
        &values[i + 1], query->param_types[i] & ~G_SIGNAL_TYPE_STATIC_SCOPE);
    if (!gst_value_deserialize (&values[i + 1], args[i]))
      return FALSE;
  }
  return TRUE;
}

/* emit ELEMENT SIGNAL ARGUMENT... */
static void
emit (GstElement *element, const gchar *signal, gchar **args)
{
  guint id = g_signal_lookup (signal, G_OBJECT_TYPE (element));
  GValue values[8] = { G_VALUE_INIT };
  GValue result = G_VALUE_INIT;
  GSignalQuery query;

  g_signal_query (id, &query);
  if (id == 0 || query.n_params >= G_N_ELEMENTS (values) ||
      g_strv_length (args) != query.n_params) {
    complain ("no such signal, or other arguments");
    return;
  }
  if (query.return_type != G_TYPE_NONE)
    g_value_init (&result, query.return_type & ~G_SIGNAL_TYPE_STATIC_SCOPE);
  if (collect_values (element, &query, args, values)) {
    g_signal_emitv (values, id, 0, &result);
    print_result (signal, &result);
  } else {
    complain ("an argument cannot be read");
  }
  for (guint i = 0; i <= query.n_params; i++)
    if (G_IS_VALUE (&values[i]))
      g_value_unset (&values[i]);
  if (G_IS_VALUE (&result))
    g_value_unset (&result);
}

/* ---- state ---- */

/* state STATE [ELEMENT]: of the pipeline when no element is named. */
static void
set_state (Actor *actor, const gchar *name, GstElement *element)
{
  static const gchar *const names[] = { "null", "ready", "paused", "playing" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0) {
      gst_element_set_state (
          element != NULL ? element : actor->pipeline, GST_STATE_NULL + i);
      return;
    }
  complain ("no such state");
}

/* Commands that begin with an element's name. */
static gboolean
command_element (Actor *actor, gchar **words, guint n)
{
  const gchar *name = strcmp (words[0], "state") == 0 ? words[2] : words[1];
  GstElement *element = gst_bin_get_by_name (GST_BIN (actor->pipeline), name);
  gboolean known = TRUE;

  if (element == NULL)
    return FALSE;
  if (strcmp (words[0], "state") == 0)
    set_state (actor, words[1], element);
  else if (strcmp (words[0], "set") == 0 && n == 4)
    gst_util_set_object_arg (G_OBJECT (element), words[2], words[3]);
  else if (strcmp (words[0], "emit") == 0)
    emit (element, words[2], words + 3);
  else
    known = FALSE;
  gst_object_unref (element);
  return known;
}

void
actor_command (Actor *actor, gchar *text)
{
  gchar **words = NULL;
  gint n = 0;

  if (!g_shell_parse_argv (text, &n, &words, NULL))
    complain ("no words");
  else if (strcmp (words[0], "stats") == 0 && n == 2)
    print_stats (actor, words[1]);
  else if (strcmp (words[0], "state") == 0 && n == 2)
    set_state (actor, words[1], NULL);
  else if (strcmp (words[0], "refuse") == 0 && n == 2)
    g_atomic_int_set (&actor->refuse, strcmp (words[1], "yes") == 0);
  else if (strcmp (words[0], "eos") == 0)
    gst_element_send_event (actor->pipeline, gst_event_new_eos ());
  else if (strcmp (words[0], "quit") == 0)
    g_main_loop_quit (actor->loop);
  else if (n < 3 || !command_element (actor, words, n))
    complain (text);
  g_strfreev (words);
}
