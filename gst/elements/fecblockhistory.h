/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecblockhistory.h: closed blocks that are kept for a while, so that symbols
 * nobody was sent before can be made of them. Has no clock of its own.
 *
 * One thread at a time. Times are of one clock, in nanoseconds.
 */
#pragma once

#include "fecblock.h"

G_BEGIN_DECLS

/** What packets of one block have in common. */
typedef struct
{
  guint32 toi;
  guint8 flags; /**< GstFecBlockFlags */
  gboolean closed; /**< F is known */
  gboolean last; /**< nothing follows in this stream */
  guint64 length; /**< F */
  guint32 symbols; /**< K */
  guint8 alignment; /**< Al */
} FecBlockInfo;

/** Symbols that were made, in order; packets are mapped and have no header. */
typedef struct
{
  FecBlockInfo info;
  guint32 esi; /**< of the first one */
  GArray *packets; /**< FecPacket */
} FecFreshSymbols;

typedef struct _FecBlockHistory FecBlockHistory;

/** Keeps nothing until it has limits. NULL when out of memory. */
FecBlockHistory *fec_block_history_new (guint32 symbol_size);
void fec_block_history_free (FecBlockHistory *history);

/** How long blocks stay, and how many bytes of packets they may hold in all. */
void fec_block_history_set_limits (
    FecBlockHistory *history, GstClockTime age, guint64 bytes);
/** It is @now: lets go what is too old. */
void fec_block_history_set_time (FecBlockHistory *history, GstClockTime now);
/** Forgets all blocks. */
void fec_block_history_clear (FecBlockHistory *history);

/**
 * Keeps a reference of @block, which is closed, unless it is above the limit by itself.
 *
 * @esi, @end: the first ESI that was not planned for anything, and the first
 * that must not be used
 */
void fec_block_history_add (FecBlockHistory *history, FecBlock *block,
    const FecBlockInfo *info, guint32 esi, guint32 end);

/** Why less was made than was asked for. */
typedef enum
{
  FEC_FRESH_OK,
  FEC_FRESH_UNKNOWN, /**< the block is not there (any more) */
  FEC_FRESH_REFUSED, /**< the block has had 2 K + 64 symbols */
  FEC_FRESH_NO_MEMORY,
} FecFreshResult;

/**
 * Makes @count symbols of the block @toi, or as many as are left of 2 K + 64.
 * @fresh, whose packets the caller owns (an array that is emptied first), is
 * filled in.
 */
FecFreshResult fec_block_history_make (FecBlockHistory *history, guint32 toi,
    guint32 count, FecFreshSymbols *fresh);

G_END_DECLS
