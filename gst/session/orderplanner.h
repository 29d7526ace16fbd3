/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * orderplanner.h: which fresh symbols a channel's sender makes when clients
 * report that they lack some, and who gets them. Requests for one object are
 * gathered for a short window; what is on its way to who asks is not made
 * again; then the symbols go to those who asked or to everybody, whichever
 * costs less (docs/protocol.md, "Missing symbols").
 *
 * No sockets, clock or threads: the caller serialises the calls and tells the
 * time, microseconds of a monotonic clock. Memory is bounded whatever is asked
 * for: only objects that were sent are known, the last
 * GST_FEC_ORDER_MAX_OBJECTS of them.
 */
#pragma once

#include <glib.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** Objects of which requests are answered. */
#define GST_FEC_ORDER_MAX_OBJECTS 64
/** Requesters of one object within one window that can be served alone. */
#define GST_FEC_ORDER_MAX_RECIPIENTS 128

/** gst_fec_order_settings_init() fills in the defaults given here. */
typedef struct
{
  gint64 window_us; /**< 10 ms: requests for one object are gathered so long */
  /**
   * 200 ms: what was sent longer ago is not on its way any more, it came or
   * was lost; longer than the round trip to most clients
   */
  gint64 patience_us;
  gint64 history_us; /**< 4 s: objects not sent for longer are too old */
  guint session_rate; /**< symbols a second for one session, 2000 */
  /** symbols a second in all: the larger of channel_rate, 500, ... */
  guint channel_rate;
  guint channel_percent; /**< ... and this share of what is sent to all, 20 */
} GstFecOrderSettings;

void gst_fec_order_settings_init (GstFecOrderSettings *settings);

/** Who asks; the addresses are for the caller and not looked at. */
typedef struct
{
  guint64 session; /**< what the limits of one client are kept by */
  GstFecAddress client;
  GstFecAddress source; /**< ours, that it spoke to */
} GstFecRequester;

/** Who gets the first @count symbols of an order. */
typedef struct
{
  GstFecRequester who;
  guint32 count;
} GstFecOrderRecipient;

/** Symbols to be made that nobody was sent before. */
typedef struct
{
  guint32 number; /**< 0: for everybody; else different for each */
  guint32 toi;
  guint8 sbn;
  guint32 count; /**< at least 1 */
  guint n_recipients; /**< 0 when for everybody */
  GstFecOrderRecipient recipients[GST_FEC_ORDER_MAX_RECIPIENTS];
} GstFecOrder;

/** What happened; sums. */
typedef struct
{
  guint64 requests; /**< all of them */
  guint64 requests_unknown; /**< for objects too old or never sent */
  guint64 symbols_requested; /**< of objects that are known */
  guint64 symbols_ordered;
  /** of those requested: on their way, lacking to several, or of a repeated request */
  guint64 symbols_suppressed;
  guint64 symbols_refused; /**< of those requested: above a limit */
  guint64 orders_to_all;
  guint64 orders_to_some;
} GstFecOrderCounters;

typedef struct _GstFecOrderPlanner GstFecOrderPlanner;

/** @settings are copied. Free with gst_fec_order_planner_free(). */
GstFecOrderPlanner *gst_fec_order_planner_new (
    const GstFecOrderSettings *settings);
void gst_fec_order_planner_free (GstFecOrderPlanner *planner);

/** A symbol of an object went to all, in the packet of number @seq. Constant time. */
void gst_fec_order_planner_sent (GstFecOrderPlanner *planner, guint32 toi,
    guint8 sbn, guint16 seq, gint64 now);
/** A symbol made for order @number (not 0) went to its recipients. */
void gst_fec_order_planner_delivered (
    GstFecOrderPlanner *planner, guint32 number);

/**
 * @who lacks @count symbols of an object; @seq is of the newest packet that had
 * come to it. FALSE when nothing is known of that object.
 */
gboolean gst_fec_order_planner_request (GstFecOrderPlanner *planner,
    const GstFecRequester *who, guint32 toi, guint8 sbn, guint16 seq,
    guint32 count, gint64 now);

/** When gst_fec_order_planner_next() has something to do; G_MAXINT64: nothing. */
gint64 gst_fec_order_planner_deadline (const GstFecOrderPlanner *planner);

/**
 * Decides on requests whose window is over at @now; to be called until it
 * returns FALSE. @order is filled in when TRUE.
 *
 * @cost_all: datagrams that one symbol for everybody costs: unicast listeners,
 * and one when there is a group
 */
gboolean gst_fec_order_planner_next (GstFecOrderPlanner *planner,
    guint cost_all, gint64 now, GstFecOrder *order);

/** @count symbols that were ordered need not be made: there were others. */
void gst_fec_order_planner_spare (GstFecOrderPlanner *planner, guint32 count);
/** Number of the newest packet that went to all. */
guint16 gst_fec_order_planner_newest (const GstFecOrderPlanner *planner);

/** The counters; valid as long as the planner. */
const GstFecOrderCounters *gst_fec_order_planner_counters (
    const GstFecOrderPlanner *planner);

G_END_DECLS
