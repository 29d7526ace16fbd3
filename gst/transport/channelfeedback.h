/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * channelfeedback.h: what comes back from the listeners of one channel: requests
 * for symbols, which become orders, and reports of loss. Private to the hub.
 *
 * Any thread. Times are microseconds of a monotonic clock.
 */
#pragma once

#include "session/listenerloss.h"
#include "session/orderplanner.h"
#include "wire/control.h"

G_BEGIN_DECLS

/** Orders to some whose recipients are remembered. */
#define GST_FEC_FEEDBACK_MAX_ORDERS 64
/** Losses are told at most so often. */
#define GST_FEC_FEEDBACK_LOSS_US G_USEC_PER_SEC

typedef struct _GstFecChannelFeedback GstFecChannelFeedback;

/** @settings are copied; NULL: the defaults. */
GstFecChannelFeedback *gst_fec_channel_feedback_new (
    const GstFecOrderSettings *settings);
void gst_fec_channel_feedback_free (GstFecChannelFeedback *feedback);

/** A good packet goes to all. */
void gst_fec_channel_feedback_sent (GstFecChannelFeedback *feedback,
    const guint8 *packet, gsize size, gint64 now);
/** A client at @client, which speaks to our address @source, lacks symbols. */
void gst_fec_channel_feedback_missing (GstFecChannelFeedback *feedback,
    guint64 session, const GstFecAddress *client, const GstFecAddress *source,
    const GstFecMissing *missing, gint64 now);
/** A listener's report. */
void gst_fec_channel_feedback_reported (GstFecChannelFeedback *feedback,
    guint64 session, const GstFecChannelReport *report, gint64 now);

/** When the functions below have something to tell; G_MAXINT64: nothing. */
gint64 gst_fec_channel_feedback_deadline (GstFecChannelFeedback *feedback);
/** A packet to be sent to one client. */
typedef struct
{
  GstFecRequester who;
  GBytes *packet; /**< owned */
} GstFecDelivery;
/** An array of GstFecDelivery that frees them. */
GArray *gst_fec_deliveries_new (void);

/**
 * As gst_fec_order_planner_next(). What clients lack and was made for others goes to @deliveries
 * (gst_fec_deliveries_new()) instead; the order's count is 0 when all of it was.
 */
gboolean gst_fec_channel_feedback_next_order (GstFecChannelFeedback *feedback,
    guint cost_all, gint64 now, GstFecOrder *order, GArray *deliveries);
/** Whether it is time to tell the loss; @listeners and @worst_tenth are set then. */
gboolean gst_fec_channel_feedback_take_loss (GstFecChannelFeedback *feedback,
    gint64 now, guint *listeners, gdouble *worst_tenth);

/**
 * Who gets @packet, the @index-th of order @number: fills @recipients and returns
 * how many there are; 0 when the order is not known (any more). The packet is
 * kept for others.
 */
guint gst_fec_channel_feedback_deliver (GstFecChannelFeedback *feedback,
    guint32 number, guint32 index, const guint8 *packet, gsize size,
    GstFecRequester recipients[GST_FEC_ORDER_MAX_RECIPIENTS]);

/** Adds what was asked for and ordered so far to @counters. */
void gst_fec_channel_feedback_add_counters (
    GstFecChannelFeedback *feedback, GstFecOrderCounters *counters);

G_END_DECLS
