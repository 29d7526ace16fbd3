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
  JsonObject *machine;
  JsonObject *limits; /* a member of machine */
  guint goals;
  guint met;
};

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

static gdouble
times_better (const BenchRow *row, gdouble peer_value)
{
  return row->more_is_better ? row->value / peer_value
                             : peer_value / row->value;
}

static gboolean
reaches (const BenchRow *row, gdouble goal)
{
  return row->more_is_better ? row->value >= goal : row->value <= goal;
}

static gboolean
has_goal (const BenchRow *row)
{
  return !isnan (row->goal) || row->goal_ratio > 0;
}

static gboolean
meets_goal (const BenchRow *row)
{
  gdouble base = row->best_known > 0 ? row->best_known : row->peer_value;

  if (row->goal_ratio > 0)
    return times_better (row, base) >= row->goal_ratio;
  return reaches (row, row->goal);
}

static void
print_goal (const BenchRow *row)
{
  const gchar *verdict = meets_goal (row) ? "met" : "NOT MET";

  if (row->goal_ratio > 0)
    g_print ("; goal %.4g times: %s", row->goal_ratio, verdict);
  else
    g_print ("; goal %.4g: %s", row->goal, verdict);
  if (row->goal_scaled > 0)
    g_print (", %.0f %% of %.4g (scaled)",
        100 * times_better (row, row->goal_scaled), row->goal_scaled);
}

static void
print_peer (const BenchRow *row, const gchar *name, gdouble value)
{
  g_print ("; %s %.4g", name, value);
  if (row->more_is_better && value > 0)
    g_print (", %.4g times", times_better (row, value));
}

static void
print_row (const BenchRow *row)
{
  guint i;

  g_print ("%-18s %-32s %9.4g %s (%.4g to %.4g)", row->name, row->params,
      row->value, row->unit, row->low, row->high);
  if (row->failures > 0)
    g_print ("; FAILURES %u", row->failures);
  if (row->peer != NULL)
    print_peer (row, row->peer, row->peer_value);
  for (i = 0; i < row->n_others; i++)
    print_peer (row, row->others[i].name, row->others[i].value);
  if (row->peer_left_out != NULL)
    g_print ("; %s", row->peer_left_out);
  if (row->best_known > 0)
    print_peer (row, "best known", row->best_known);
  if (has_goal (row))
    print_goal (row);
  if (row->limit != NULL)
    g_print ("; %.0f %% of %s", 100 * row->limit_share, row->limit);
  g_print ("\n");
}

/* Figures have no more than five digits that mean anything. */
static gdouble
shorten (gdouble value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof (text), "%.5g", value);
  return g_ascii_strtod (text, NULL);
}

static void
set_number (JsonObject *object, const gchar *name, gdouble value)
{
  json_object_set_double_member (object, name, shorten (value));
}

static void
add_number (JsonArray *array, gdouble value)
{
  json_array_add_double_element (array, shorten (value));
}

static void
write_peer (JsonObject *object, const BenchRow *row, const gchar *name,
    gdouble value, guint rounds)
{
  json_object_set_string_member (object, "peer", name);
  set_number (object, "peer_value", value);
  if (rounds > 0)
    json_object_set_int_member (object, "peer_rounds", rounds);
  if (row->value > 0 && value > 0)
    set_number (object, "ratio", times_better (row, value));
}

static void
write_peers (JsonObject *object, const BenchRow *row)
{
  JsonArray *others;
  guint i;

  if (row->peer != NULL)
    write_peer (object, row, row->peer, row->peer_value, row->peer_rounds);
  if (row->peer_left_out != NULL)
    json_object_set_string_member (object, "peer_left_out", row->peer_left_out);
  if (row->best_known > 0) {
    set_number (object, "best_known", row->best_known);
    set_number (
        object, "best_known_ratio", times_better (row, row->best_known));
  }
  if (row->n_others == 0)
    return;
  others = json_array_new ();
  for (i = 0; i < row->n_others; i++) {
    const BenchPeer *peer = &row->others[i];
    JsonObject *other = json_object_new ();

    write_peer (other, row, peer->name, peer->value, peer->rounds);
    json_array_add_object_element (others, other);
  }
  json_object_set_array_member (object, "others", others);
}

static void
write_goal (JsonObject *object, const BenchRow *row)
{
  if (row->limit != NULL) {
    json_object_set_string_member (object, "limit", row->limit);
    set_number (object, "limit_share", row->limit_share);
  }
  if (!has_goal (row))
    return;
  if (row->goal_ratio > 0)
    set_number (object, "goal_ratio", row->goal_ratio);
  else
    set_number (object, "goal", row->goal);
  json_object_set_boolean_member (object, "met", meets_goal (row));
  if (row->goal_scaled > 0) {
    set_number (object, "goal_scaled", row->goal_scaled);
    set_number (
        object, "goal_scaled_share", times_better (row, row->goal_scaled));
  }
}

void
bench_report_add (BenchReport *report, const BenchRow *row)
{
  JsonObject *object = json_object_new ();
  JsonArray *spread = json_array_new ();

  json_object_set_string_member (object, "name", row->name);
  json_object_set_object_member (object, "params", parse_params (row->params));
  set_number (object, "value", row->value);
  json_object_set_string_member (object, "unit", row->unit);
  json_object_set_int_member (object, "rounds", row->rounds);
  add_number (spread, row->low);
  add_number (spread, row->high);
  json_object_set_array_member (object, "spread", spread);
  if (row->failures > 0)
    json_object_set_int_member (object, "failures", row->failures);
  write_peers (object, row);
  write_goal (object, row);
  json_array_add_object_element (report->rows, object);
  report->goals += has_goal (row);
  report->met += has_goal (row) && meets_goal (row);
  print_row (row);
}

gboolean
bench_report_met (const BenchReport *report)
{
  return report->met == report->goals;
}

void
bench_report_count_goals (const BenchReport *report, guint *goals, guint *met)
{
  *goals = report->goals;
  *met = report->met;
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
  g_free (cpu);
  return machine;
}

BenchReport *
bench_report_new (const gchar *bench)
{
  BenchReport *report = g_new0 (BenchReport, 1);

  report->bench = bench;
  report->rows = json_array_new ();
  report->machine = describe_machine ();
  report->limits = json_object_new ();
  json_object_set_object_member (report->machine, "limits", report->limits);
  return report;
}

void
bench_report_free (BenchReport *report)
{
  json_array_unref (report->rows);
  json_object_unref (report->machine);
  g_free (report);
}

void
bench_report_set_text (
    BenchReport *report, const gchar *name, const gchar *text)
{
  json_object_set_string_member (report->machine, name, text);
}

void
bench_report_set_limit (BenchReport *report, const gchar *name, gdouble value)
{
  set_number (report->limits, name, value);
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
  json_object_set_object_member (
      object, "machine", json_object_ref (report->machine));
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
