/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packetmerger.c: a ring of what was let through, the oldest of which is forgotten, and an open hash of places in the
 * ring to find it by.
 */
#include "transport/packetmerger.h"

#include <string.h>

/* Entries at first; doubled until GST_FEC_MERGER_MAX. */
#define FIRST_ENTRIES 1024
#define NONE G_MAXUINT32

typedef struct
{
  guint64 symbol; /* TOI, SBN, ESI */
  guint64 ways; /* a bit for each that brought it since it went on */
  guint32 rest; /* what else tells packets apart */
  guint32 next; /* of the same bucket */
  guint16 seq; /* when it went on */
} Entry;

struct _GstFecPacketMerger
{
  Entry *entries; /* a ring */
  guint32 *buckets; /* as many as entries */
  guint size; /* a power of two */
  guint n;
  guint newest; /* where the next one goes */
};

static void
allocate (GstFecPacketMerger *merger, guint size)
{
  merger->size = size;
  merger->n = merger->newest = 0;
  merger->entries = g_new (Entry, size);
  merger->buckets = g_new (guint32, size);
  memset (merger->buckets, 0xff, size * sizeof (guint32));
}

GstFecPacketMerger *
gst_fec_packet_merger_new (void)
{
  GstFecPacketMerger *merger = g_new0 (GstFecPacketMerger, 1);

  allocate (merger, FIRST_ENTRIES);
  return merger;
}

void
gst_fec_packet_merger_free (GstFecPacketMerger *merger)
{
  g_free (merger->entries);
  g_free (merger->buckets);
  g_free (merger);
}

void
gst_fec_packet_merger_clear (GstFecPacketMerger *merger)
{
  merger->n = merger->newest = 0;
  memset (merger->buckets, 0xff, merger->size * sizeof (guint32));
}

static guint32 *
bucket_of (const GstFecPacketMerger *merger, const Entry *entry)
{
  guint64 hash = (entry->symbol ^ entry->rest) * 0x9e3779b97f4a7c15u;

  return &merger->buckets[(hash >> 32) & (merger->size - 1)];
}

static Entry *
find (const GstFecPacketMerger *merger, const Entry *entry)
{
  guint32 place = *bucket_of (merger, entry);

  while (place != NONE) {
    Entry *other = &merger->entries[place];

    if (other->symbol == entry->symbol && other->rest == entry->rest)
      return other;
    place = other->next;
  }
  return NULL;
}

static void
forget_oldest (GstFecPacketMerger *merger)
{
  guint oldest = (merger->newest - merger->n) & (merger->size - 1);
  guint32 *link = bucket_of (merger, &merger->entries[oldest]);

  while (*link != oldest)
    link = &merger->entries[*link].next;
  *link = merger->entries[oldest].next;
  merger->n--;
}

static void
remember (GstFecPacketMerger *merger, const Entry *entry)
{
  guint32 *bucket = bucket_of (merger, entry);
  Entry *place = &merger->entries[merger->newest];

  *place = *entry;
  place->next = *bucket;
  *bucket = merger->newest;
  merger->newest = (merger->newest + 1) & (merger->size - 1);
  merger->n++;
}

/* Only when the ring is full, and therefore in order from its begin. */
static void
grow (GstFecPacketMerger *merger)
{
  Entry *entries = merger->entries;
  guint i, n = merger->n, oldest = merger->newest;

  g_free (merger->buckets);
  allocate (merger, 2 * n);
  for (i = 0; i < n; i++)
    remember (merger, &entries[(oldest + i) & (n - 1)]);
  g_free (entries);
}

/* Whether what was let through before goes on once more. */
static gboolean
is_repeated (Entry *known, const Entry *entry)
{
  gboolean repeated =
      (known->ways & entry->ways) != 0 && known->seq != entry->seq;

  if (repeated) {
    known->ways = entry->ways;
    known->seq = entry->seq;
  } else {
    known->ways |= entry->ways;
  }
  return repeated;
}

gboolean
gst_fec_packet_merger_add (
    GstFecPacketMerger *merger, const GstFecAlcPacket *packet, guint way)
{
  Entry entry = {
    .symbol = (guint64) packet->toi << 32 | (guint32) packet->sbn << 24 |
        (packet->has_symbol ? packet->esi : packet->seq),
    .rest = packet->early_size | (guint32) packet->has_oti << 16 |
        (guint32) packet->close_session << 17 |
        (guint32) packet->close_object << 18 |
        (guint32) packet->has_symbol << 19,
    .ways = G_GUINT64_CONSTANT (1) << way,
    .seq = packet->seq,
  };
  Entry *known;

  g_return_val_if_fail (way < GST_FEC_MERGER_MAX_WAYS, TRUE);

  known = find (merger, &entry);
  if (known != NULL)
    return is_repeated (known, &entry);
  if (merger->n == merger->size && merger->size < GST_FEC_MERGER_MAX)
    grow (merger);
  if (merger->n == merger->size)
    forget_oldest (merger);
  remember (merger, &entry);
  return TRUE;
}
