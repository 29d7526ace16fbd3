/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * benchreport.c: rows of a benchmark as a table and as JSON.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "benchreport.h"

#include <math.h>
#include <string.h>
#include <sys/utsname.h>

#include <json-glib/json-glib.h>

struct _BenchReport
{
  const gchar *bench;
  JsonArray *rows;
  gboolean met;
};

BenchReport *
bench_report_new (const gchar *bench)
{
  BenchReport *report = g_new0 (BenchReport, 1);

  report->bench = bench;
  report->rows = json_array_new ();
  report->met = TRUE;
  return report;
}

void
bench_report_free (BenchReport *report)
{
  json_array_unref (report->rows);
  g_free (report);
}

static JsonObject *
parse_params (const gchar *params)
{
  JsonObject *object = json_object_new ();
  gchar **pairs = g_strsplit (params, " ", -1);
  guint i;

  for (i = 0; pairs[i] != NULL; i++) {
    gchar *value = strchr (pairs[i], '=');
    gchar *end;
    gdouble number;

    if (value == NULL)
      continue;
    *value++ = '\0';
    number = g_ascii_strtod (value, &end);
    if (*end == '\0')
      json_object_set_double_member (object, pairs[i], number);
    else
      json_object_set_string_member (object, pairs[i], value);
  }
  g_strfreev (pairs);
  return object;
}

static void
print_row (const BenchRow *row)
{
  g_print (
      "%-22s %-52s %9.3f %s", row->name, row->params, row->value, row->unit);
  if (row->peer != NULL)
    g_print ("  (%s %.3f)", row->peer, row->peer_value);
  if (!isnan (row->goal))
    g_print ("  goal %.3f: %s", row->goal,
        row->value <= row->goal ? "met" : "NOT MET");
  g_print ("\n");
}

void
bench_report_add (BenchReport *report, const BenchRow *row)
{
  JsonObject *object = json_object_new ();
  JsonArray *spread = json_array_new ();

  json_object_set_string_member (object, "name", row->name);
  json_object_set_object_member (object, "params", parse_params (row->params));
  json_object_set_double_member (object, "value", row->value);
  json_object_set_string_member (object, "unit", row->unit);
  json_object_set_int_member (object, "rounds", row->rounds);
  json_array_add_double_element (spread, row->low);
  json_array_add_double_element (spread, row->high);
  json_object_set_array_member (object, "spread", spread);
  if (row->peer != NULL) {
    json_object_set_string_member (object, "peer", row->peer);
    json_object_set_double_member (object, "peer_value", row->peer_value);
    if (row->value > 0)
      json_object_set_double_member (
          object, "ratio", row->peer_value / row->value);
  }
  if (!isnan (row->goal)) {
    json_object_set_double_member (object, "goal", row->goal);
    json_object_set_boolean_member (object, "met", row->value <= row->goal);
    report->met &= row->value <= row->goal;
  }
  json_array_add_object_element (report->rows, object);
  print_row (row);
}

gboolean
bench_report_met (const BenchReport *report)
{
  return report->met;
}

static gchar *
find_version (void)
{
  gchar *version = NULL;

  if (!g_spawn_command_line_sync (
          "git describe --always --dirty", &version, NULL, NULL, NULL) ||
      version == NULL || *version == '\0') {
    g_free (version);
    return g_strdup (VERSION);
  }
  return g_strstrip (version);
}

static gchar *
find_cpu (void)
{
  gchar *text = NULL, *name = NULL;
  const gchar *line;

  if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL) &&
      (line = strstr (text, "model name")) != NULL &&
      (line = strchr (line, ':')) != NULL)
    name = g_strndup (line + 2, strcspn (line + 2, "\n"));
  g_free (text);
  return name != NULL ? name : g_strdup ("unknown");
}

static JsonObject *
describe_machine (void)
{
  JsonObject *machine = json_object_new ();
  gchar *cpu = find_cpu ();
  struct utsname system;

  json_object_set_string_member (machine, "cpu", cpu);
  if (uname (&system) == 0)
    json_object_set_string_member (machine, "kernel", system.release);
  json_object_set_int_member (machine, "cores", g_get_num_processors ());
  json_object_set_object_member (machine, "limits", json_object_new ());
  g_free (cpu);
  return machine;
}

gboolean
bench_report_write (BenchReport *report, const gchar *path, GError **error)
{
  JsonObject *object = json_object_new ();
  JsonNode *root = json_node_new (JSON_NODE_OBJECT);
  JsonGenerator *generator = json_generator_new ();
  gchar *version = find_version ();
  gboolean ret;

  json_object_set_string_member (object, "bench", report->bench);
  json_object_set_string_member (object, "version", version);
  json_object_set_object_member (object, "machine", describe_machine ());
  json_object_set_array_member (object, "rows", json_array_ref (report->rows));
  json_node_take_object (root, object);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  ret = json_generator_to_file (generator, path, error);

  g_free (version);
  json_node_unref (root);
  g_object_unref (generator);
  return ret;
}

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

gdouble
bench_percentile (GArray *values, gdouble percent)
{
  guint rank;

  if (values->len == 0)
    return NAN;
  g_array_sort (values, compare_doubles);
  rank = (guint) ceil (percent / 100.0 * values->len);
  rank = CLAMP (rank, 1, values->len) - 1;
  return g_array_index (values, gdouble, rank);
}
