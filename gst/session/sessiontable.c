/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessiontable.c: sessions and leases in chunks that never move, two chained
 * hashes over the sessions' places and a count for each IP address and each
 * network; see sessiontable.h. The hashes are keyed: clients choose their ports.
 */
#include "sessiontable.h"
#include "entropy.h"
#include "limits.h"

#include <string.h>

#define CHUNK_BITS 10
#define CHUNK (1u << CHUNK_BITS)
#define FIRST_BUCKETS 256
#define NONE GST_FEC_TABLE_NONE

/* Places of equal size, numbered through the chunks, which never move. */
typedef struct
{
  gsize size;
  GPtrArray *chunks;
  guint used; /* places ever handed out */
  guint free; /* first place given back, or NONE */
  guint n;
} Pool;

struct _GstFecSessionTable
{
  Pool sessions;
  Pool leases;
  guint n_buckets; /* a power of two */
  guint32 *by_address;
  guint32 *by_id;
  GHashTable *counts; /* hash of an IP address or its prefix -> sessions */
  guint64 secret;
};

static void
pool_init (Pool *pool, gsize size)
{
  pool->size = size;
  pool->chunks = g_ptr_array_new_with_free_func (g_free);
  pool->used = pool->n = 0;
  pool->free = NONE;
}

static gpointer
pool_at (const Pool *pool, guint place)
{
  guint8 *chunk = g_ptr_array_index (pool->chunks, place >> CHUNK_BITS);

  return chunk + (place & (CHUNK - 1)) * pool->size;
}

static GstFecSession *
session_at (const GstFecSessionTable *table, guint place)
{
  return pool_at (&table->sessions, place);
}

static GstFecLease *
lease_at (const GstFecSessionTable *table, guint place)
{
  return pool_at (&table->leases, place);
}

/* A place never used before; the caller looks for a free one first. */
static guint
pool_extend (Pool *pool)
{
  if (pool->used == pool->chunks->len << CHUNK_BITS)
    g_ptr_array_add (pool->chunks, g_malloc0_n (CHUNK, pool->size));
  return pool->used++;
}

static guint32
bucket_of_address (
    const GstFecSessionTable *table, const GstFecAddress *address)
{
  return (guint32) gst_fec_entropy_hash (
             table->secret, address, sizeof (*address)) &
      (table->n_buckets - 1);
}

static guint32
bucket_of_id (const GstFecSessionTable *table, guint64 id)
{
  return (guint32) id & (table->n_buckets - 1);
}

GstFecSessionTable *
gst_fec_session_table_new (void)
{
  GstFecSessionTable *table = g_new0 (GstFecSessionTable, 1);

  pool_init (&table->sessions, sizeof (GstFecSession));
  pool_init (&table->leases, sizeof (GstFecLease));
  table->n_buckets = FIRST_BUCKETS;
  table->by_address = g_new (guint32, FIRST_BUCKETS);
  table->by_id = g_new (guint32, FIRST_BUCKETS);
  memset (table->by_address, 0xff, FIRST_BUCKETS * sizeof (guint32));
  memset (table->by_id, 0xff, FIRST_BUCKETS * sizeof (guint32));
  table->counts = g_hash_table_new (NULL, NULL);
  gst_fec_entropy_fill (&table->secret, sizeof (table->secret));
  return table;
}

void
gst_fec_session_table_free (GstFecSessionTable *table)
{
  g_ptr_array_unref (table->sessions.chunks);
  g_ptr_array_unref (table->leases.chunks);
  g_hash_table_unref (table->counts);
  g_free (table->by_address);
  g_free (table->by_id);
  g_free (table);
}

static void
link_address (GstFecSessionTable *table, guint place, GstFecSession *session)
{
  guint32 *head =
      &table->by_address[bucket_of_address (table, &session->address)];

  session->next_by_address = *head;
  *head = place;
}

static void
link_id (GstFecSessionTable *table, guint place, GstFecSession *session)
{
  guint32 *head = &table->by_id[bucket_of_id (table, session->id)];

  session->next_by_id = *head;
  *head = place;
}

/* Returns the session's place. */
static guint
unlink_address (GstFecSessionTable *table, GstFecSession *session)
{
  guint32 *link =
      &table->by_address[bucket_of_address (table, &session->address)];
  guint place;

  while (session_at (table, *link) != session)
    link = &session_at (table, *link)->next_by_address;
  place = *link;
  *link = session->next_by_address;
  return place;
}

static void
unlink_id (GstFecSessionTable *table, GstFecSession *session)
{
  guint32 *link = &table->by_id[bucket_of_id (table, session->id)];

  while (session_at (table, *link) != session)
    link = &session_at (table, *link)->next_by_id;
  *link = session->next_by_id;
}

static void
grow_buckets (GstFecSessionTable *table)
{
  gsize bytes;
  guint place;

  table->n_buckets *= 2;
  bytes = table->n_buckets * sizeof (guint32);
  table->by_address = g_realloc (table->by_address, bytes);
  table->by_id = g_realloc (table->by_id, bytes);
  memset (table->by_address, 0xff, bytes);
  memset (table->by_id, 0xff, bytes);
  for (place = 0; place < table->sessions.used; place++) {
    GstFecSession *session = session_at (table, place);

    if (session->id == 0)
      continue;
    link_address (table, place, session);
    link_id (table, place, session);
  }
}

/* The length is a part of the hash: an address is not taken for a prefix. */
static gpointer
count_key (
    const GstFecSessionTable *table, const GstFecAddress *address, gsize size)
{
  return GSIZE_TO_POINTER (
      (gsize) gst_fec_entropy_hash (table->secret, address->ip, size));
}

static guint
count (GstFecSessionTable *table, const GstFecAddress *address, gsize size)
{
  return GPOINTER_TO_UINT (
      g_hash_table_lookup (table->counts, count_key (table, address, size)));
}

guint
gst_fec_session_table_count_address (
    GstFecSessionTable *table, const GstFecAddress *address)
{
  return count (table, address, sizeof (address->ip));
}

guint
gst_fec_session_table_count_prefix (
    GstFecSessionTable *table, const GstFecAddress *address)
{
  return count (table, address, gst_fec_limits_prefix_size (address));
}

static void
change_count (GstFecSessionTable *table, const GstFecAddress *address,
    gsize size, gint change)
{
  guint n = count (table, address, size) + (guint) change;
  gpointer key = count_key (table, address, size);

  if (n == 0)
    g_hash_table_remove (table->counts, key);
  else
    g_hash_table_insert (table->counts, key, GUINT_TO_POINTER (n));
}

static void
change_counts (
    GstFecSessionTable *table, const GstFecAddress *address, gint change)
{
  change_count (table, address, sizeof (address->ip), change);
  change_count (table, address, gst_fec_limits_prefix_size (address), change);
}

static guint64
new_id (GstFecSessionTable *table)
{
  guint64 id;

  do
    gst_fec_entropy_fill (&id, sizeof (id));
  while (id == 0 || gst_fec_session_table_find_id (table, id) != NULL);
  return id;
}

GstFecSession *
gst_fec_session_table_add (
    GstFecSessionTable *table, const GstFecAddress *address, gint64 now)
{
  guint64 id = new_id (table);
  GstFecSession *session;
  guint place;

  if (table->sessions.n >= table->n_buckets)
    grow_buckets (table);
  if (table->sessions.free != NONE) {
    place = table->sessions.free;
    table->sessions.free = session_at (table, place)->next_by_id;
  } else {
    place = pool_extend (&table->sessions);
  }
  table->sessions.n++;

  session = session_at (table, place);
  memset (session, 0, sizeof (*session));
  session->address = *address;
  session->id = id;
  session->heard = now;
  session->leases = NONE;
  link_address (table, place, session);
  link_id (table, place, session);
  change_counts (table, address, 1);
  return session;
}

void
gst_fec_session_table_remove (GstFecSessionTable *table, GstFecSession *session)
{
  guint place;

  while (session->leases != NONE)
    gst_fec_session_table_remove_lease (
        table, session, lease_at (table, session->leases)->tsi);
  change_counts (table, &session->address, -1);
  place = unlink_address (table, session);
  unlink_id (table, session);
  session->id = 0;
  session->next_by_id = table->sessions.free;
  table->sessions.free = place;
  table->sessions.n--;
}

void
gst_fec_session_table_move (GstFecSessionTable *table, GstFecSession *session,
    const GstFecAddress *address)
{
  guint place = unlink_address (table, session);

  change_counts (table, &session->address, -1);
  session->address = *address;
  change_counts (table, &session->address, 1);
  link_address (table, place, session);
}

GstFecSession *
gst_fec_session_table_find (
    GstFecSessionTable *table, const GstFecAddress *address)
{
  guint place = table->by_address[bucket_of_address (table, address)];

  while (place != NONE) {
    GstFecSession *session = session_at (table, place);

    if (gst_fec_address_equal (&session->address, address))
      return session;
    place = session->next_by_address;
  }
  return NULL;
}

GstFecSession *
gst_fec_session_table_find_id (GstFecSessionTable *table, guint64 id)
{
  guint place = table->by_id[bucket_of_id (table, id)];

  while (place != NONE) {
    GstFecSession *session = session_at (table, place);

    if (session->id == id)
      return session;
    place = session->next_by_id;
  }
  return NULL;
}

guint
gst_fec_session_table_get_n_sessions (const GstFecSessionTable *table)
{
  return table->sessions.n;
}

guint
gst_fec_session_table_get_n_leases (const GstFecSessionTable *table)
{
  return table->leases.n;
}

/* GHashTable keeps 8-byte keys, 4-byte hashes and values of 4 or 8 bytes in arrays of
   a power of two, at least an eighth and at most 15/16 full. */
gsize
gst_fec_session_table_get_memory (const GstFecSessionTable *table)
{
  gsize n = g_hash_table_size (table->counts);
  gsize slots = 8;

  while (slots * 15 / 16 < n)
    slots *= 2;
  return sizeof (*table) + table->n_buckets * 2 * sizeof (guint32) +
      table->sessions.chunks->len * CHUNK * sizeof (GstFecSession) +
      table->leases.chunks->len * CHUNK * sizeof (GstFecLease) +
      slots * (2 * sizeof (gpointer) + sizeof (guint));
}

GstFecSession *
gst_fec_session_table_next (GstFecSessionTable *table, guint *index)
{
  for (; *index < table->sessions.used; ++*index) {
    GstFecSession *session = session_at (table, *index);

    if (session->id != 0)
      return session;
  }
  return NULL;
}

GstFecLease *
gst_fec_session_table_add_lease (
    GstFecSessionTable *table, GstFecSession *session, guint32 tsi, gint64 end)
{
  GstFecLease *lease;
  guint place;

  if (table->leases.free != NONE) {
    place = table->leases.free;
    table->leases.free = lease_at (table, place)->next;
  } else {
    place = pool_extend (&table->leases);
  }
  table->leases.n++;

  lease = lease_at (table, place);
  lease->tsi = tsi;
  lease->end = end;
  lease->next = session->leases;
  session->leases = place;
  return lease;
}

GstFecLease *
gst_fec_session_table_next_lease (GstFecSessionTable *table,
    const GstFecSession *session, const GstFecLease *lease)
{
  guint place = lease == NULL ? session->leases : lease->next;

  return place == NONE ? NULL : lease_at (table, place);
}

GstFecLease *
gst_fec_session_table_find_lease (
    GstFecSessionTable *table, const GstFecSession *session, guint32 tsi)
{
  GstFecLease *lease = NULL;

  do
    lease = gst_fec_session_table_next_lease (table, session, lease);
  while (lease != NULL && lease->tsi != tsi);
  return lease;
}

void
gst_fec_session_table_remove_lease (
    GstFecSessionTable *table, GstFecSession *session, guint32 tsi)
{
  guint32 *link = &session->leases;

  while (*link != NONE) {
    guint place = *link;
    GstFecLease *lease = lease_at (table, place);

    if (lease->tsi == tsi) {
      *link = lease->next;
      lease->next = table->leases.free;
      table->leases.free = place;
      table->leases.n--;
      return;
    }
    link = &lease->next;
  }
}

guint
gst_fec_session_table_count_leases (
    GstFecSessionTable *table, const GstFecSession *session)
{
  GstFecLease *lease = NULL;
  guint n = 0;

  while ((lease = gst_fec_session_table_next_lease (table, session, lease)))
    n++;
  return n;
}
