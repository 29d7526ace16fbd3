/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecblockhistory.c: closed blocks, and fresh symbols of them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecblockhistory.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_encode_debug);
#define GST_CAT_DEFAULT gst_fec_encode_debug

typedef struct
{
  FecBlock *block;
  FecBlockInfo info;
  guint32 esi; /* of the next symbol */
  guint32 end; /* no ESI from here on */
  GstClockTime closed_at;
} Entry;

struct _FecBlockHistory
{
  guint32 symbol_size;
  GstClockTime age;
  guint64 max_bytes;
  GstClockTime now;
  guint64 bytes;
  GQueue entries; /* Entry, oldest first */
  RqEncoder *encoder;
  const FecBlock *source; /* what the encoder has been given, NULL: nothing */
};

FecBlockHistory *
fec_block_history_new (guint32 symbol_size)
{
  FecBlockHistory *history = g_new0 (FecBlockHistory, 1);

  history->symbol_size = symbol_size;
  g_queue_init (&history->entries);
  history->encoder = rq_encoder_new (NULL, 1, symbol_size, NULL);
  if (history->encoder == NULL) {
    fec_block_history_free (history);
    return NULL;
  }
  return history;
}

static guint64
entry_bytes (const FecBlockHistory *history, const FecBlockInfo *info)
{
  return (guint64) info->symbols *
      (history->symbol_size + GST_FEC_ALC_HEADER_SIZE);
}

static void
drop_oldest (FecBlockHistory *history)
{
  Entry *entry = g_queue_pop_head (&history->entries);

  history->bytes -= entry_bytes (history, &entry->info);
  if (history->source == entry->block)
    history->source = NULL;
  fec_block_unref (entry->block);
  g_free (entry);
}

void
fec_block_history_clear (FecBlockHistory *history)
{
  while (!g_queue_is_empty (&history->entries))
    drop_oldest (history);
}

void
fec_block_history_free (FecBlockHistory *history)
{
  fec_block_history_clear (history);
  rq_encoder_free (history->encoder);
  g_free (history);
}

static gboolean
oldest_is_too_old (FecBlockHistory *history)
{
  const Entry *entry = g_queue_peek_head (&history->entries);

  return entry != NULL && history->now >= entry->closed_at &&
      history->now - entry->closed_at >= history->age;
}

/* Makes room for @bytes more. */
static void
trim (FecBlockHistory *history, guint64 bytes)
{
  while (!g_queue_is_empty (&history->entries) &&
      (oldest_is_too_old (history) ||
          history->bytes + bytes > history->max_bytes))
    drop_oldest (history);
}

void
fec_block_history_set_limits (
    FecBlockHistory *history, GstClockTime age, guint64 bytes)
{
  history->age = age;
  history->max_bytes = bytes;
  trim (history, 0);
}

void
fec_block_history_set_time (FecBlockHistory *history, GstClockTime now)
{
  history->now = now;
  trim (history, 0);
}

void
fec_block_history_add (FecBlockHistory *history, FecBlock *block,
    const FecBlockInfo *info, guint32 esi, guint32 end)
{
  guint64 bytes = entry_bytes (history, info);
  Entry *entry;

  if (history->age == 0 || bytes > history->max_bytes)
    return;
  trim (history, bytes);
  entry = g_new0 (Entry, 1);
  entry->block = fec_block_ref (block);
  entry->info = *info;
  entry->esi = esi;
  entry->end = MIN (end, esi + 2 * info->symbols + 64);
  entry->closed_at = history->now;
  history->bytes += bytes;
  g_queue_push_tail (&history->entries, entry);
}

static Entry *
find (FecBlockHistory *history, guint32 toi)
{
  GList *l;

  for (l = history->entries.tail; l != NULL; l = l->prev) {
    Entry *entry = l->data;

    if (entry->info.toi == toi)
      return entry;
  }
  return NULL;
}

static RqStatus
make (FecBlockHistory *history, Entry *entry, guint32 count, GArray *packets)
{
  RqStatus status = RQ_OK;

  if (history->source != entry->block) {
    history->source = NULL;
    status = fec_block_set_source (entry->block, history->encoder);
    if (status == RQ_OK)
      history->source = entry->block;
  }
  if (status == RQ_OK)
    status = fec_block_make_repair (
        entry->block, history->encoder, entry->esi, count, packets);
  return status;
}

FecFreshResult
fec_block_history_make (FecBlockHistory *history, guint32 toi, guint32 count,
    FecFreshSymbols *fresh)
{
  Entry *entry = find (history, toi);
  guint32 left;
  RqStatus status;

  g_array_set_size (fresh->packets, 0);
  if (entry == NULL)
    return FEC_FRESH_UNKNOWN;
  fresh->info = entry->info;
  fresh->esi = entry->esi;
  left = entry->end - entry->esi;
  if (left == 0)
    return FEC_FRESH_REFUSED;
  status = make (history, entry, MIN (count, left), fresh->packets);
  if (status != RQ_OK) {
    GST_WARNING (
        "no fresh symbols of block %u: %s", toi, rq_status_message (status));
    return FEC_FRESH_NO_MEMORY;
  }
  entry->esi += fresh->packets->len;
  return count > left ? FEC_FRESH_REFUSED : FEC_FRESH_OK;
}
