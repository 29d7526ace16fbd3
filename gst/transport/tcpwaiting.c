/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpwaiting.c: see tcpwaiting.h. */
#include "transport/tcpwaiting.h"

#include <string.h>

typedef struct
{
  GstFecAddress prefix; /* first: the key */
  guint n;
} Entry;

struct _GstFecTcpWaiting
{
  GHashTable *entries; /* GstFecAddress -> Entry */
};

static gboolean
prefix_equal (gconstpointer a, gconstpointer b)
{
  return gst_fec_address_equal (a, b);
}

static guint
prefix_hash (gconstpointer prefix)
{
  return gst_fec_address_hash (prefix);
}

GstFecTcpWaiting *
gst_fec_tcp_waiting_new (void)
{
  GstFecTcpWaiting *waiting = g_new0 (GstFecTcpWaiting, 1);

  waiting->entries =
      g_hash_table_new_full (prefix_hash, prefix_equal, NULL, g_free);
  return waiting;
}

void
gst_fec_tcp_waiting_free (GstFecTcpWaiting *waiting)
{
  g_hash_table_destroy (waiting->entries);
  g_free (waiting);
}

static Entry *
find (GstFecTcpWaiting *waiting, const GstFecAddress *client,
    GstFecAddress *prefix)
{
  *prefix = *client;
  prefix->port = 0;
  if (!gst_fec_address_is_ipv4 (client))
    memset (prefix->ip + 8, 0, 8);
  return g_hash_table_lookup (waiting->entries, prefix);
}

void
gst_fec_tcp_waiting_add (GstFecTcpWaiting *waiting, const GstFecAddress *client)
{
  GstFecAddress prefix;
  Entry *entry = find (waiting, client, &prefix);

  if (entry == NULL) {
    entry = g_new0 (Entry, 1);
    entry->prefix = prefix;
    g_hash_table_insert (waiting->entries, &entry->prefix, entry);
  }
  entry->n++;
}

void
gst_fec_tcp_waiting_remove (
    GstFecTcpWaiting *waiting, const GstFecAddress *client)
{
  GstFecAddress prefix;
  Entry *entry = find (waiting, client, &prefix);

  if (entry != NULL && --entry->n == 0)
    g_hash_table_remove (waiting->entries, &prefix);
}

guint
gst_fec_tcp_waiting_get (GstFecTcpWaiting *waiting, const GstFecAddress *client)
{
  GstFecAddress prefix;
  Entry *entry = find (waiting, client, &prefix);

  return entry != NULL ? entry->n : 0;
}
