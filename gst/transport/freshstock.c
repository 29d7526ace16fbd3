/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* freshstock.c: packets that were made for some clients, for others. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/freshstock.h"

typedef struct
{
  guint32 toi;
  guint8 sbn;
  GBytes *packet;
  GHashTable *sessions; /* who has got it, a set of guint64 */
} Item;

struct _GstFecFreshStock
{
  GQueue items; /* Item, oldest first */
};

GstFecFreshStock *
gst_fec_fresh_stock_new (void)
{
  GstFecFreshStock *stock = g_new0 (GstFecFreshStock, 1);

  g_queue_init (&stock->items);
  return stock;
}

static void
free_item (gpointer data)
{
  Item *item = data;

  g_bytes_unref (item->packet);
  g_hash_table_destroy (item->sessions);
  g_free (item);
}

void
gst_fec_fresh_stock_free (GstFecFreshStock *stock)
{
  g_queue_clear_full (&stock->items, free_item);
  g_free (stock);
}

void
gst_fec_fresh_stock_add (GstFecFreshStock *stock, guint32 toi, guint8 sbn,
    const guint8 *packet, gsize size)
{
  Item *item = g_new0 (Item, 1);

  item->toi = toi;
  item->sbn = sbn;
  item->packet = g_bytes_new (packet, size);
  item->sessions =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  if (stock->items.length >= GST_FEC_STOCK_MAX_PACKETS)
    free_item (g_queue_pop_head (&stock->items));
  g_queue_push_tail (&stock->items, item);
}

void
gst_fec_fresh_stock_mark (GstFecFreshStock *stock, guint64 session)
{
  Item *item = g_queue_peek_tail (&stock->items);

  if (item != NULL)
    g_hash_table_add (item->sessions, g_memdup2 (&session, sizeof (session)));
}

GBytes *
gst_fec_fresh_stock_take (
    GstFecFreshStock *stock, guint32 toi, guint8 sbn, guint64 session)
{
  GList *l;

  for (l = stock->items.head; l != NULL; l = l->next) {
    Item *item = l->data;

    if (item->toi != toi || item->sbn != sbn ||
        g_hash_table_size (item->sessions) >= GST_FEC_STOCK_MAX_CLIENTS ||
        g_hash_table_contains (item->sessions, &session))
      continue;
    g_hash_table_add (item->sessions, g_memdup2 (&session, sizeof (session)));
    return g_bytes_ref (item->packet);
  }
  return NULL;
}
