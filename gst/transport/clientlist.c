/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clientlist.c: a packed array that is changed in place and copied at most once for each snapshot that finds it
 * changed, a hash from address to slot, and slots, which keep their number while a client is there (the array does
 * not: the last one fills each hole). A snapshot may name a slot that has a new owner since: an error counted there
 * at that moment is charged to the wrong client, which hurts nobody.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/clientlist.h"

#include <string.h>

typedef struct
{
  GstFecAddress address; /* first, so that a slot can be looked up by address */
  guint32 index; /* place in the array */
  guint32 slot;
  GstFecClientCounters counters;
} Slot;

struct _GstFecClientList
{
  gint refcount; /* atomic */
  GMutex lock;
  gint family;
  GArray *clients; /* GstFecClient */
  GPtrArray *slots; /* Slot, by number; free ones too */
  GArray *free_slots; /* guint32 */
  GHashTable *by_address; /* Slot, by address */
  GstFecClientSnapshot *snapshot; /* NULL: the array changed since */
};

GstFecClientList *
gst_fec_client_list_new (gint family)
{
  GstFecClientList *list = g_new0 (GstFecClientList, 1);

  g_atomic_int_set (&list->refcount, 1);
  g_mutex_init (&list->lock);
  list->family = family;
  list->clients = g_array_new (FALSE, TRUE, sizeof (GstFecClient));
  list->slots = g_ptr_array_new_with_free_func (g_free);
  list->free_slots = g_array_new (FALSE, FALSE, sizeof (guint32));
  list->by_address =
      g_hash_table_new (gst_fec_address_key_hash, gst_fec_address_key_equal);
  return list;
}

static void
drop_snapshot (GstFecClientList *list)
{
  g_clear_pointer (&list->snapshot, gst_fec_client_snapshot_unref);
}

GstFecClientList *
gst_fec_client_list_ref (GstFecClientList *list)
{
  g_atomic_int_inc (&list->refcount);
  return list;
}

void
gst_fec_client_list_unref (GstFecClientList *list)
{
  if (!g_atomic_int_dec_and_test (&list->refcount))
    return;
  drop_snapshot (list);
  g_hash_table_destroy (list->by_address);
  g_ptr_array_unref (list->slots);
  g_array_unref (list->free_slots);
  g_array_unref (list->clients);
  g_mutex_clear (&list->lock);
  g_free (list);
}

static void
set_destination (
    GstFecClient *client, gint family, const GstFecAddress *address)
{
  if (family == AF_INET) {
    client->to.ipv4.sin_family = AF_INET;
    client->to.ipv4.sin_port = g_htons (address->port);
    memcpy (&client->to.ipv4.sin_addr, address->ip + 12, 4);
  } else {
    client->to.ipv6.sin6_family = AF_INET6;
    client->to.ipv6.sin6_port = g_htons (address->port);
    client->to.ipv6.sin6_scope_id = address->scope;
    memcpy (&client->to.ipv6.sin6_addr, address->ip, 16);
  }
}

static Slot *
take_slot (GstFecClientList *list)
{
  Slot *slot;

  if (list->free_slots->len > 0) {
    guint last = list->free_slots->len - 1;
    guint32 number = g_array_index (list->free_slots, guint32, last);

    g_array_set_size (list->free_slots, last);
    slot = g_ptr_array_index (list->slots, number);
    slot->counters = (GstFecClientCounters){ 0 };
  } else {
    slot = g_new0 (Slot, 1);
    slot->slot = list->slots->len;
    g_ptr_array_add (list->slots, slot);
  }
  return slot;
}

void
gst_fec_client_init (GstFecClient *entry, gint family,
    const GstFecAddress *client, const GstFecAddress *source)
{
  memset (entry, 0, sizeof (*entry));
  set_destination (entry, family, client);
  if (source != NULL)
    memcpy (entry->source, source->ip, sizeof (entry->source));
  entry->slot = GST_FEC_CLIENT_NO_SLOT;
}

gboolean
gst_fec_client_list_add (GstFecClientList *list, const GstFecAddress *client,
    const GstFecAddress *source)
{
  GstFecClient entry;
  Slot *slot;
  gboolean added = FALSE;

  gst_fec_client_init (&entry, list->family, client, source);
  g_mutex_lock (&list->lock);
  if (!g_hash_table_contains (list->by_address, client)) {
    slot = take_slot (list);
    slot->address = *client;
    slot->index = list->clients->len;
    entry.slot = slot->slot;
    g_array_append_val (list->clients, entry);
    g_hash_table_add (list->by_address, slot);
    drop_snapshot (list);
    added = TRUE;
  }
  g_mutex_unlock (&list->lock);
  return added;
}

gboolean
gst_fec_client_list_remove (GstFecClientList *list, const GstFecAddress *client)
{
  Slot *slot;

  g_mutex_lock (&list->lock);
  slot = g_hash_table_lookup (list->by_address, client);
  if (slot != NULL) {
    guint32 index = slot->index;

    g_hash_table_remove (list->by_address, slot);
    g_array_append_val (list->free_slots, slot->slot);
    g_array_remove_index_fast (list->clients, index);
    if (index < list->clients->len) {
      GstFecClient *moved = &g_array_index (list->clients, GstFecClient, index);

      slot = g_ptr_array_index (list->slots, moved->slot);
      slot->index = index;
    }
    drop_snapshot (list);
  }
  g_mutex_unlock (&list->lock);
  return slot != NULL;
}

guint
gst_fec_client_list_get_size (GstFecClientList *list)
{
  guint size;

  g_mutex_lock (&list->lock);
  size = list->clients->len;
  g_mutex_unlock (&list->lock);
  return size;
}

GArray *
gst_fec_client_list_get_addresses (GstFecClientList *list)
{
  GArray *addresses = g_array_new (FALSE, FALSE, sizeof (GstFecAddress));
  GHashTableIter iter;
  Slot *slot;

  g_mutex_lock (&list->lock);
  g_hash_table_iter_init (&iter, list->by_address);
  while (g_hash_table_iter_next (&iter, (gpointer *) &slot, NULL))
    g_array_append_val (addresses, slot->address);
  g_mutex_unlock (&list->lock);
  return addresses;
}

GstFecClientSnapshot *
gst_fec_client_list_snapshot (GstFecClientList *list)
{
  GstFecClientSnapshot *snapshot;

  g_mutex_lock (&list->lock);
  if (list->snapshot == NULL) {
    gsize size = (gsize) list->clients->len * sizeof (GstFecClient);

    snapshot = g_malloc (sizeof (GstFecClientSnapshot) + size);
    g_atomic_int_set (&snapshot->refcount, 1);
    snapshot->n_clients = list->clients->len;
    if (size > 0)
      memcpy (snapshot->clients, list->clients->data, size);
    list->snapshot = snapshot;
  }
  snapshot = list->snapshot;
  g_atomic_int_inc (&snapshot->refcount);
  g_mutex_unlock (&list->lock);
  return snapshot;
}

void
gst_fec_client_snapshot_unref (GstFecClientSnapshot *snapshot)
{
  if (g_atomic_int_dec_and_test (&snapshot->refcount))
    g_free (snapshot);
}

gboolean
gst_fec_client_list_count_error (
    GstFecClientList *list, guint32 slot, gint error)
{
  Slot *found;
  gboolean first = FALSE;

  g_mutex_lock (&list->lock);
  if (slot < list->slots->len) {
    found = g_ptr_array_index (list->slots, slot);
    first = found->counters.errors == 0;
    found->counters.errors++;
    found->counters.last_error = error;
  }
  g_mutex_unlock (&list->lock);
  return first;
}

gboolean
gst_fec_client_list_get_counters (GstFecClientList *list,
    const GstFecAddress *client, GstFecClientCounters *counters)
{
  Slot *slot;

  g_mutex_lock (&list->lock);
  slot = g_hash_table_lookup (list->by_address, client);
  if (slot != NULL)
    *counters = slot->counters;
  g_mutex_unlock (&list->lock);
  return slot != NULL;
}
