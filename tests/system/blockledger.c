/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blockledger.c: counts different symbols per block, as sent and as received.
 */
#include "blockledger.h"

#include <wire/alc.h>

typedef struct
{
  guint64 size; /* F, 0 until announced */
  guint32 k;
  GHashTable *sent; /* set of ESIs */
  GHashTable **received; /* the same for each receiver */
} Block;

struct _BlockLedger
{
  GMutex lock;
  guint n_receivers;
  gboolean started;
  guint32 first_toi;
  GPtrArray *blocks; /* of Block, by TOI from the first on */
};

typedef struct
{
  BlockLedger *ledger;
  gint receiver; /* -1: the sender */
} Watch;

static void
block_free (gpointer data, guint n_receivers)
{
  Block *block = data;
  guint i;

  g_hash_table_unref (block->sent);
  for (i = 0; i < n_receivers; i++)
    g_hash_table_unref (block->received[i]);
  g_free (block->received);
  g_free (block);
}

static Block *
block_new (guint n_receivers)
{
  Block *block = g_new0 (Block, 1);
  guint i;

  block->sent = g_hash_table_new (NULL, NULL);
  block->received = g_new0 (GHashTable *, n_receivers);
  for (i = 0; i < n_receivers; i++)
    block->received[i] = g_hash_table_new (NULL, NULL);
  return block;
}

BlockLedger *
block_ledger_new (guint n_receivers)
{
  BlockLedger *ledger = g_new0 (BlockLedger, 1);

  g_mutex_init (&ledger->lock);
  ledger->n_receivers = n_receivers;
  ledger->blocks = g_ptr_array_new ();
  return ledger;
}

void
block_ledger_free (BlockLedger *ledger)
{
  guint i;

  for (i = 0; i < ledger->blocks->len; i++)
    block_free (g_ptr_array_index (ledger->blocks, i), ledger->n_receivers);
  g_ptr_array_unref (ledger->blocks);
  g_mutex_clear (&ledger->lock);
  g_free (ledger);
}

/* The sender's first packet tells where counting begins. */
static Block *
find_block (BlockLedger *ledger, guint32 toi, gboolean sending)
{
  guint32 index;

  if (!ledger->started) {
    if (!sending)
      return NULL;
    ledger->started = TRUE;
    ledger->first_toi = toi;
  }
  index = toi - ledger->first_toi;
  if (index > ledger->blocks->len || (index == ledger->blocks->len && !sending))
    return NULL;
  if (index == ledger->blocks->len)
    g_ptr_array_add (ledger->blocks, block_new (ledger->n_receivers));
  return g_ptr_array_index (ledger->blocks, index);
}

static void
note_packet (Watch *watch, GstBuffer *buffer)
{
  BlockLedger *ledger = watch->ledger;
  gboolean sending = watch->receiver < 0;
  GstFecAlcPacket packet;
  GstMapInfo map;
  Block *block;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  if (gst_fec_alc_parse (&packet, map.data, map.size) == GST_FEC_ALC_OK &&
      packet.has_symbol && packet.sbn != GST_FEC_ALC_EARLY_SBN) {
    g_mutex_lock (&ledger->lock);
    block = find_block (ledger, packet.toi, sending);
    if (block != NULL) {
      g_hash_table_add (
          sending ? block->sent : block->received[watch->receiver],
          GUINT_TO_POINTER (packet.esi));
      if (packet.has_oti) {
        block->size = packet.oti.transfer_length;
        block->k = rq_oti_block_symbols (&packet.oti, 0);
      }
    }
    g_mutex_unlock (&ledger->lock);
  }
  gst_buffer_unmap (buffer, &map);
}

static GstPadProbeReturn
on_data (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
    guint i;

    for (i = 0; i < gst_buffer_list_length (list); i++)
      note_packet (user_data, gst_buffer_list_get (list, i));
  } else {
    note_packet (user_data, GST_PAD_PROBE_INFO_BUFFER (info));
  }
  return GST_PAD_PROBE_OK;
}

static void
watch_pad (BlockLedger *ledger, gint receiver, GstPad *pad)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->ledger = ledger;
  watch->receiver = receiver;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data,
      watch, g_free);
}

void
block_ledger_watch_sender (BlockLedger *ledger, GstPad *pad)
{
  watch_pad (ledger, -1, pad);
}

void
block_ledger_watch_receiver (BlockLedger *ledger, guint receiver, GstPad *pad)
{
  watch_pad (ledger, receiver, pad);
}

guint
block_ledger_count (BlockLedger *ledger)
{
  guint count;

  g_mutex_lock (&ledger->lock);
  count = ledger->blocks->len;
  g_mutex_unlock (&ledger->lock);
  return count;
}

static guint
count_source (GHashTable *symbols, guint k)
{
  guint esi, n = 0;

  for (esi = 0; esi < k; esi++)
    n += g_hash_table_contains (symbols, GUINT_TO_POINTER (esi));
  return n;
}

BlockFate
block_ledger_fate (BlockLedger *ledger, guint receiver, guint index)
{
  BlockFate fate = BLOCK_UNDECODABLE;
  GHashTable *symbols;
  Block *block;

  g_mutex_lock (&ledger->lock);
  block = g_ptr_array_index (ledger->blocks, index);
  symbols = block->received[receiver];
  if (count_source (symbols, block->k) == block->k)
    fate = BLOCK_RECEIVED;
  else if (g_hash_table_size (symbols) >= block->k + 2)
    fate = BLOCK_REPAIRABLE;
  else if (g_hash_table_size (symbols) >= block->k)
    fate = BLOCK_DOUBTFUL;
  g_mutex_unlock (&ledger->lock);
  return fate;
}

gint
block_ledger_spare (BlockLedger *ledger, guint receiver, guint index)
{
  Block *block;
  gint spare;

  g_mutex_lock (&ledger->lock);
  block = g_ptr_array_index (ledger->blocks, index);
  spare =
      (gint) g_hash_table_size (block->received[receiver]) - (gint) block->k;
  g_mutex_unlock (&ledger->lock);
  return spare;
}

guint64
block_ledger_size (BlockLedger *ledger, guint index)
{
  guint64 size;

  g_mutex_lock (&ledger->lock);
  size = ((Block *) g_ptr_array_index (ledger->blocks, index))->size;
  g_mutex_unlock (&ledger->lock);
  return size;
}

void
block_ledger_symbols (BlockLedger *ledger, guint index, guint *k, guint *sent)
{
  Block *block;

  g_mutex_lock (&ledger->lock);
  block = g_ptr_array_index (ledger->blocks, index);
  *k = block->k;
  *sent = g_hash_table_size (block->sent);
  g_mutex_unlock (&ledger->lock);
}
