/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecfeedback.h: what goes against the stream between our elements, as custom upstream events, and whom a packet made
 * on request is for. Elements between (queue, tee, funnel) hand both on as they do with all events and buffers.
 *
 *   fecdecode -> fecsrc                     "GstFecSymbolsMissing": an object cannot be decoded yet
 *   fecunicastreplicator -> fecencode       "GstFecSymbolsWanted": make symbols nobody was sent before
 *   fecunicastreplicator -> fecencode       "GstFecLoss": how much the listeners lose
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** Order 0: a packet for everybody. */
#define FEC_ORDER_ALL 0

/** An object (source block) lacks @count symbols. */
typedef struct
{
  guint32
      tsi; /**< 0 where only one channel is meant and its TSI is not known */
  guint32 toi;
  guint8 sbn;
  guint32 count;
  /** whom the symbols are for, a number of whoever asks; FEC_ORDER_ALL: everybody */
  guint32 order;
} FecSymbolsWanted;

GstEvent *fec_symbols_missing_event_new (const FecSymbolsWanted *missing);
GstEvent *fec_symbols_wanted_event_new (const FecSymbolsWanted *wanted);
/** FALSE when @event is something else. */
gboolean fec_symbols_missing_event_parse (
    GstEvent *event, FecSymbolsWanted *missing);
gboolean fec_symbols_wanted_event_parse (
    GstEvent *event, FecSymbolsWanted *wanted);

/** What the listeners of a channel lose. */
typedef struct
{
  guint32 tsi;
  guint listeners; /**< who reported */
  gdouble worst_tenth; /**< nine of ten lose at most this share, 0 to 1 */
} FecLoss;

GstEvent *fec_loss_event_new (const FecLoss *loss);
gboolean fec_loss_event_parse (GstEvent *event, FecLoss *loss);

/** Marks @buffer (writable), a packet, as made for @order alone, the @index-th one. */
void fec_order_mark (GstBuffer *buffer, guint32 order, guint32 index);
/** The order @buffer was made for, FEC_ORDER_ALL for all others; *@index, which may be NULL, as it was marked. */
guint32 fec_order_of (GstBuffer *buffer, guint32 *index);

G_END_DECLS
