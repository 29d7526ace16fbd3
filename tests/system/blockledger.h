/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blockledger.h: what became of each block on its way, counted from the packets
 * that were sent and those that one receiver got. The truth that the decoder's
 * output is checked against. Knows ALC packets; threads may call all of it.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _BlockLedger BlockLedger;

/** Fate of a block at one receiver. */
typedef enum
{
  BLOCK_RECEIVED, /**< every source symbol came */
  BLOCK_REPAIRABLE, /**< enough symbols came, with two to spare */
  BLOCK_DOUBTFUL, /**< K or K + 1 symbols came: decodable most of the time */
  BLOCK_UNDECODABLE, /**< fewer than K symbols came */
} BlockFate;

/** @n_receivers: how many are told apart. */
BlockLedger *block_ledger_new (guint n_receivers);
void block_ledger_free (BlockLedger *ledger);

/** Notes all packets that leave @pad. */
void block_ledger_watch_sender (BlockLedger *ledger, GstPad *pad);
/** Notes all packets that leave @pad as received by @receiver. */
void block_ledger_watch_receiver (
    BlockLedger *ledger, guint receiver, GstPad *pad);

/** How many blocks have been begun so far. */
guint block_ledger_count (BlockLedger *ledger);
/** The fate of block @index (the first is 0) at @receiver. */
BlockFate block_ledger_fate (BlockLedger *ledger, guint receiver, guint index);
/** Different symbols of block @index that @receiver got, less K. */
gint block_ledger_spare (BlockLedger *ledger, guint receiver, guint index);
/** Object size F of block @index in bytes. */
guint64 block_ledger_size (BlockLedger *ledger, guint index);
/** Source symbols and all different symbols sent of block @index. */
void block_ledger_symbols (
    BlockLedger *ledger, guint index, guint *k, guint *sent);

G_END_DECLS
