/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usernames.c: a table of names with a count of their holders, and their
 * numbers by name; see usernames.h.
 */
#include "usernames.h"

#include <string.h>

typedef struct
{
  gchar *name; /* NULL: the number is free */
  guint32 holders; /* of a free one: the next free number, 0: none */
} Entry;

struct _GstFecUsernames
{
  GArray *entries; /* a number less 1 -> Entry */
  GHashTable *numbers; /* name (of the entry) -> number */
  guint32 free;
  gsize text; /* bytes of all names */
};

GstFecUsernames *
gst_fec_usernames_new (void)
{
  GstFecUsernames *names = g_new0 (GstFecUsernames, 1);

  names->entries = g_array_new (FALSE, TRUE, sizeof (Entry));
  names->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  return names;
}

static Entry *
entry_of (const GstFecUsernames *names, guint32 number)
{
  return &g_array_index (names->entries, Entry, number - 1);
}

void
gst_fec_usernames_free (GstFecUsernames *names)
{
  guint32 number;

  g_hash_table_unref (names->numbers);
  for (number = 1; number <= names->entries->len; number++)
    g_free (entry_of (names, number)->name);
  g_array_unref (names->entries);
  g_free (names);
}

static guint32
take_number (GstFecUsernames *names)
{
  guint32 number = names->free;

  if (number == 0) {
    g_array_set_size (names->entries, names->entries->len + 1);
    return names->entries->len;
  }
  names->free = entry_of (names, number)->holders;
  return number;
}

guint32
gst_fec_usernames_hold (GstFecUsernames *names, const gchar *name)
{
  guint32 number;
  Entry *entry;

  if (name == NULL)
    return 0;
  number = GPOINTER_TO_UINT (g_hash_table_lookup (names->numbers, name));
  if (number == 0) {
    number = take_number (names);
    entry = entry_of (names, number);
    entry->name = g_strdup (name);
    entry->holders = 0;
    names->text += strlen (name) + 1;
    g_hash_table_insert (
        names->numbers, entry->name, GUINT_TO_POINTER (number));
  }
  entry_of (names, number)->holders++;
  return number;
}

void
gst_fec_usernames_release (GstFecUsernames *names, guint32 number)
{
  Entry *entry;

  if (number == 0)
    return;
  entry = entry_of (names, number);
  if (--entry->holders > 0)
    return;
  g_hash_table_remove (names->numbers, entry->name);
  names->text -= strlen (entry->name) + 1;
  g_clear_pointer (&entry->name, g_free);
  entry->holders = names->free;
  names->free = number;
}

const gchar *
gst_fec_usernames_get (const GstFecUsernames *names, guint32 number)
{
  return number == 0 ? NULL : entry_of (names, number)->name;
}

guint
gst_fec_usernames_get_n (const GstFecUsernames *names)
{
  return g_hash_table_size (names->numbers);
}

gsize
gst_fec_usernames_get_memory (const GstFecUsernames *names)
{
  return sizeof (*names) + names->entries->len * sizeof (Entry) + names->text +
      g_hash_table_size (names->numbers) *
      (2 * sizeof (gpointer) + sizeof (guint));
}
