/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * statsjson.c: one function for each shape a value can have.
 */
#include "statsjson.h"

static void add_value (JsonBuilder *builder, const GValue *value);

static void
add_list (JsonBuilder *builder, const GValue *value)
{
  gboolean list = GST_VALUE_HOLDS_LIST (value);
  guint n =
      list ? gst_value_list_get_size (value) : gst_value_array_get_size (value);

  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    add_value (builder,
        list ? gst_value_list_get_value (value, i)
             : gst_value_array_get_value (value, i));
  json_builder_end_array (builder);
}

static void
add_text (JsonBuilder *builder, const GValue *value)
{
  gchar *text = gst_value_serialize (value);

  if (text != NULL)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
  g_free (text);
}

static void
add_integer (JsonBuilder *builder, const GValue *value)
{
  GValue number = G_VALUE_INIT;

  g_value_init (&number, G_TYPE_INT64);
  g_value_transform (value, &number);
  json_builder_add_int_value (builder, g_value_get_int64 (&number));
  g_value_unset (&number);
}

static void
add_value (JsonBuilder *builder, const GValue *value)
{
  if (GST_VALUE_HOLDS_STRUCTURE (value)) {
    stats_json_add_structure (builder, gst_value_get_structure (value));
    return;
  }
  if (GST_VALUE_HOLDS_LIST (value) || GST_VALUE_HOLDS_ARRAY (value)) {
    add_list (builder, value);
    return;
  }
  switch (G_VALUE_TYPE (value)) {
    case G_TYPE_BOOLEAN:
      json_builder_add_boolean_value (builder, g_value_get_boolean (value));
      break;
    case G_TYPE_STRING:
      json_builder_add_string_value (builder, g_value_get_string (value));
      break;
    case G_TYPE_FLOAT:
      json_builder_add_double_value (builder, g_value_get_float (value));
      break;
    case G_TYPE_DOUBLE:
      json_builder_add_double_value (builder, g_value_get_double (value));
      break;
    case G_TYPE_INT:
    case G_TYPE_UINT:
    case G_TYPE_INT64:
    case G_TYPE_UINT64:
      add_integer (builder, value);
      break;
    default:
      add_text (builder, value);
      break;
  }
}

static gboolean
add_field (GQuark field, const GValue *value, gpointer user_data)
{
  JsonBuilder *builder = user_data;

  json_builder_set_member_name (builder, g_quark_to_string (field));
  add_value (builder, value);
  return TRUE;
}

void
stats_json_add_structure (JsonBuilder *builder, const GstStructure *structure)
{
  json_builder_begin_object (builder);
  if (structure != NULL)
    gst_structure_foreach (structure, add_field, builder);
  json_builder_end_object (builder);
}
