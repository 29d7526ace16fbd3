/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log.c: one line for one message, in the form its reader wants.
 */
#include "log.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean log_verbose;
static gboolean log_to_journal;

/* The journal names in JOURNAL_STREAM the device and inode it listens on. */
static gboolean
stderr_is_journal (void)
{
  const gchar *stream = g_getenv ("JOURNAL_STREAM");
  struct stat st;
  gchar *ours;
  gboolean same;

  if (stream == NULL || fstat (STDERR_FILENO, &st) != 0)
    return FALSE;
  ours = g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
      (guint64) st.st_dev, (guint64) st.st_ino);
  same = g_strcmp0 (ours, stream) == 0;
  g_free (ours);
  return same;
}

/* Priority as syslog(3) counts them. */
static gint
priority_of (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_ERROR)
    return 2;
  if (level & G_LOG_LEVEL_CRITICAL)
    return 3;
  if (level & G_LOG_LEVEL_WARNING)
    return 4;
  if (level & G_LOG_LEVEL_MESSAGE)
    return 5;
  if (level & G_LOG_LEVEL_INFO)
    return 6;
  return 7;
}

static const gchar *
find_message (const GLogField *fields, gsize n_fields)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_strcmp0 (fields[i].key, "MESSAGE") == 0)
      return fields[i].value;
  return "";
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
    gpointer user_data)
{
  static const gchar *const names[] = { "", "", "FATAL ", "ERROR ", "WARNING ",
    "", "", "DEBUG " };
  const gchar *message = find_message (fields, n_fields);
  gint priority = priority_of (level);

  if (priority == 7 && !log_verbose)
    return G_LOG_WRITER_HANDLED;
  if (log_to_journal) {
    fprintf (stderr, "<%d>%s\n", priority, message);
  } else {
    GDateTime *now = g_date_time_new_now_local ();
    gchar *time = g_date_time_format (now, "%H:%M:%S.%f");

    fprintf (stderr, "%.12s %s%s\n", time, names[priority], message);
    g_free (time);
    g_date_time_unref (now);
  }
  fflush (stderr);
  return G_LOG_WRITER_HANDLED;
}

void
log_init (gboolean verbose)
{
  log_verbose = verbose;
  log_to_journal = stderr_is_journal ();
  g_log_set_writer_func (write_log, NULL, NULL);
}
