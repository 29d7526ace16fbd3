/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * freshstock.h: packets that were made for some clients alone, kept for others
 * who lack symbols of the same object a little later: for these they are as good
 * as new ones. Bounded. One thread at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Packets that are kept; the oldest go first. */
#define GST_FEC_STOCK_MAX_PACKETS 128
/** Clients that one packet goes to. */
#define GST_FEC_STOCK_MAX_CLIENTS 256

typedef struct _GstFecFreshStock GstFecFreshStock;

GstFecFreshStock *gst_fec_fresh_stock_new (void);
void gst_fec_fresh_stock_free (GstFecFreshStock *stock);

/** Keeps a copy of @packet, a symbol of an object; nobody has got it yet. */
void gst_fec_fresh_stock_add (GstFecFreshStock *stock, guint32 toi, guint8 sbn,
    const guint8 *packet, gsize size);
/** @session gets the packet that was added last. */
void gst_fec_fresh_stock_mark (GstFecFreshStock *stock, guint64 session);

/** A packet of an object that @session has not got, which is marked then; NULL: there is none. Free with g_bytes_unref(). */
GBytes *gst_fec_fresh_stock_take (
    GstFecFreshStock *stock, guint32 toi, guint8 sbn, guint64 session);

G_END_DECLS
