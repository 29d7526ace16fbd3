/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.c: see table.h. */
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Without a terminal a table every so many seconds is enough. */
#define PLAIN_INTERVAL 5

struct _Table
{
  GPtrArray *players;
  guint64 *last_bytes;
  gint64 last_time;
  gboolean on_terminal;
  gboolean drawn;
};

Table *
table_new (GPtrArray *players)
{
  Table *table = g_new0 (Table, 1);

  table->players = players;
  table->last_bytes = g_new0 (guint64, players->len);
  table->last_time = g_get_monotonic_time ();
  table->on_terminal = isatty (STDOUT_FILENO);
  return table;
}

void
table_free (Table *table)
{
  g_free (table->last_bytes);
  g_free (table);
}

static void
print_row (Table *table, guint i, gdouble seconds)
{
  Player *player = g_ptr_array_index (table->players, i);
  PlayerCounters c;
  gdouble mbits;
  gchar latency[32] = "-";
  gchar repaired[32] = "-";

  player_get_counters (player, &c);
  mbits = seconds > 0 ? (c.bytes - table->last_bytes[i]) * 8e-6 / seconds : 0;
  table->last_bytes[i] = c.bytes;
  if (c.latency_ms >= 0)
    g_snprintf (latency, sizeof latency, "%.0f", c.latency_ms);
  if (player_is_protected (player))
    g_snprintf (repaired, sizeof repaired, "%" G_GUINT64_FORMAT, c.repaired);
  printf ("%-26s %9" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT
          " %9s %11" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT " %7.2f %8s\n",
      player_get_name (player), c.received, c.lost, repaired, c.undecodable,
      c.frames, mbits, latency);
}

static void
print_table (Table *table, const gchar *title)
{
  gint64 now = g_get_monotonic_time ();
  gdouble seconds = (now - table->last_time) * 1e-6;
  guint i;

  table->last_time = now;
  printf ("%s\n%-26s %9s %8s %9s %11s %8s %7s %8s\n", title, "client",
      "received", "lost", "repaired", "undecodable", "pictures", "Mbit/s",
      "delay ms");
  for (i = 0; i < table->players->len; i++)
    print_row (table, i, seconds);
  fflush (stdout);
}

void
table_draw (Table *table, guint elapsed, guint total)
{
  gchar *title;

  if (!table->on_terminal && elapsed % PLAIN_INTERVAL != 0)
    return;
  if (table->on_terminal && table->drawn)
    printf ("\033[%uA\033[J", table->players->len + 2);
  title = g_strdup_printf ("%u of %u s", elapsed, total);
  print_table (table, title);
  g_free (title);
  table->drawn = TRUE;
}

void
table_draw_last (Table *table, guint elapsed)
{
  gchar *title;

  if (table->on_terminal && table->drawn)
    printf ("\033[%uA\033[J", table->players->len + 2);
  /* The last table tells the mean rate. */
  memset (table->last_bytes, 0, table->players->len * sizeof (guint64));
  table->last_time = g_get_monotonic_time () - elapsed * G_USEC_PER_SEC;
  title = g_strdup_printf ("after %u s", elapsed);
  print_table (table, title);
  g_free (title);
}
