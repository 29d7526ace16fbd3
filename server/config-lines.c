/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config-lines.c: one pass over the lines of a key file.
 */
#include "config-lines.h"

#include <string.h>

struct _ConfigLines
{
  GHashTable *lines; /* "section" or "section\nkey" -> line */
};

typedef struct
{
  ConfigLines *lines;
  ConfigLinesReport report;
  gpointer user_data;
  gchar *section; /* NULL before the first */
  guint line;
} Scan;

static gchar *
name_of (const gchar *section, const gchar *key)
{
  return key == NULL ? g_strdup (section)
                     : g_strdup_printf ("%s\n%s", section, key);
}

static void G_GNUC_PRINTF (2, 3)
    scan_report (Scan *scan, const gchar *format, ...)
{
  va_list args;
  gchar *message;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  scan->report (scan->user_data, scan->line, message);
  g_free (message);
}

static void
scan_add (Scan *scan, const gchar *kind, const gchar *section, const gchar *key)
{
  gchar *name = name_of (section, key);
  guint other =
      GPOINTER_TO_UINT (g_hash_table_lookup (scan->lines->lines, name));

  if (other != 0) {
    scan_report (scan, "%s %s is there already, on line %u", kind,
        key != NULL ? key : section, other);
    g_free (name);
    return;
  }
  g_hash_table_insert (scan->lines->lines, name, GUINT_TO_POINTER (scan->line));
}

static void
scan_section (Scan *scan, gchar *text)
{
  gchar *end = strchr (text, ']');

  if (end == NULL || end[1] != '\0' || end == text + 1) {
    scan_report (scan, "“%s” is not a section: write [NAME]", text);
    return;
  }
  *end = '\0';
  g_free (scan->section);
  scan->section = g_strdup (text + 1);
  scan_add (scan, "section", scan->section, NULL);
}

static void
scan_key (Scan *scan, gchar *text)
{
  gchar *equals = strchr (text, '=');

  if (equals == NULL || equals == text) {
    scan_report (scan, "“%s” is neither a section nor KEY=VALUE", text);
    return;
  }
  *equals = '\0';
  g_strchomp (text);
  if (scan->section == NULL)
    scan_report (scan, "the key %s stands before the first section", text);
  else
    scan_add (scan, "key", scan->section, text);
}

ConfigLines *
config_lines_new (
    const gchar *text, ConfigLinesReport report, gpointer user_data)
{
  ConfigLines *lines = g_new0 (ConfigLines, 1);
  Scan scan = { lines, report, user_data, NULL, 0 };
  gchar **all = g_strsplit (text, "\n", -1);

  lines->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gchar **line = all; *line != NULL; line++) {
    gchar *stripped = g_strstrip (*line);

    scan.line++;
    if (stripped[0] == '\0' || stripped[0] == '#')
      continue;
    if (stripped[0] == '[')
      scan_section (&scan, stripped);
    else
      scan_key (&scan, stripped);
  }
  g_free (scan.section);
  g_strfreev (all);
  return lines;
}

void
config_lines_free (ConfigLines *lines)
{
  g_hash_table_unref (lines->lines);
  g_free (lines);
}

guint
config_lines_find (ConfigLines *lines, const gchar *section, const gchar *key)
{
  gchar *name = name_of (section, key);
  guint line = GPOINTER_TO_UINT (g_hash_table_lookup (lines->lines, name));

  g_free (name);
  return line;
}
