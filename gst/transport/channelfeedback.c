/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* channelfeedback.c: requests and reports of the listeners of one channel. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/channelfeedback.h"
#include "transport/freshstock.h"
#include "wire/alc.h"

/* Who gets the packets of an order that is not for all. */
typedef struct
{
  guint32 number; /* 0: none */
  guint n_recipients;
  GstFecOrderRecipient *recipients;
} Delivery;

struct _GstFecChannelFeedback
{
  GMutex lock;
  GstFecOrderPlanner *planner;
  Delivery deliveries[GST_FEC_FEEDBACK_MAX_ORDERS]; /* by number, modulo */
  GstFecFreshStock *stock;
  GstFecListenerLoss *loss;
  gint64 tell_loss_at; /* G_MAXINT64: nobody has reported */
};

GstFecChannelFeedback *
gst_fec_channel_feedback_new (const GstFecOrderSettings *settings)
{
  GstFecChannelFeedback *feedback = g_new0 (GstFecChannelFeedback, 1);
  GstFecOrderSettings defaults;

  gst_fec_order_settings_init (&defaults);
  g_mutex_init (&feedback->lock);
  feedback->planner =
      gst_fec_order_planner_new (settings != NULL ? settings : &defaults);
  feedback->stock = gst_fec_fresh_stock_new ();
  feedback->loss = gst_fec_listener_loss_new ();
  feedback->tell_loss_at = G_MAXINT64;
  return feedback;
}

void
gst_fec_channel_feedback_free (GstFecChannelFeedback *feedback)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (feedback->deliveries); i++)
    g_free (feedback->deliveries[i].recipients);
  gst_fec_order_planner_free (feedback->planner);
  gst_fec_fresh_stock_free (feedback->stock);
  gst_fec_listener_loss_free (feedback->loss);
  g_mutex_clear (&feedback->lock);
  g_free (feedback);
}

void
gst_fec_channel_feedback_sent (GstFecChannelFeedback *feedback,
    const guint8 *packet, gsize size, gint64 now)
{
  GstFecAlcPacket alc;

  if (gst_fec_alc_parse (&alc, packet, size) != GST_FEC_ALC_OK ||
      !alc.has_symbol || alc.sbn == GST_FEC_ALC_EARLY_SBN)
    return;
  g_mutex_lock (&feedback->lock);
  gst_fec_order_planner_sent (
      feedback->planner, alc.toi, alc.sbn, alc.seq, now);
  g_mutex_unlock (&feedback->lock);
}

void
gst_fec_channel_feedback_missing (GstFecChannelFeedback *feedback,
    guint64 session, const GstFecAddress *client, const GstFecAddress *source,
    const GstFecMissing *missing, gint64 now)
{
  const GstFecRequester who = {
    .session = session,
    .client = *client,
    .source = *source,
  };

  g_mutex_lock (&feedback->lock);
  gst_fec_order_planner_request (feedback->planner, &who, missing->toi,
      missing->sbn, missing->seq, missing->count, now);
  g_mutex_unlock (&feedback->lock);
}

void
gst_fec_channel_feedback_reported (GstFecChannelFeedback *feedback,
    guint64 session, const GstFecChannelReport *report, gint64 now)
{
  g_mutex_lock (&feedback->lock);
  gst_fec_listener_loss_report (
      feedback->loss, session, report->received, report->lost, now);
  if (feedback->tell_loss_at == G_MAXINT64)
    feedback->tell_loss_at = now;
  g_mutex_unlock (&feedback->lock);
}

gint64
gst_fec_channel_feedback_deadline (GstFecChannelFeedback *feedback)
{
  gint64 deadline;

  g_mutex_lock (&feedback->lock);
  deadline = MIN (feedback->tell_loss_at,
      gst_fec_order_planner_deadline (feedback->planner));
  g_mutex_unlock (&feedback->lock);
  return deadline;
}

/* Remembers who gets @order's packets; the oldest order makes room. */
static void
remember (GstFecChannelFeedback *feedback, const GstFecOrder *order)
{
  Delivery *delivery =
      &feedback->deliveries[order->number % GST_FEC_FEEDBACK_MAX_ORDERS];

  g_free (delivery->recipients);
  delivery->number = order->number;
  delivery->n_recipients = order->n_recipients;
  delivery->recipients = g_memdup2 (
      order->recipients, order->n_recipients * sizeof (*order->recipients));
}

static void
clear_delivery (gpointer data)
{
  g_bytes_unref (((GstFecDelivery *) data)->packet);
}

GArray *
gst_fec_deliveries_new (void)
{
  GArray *deliveries = g_array_new (FALSE, FALSE, sizeof (GstFecDelivery));

  g_array_set_clear_func (deliveries, clear_delivery);
  return deliveries;
}

/* A packet of the stock as it is sent now. */
static GBytes *
renumber (GstFecChannelFeedback *feedback, GBytes *packet)
{
  gsize size;
  guint8 *data = g_bytes_unref_to_data (packet, &size);

  gst_fec_alc_poke_seq (data, gst_fec_order_planner_newest (feedback->planner));
  return g_bytes_new_take (data, size);
}

/* Gives a recipient what was made for others; it lacks so much less. */
static void
serve_from_stock (GstFecChannelFeedback *feedback, const GstFecOrder *order,
    GstFecOrderRecipient *recipient, GArray *deliveries)
{
  while (recipient->count > 0) {
    GBytes *packet = gst_fec_fresh_stock_take (
        feedback->stock, order->toi, order->sbn, recipient->who.session);
    GstFecDelivery delivery;

    if (packet == NULL)
      return;
    delivery = (GstFecDelivery){
      .who = recipient->who,
      .packet = renumber (feedback, packet),
    };
    g_array_append_val (deliveries, delivery);
    recipient->count--;
  }
}

/* What is left of the order has to be made. */
static void
use_stock (
    GstFecChannelFeedback *feedback, GstFecOrder *order, GArray *deliveries)
{
  guint32 left = 0;
  guint i;

  for (i = 0; i < order->n_recipients; i++) {
    serve_from_stock (feedback, order, &order->recipients[i], deliveries);
    left = MAX (left, order->recipients[i].count);
  }
  gst_fec_order_planner_spare (feedback->planner, order->count - left);
  order->count = left;
  if (left == 0)
    gst_fec_order_planner_delivered (feedback->planner, order->number);
}

gboolean
gst_fec_channel_feedback_next_order (GstFecChannelFeedback *feedback,
    guint cost_all, gint64 now, GstFecOrder *order, GArray *deliveries)
{
  gboolean found;

  g_mutex_lock (&feedback->lock);
  found = gst_fec_order_planner_next (feedback->planner, cost_all, now, order);
  if (found && order->number != 0) {
    use_stock (feedback, order, deliveries);
    remember (feedback, order);
  }
  g_mutex_unlock (&feedback->lock);
  return found;
}

gboolean
gst_fec_channel_feedback_take_loss (GstFecChannelFeedback *feedback, gint64 now,
    guint *listeners, gdouble *worst_tenth)
{
  gboolean due;

  g_mutex_lock (&feedback->lock);
  due = feedback->tell_loss_at <= now;
  if (due) {
    *worst_tenth =
        gst_fec_listener_loss_worst_tenth (feedback->loss, now, listeners);
    /* That there are none is told once. */
    feedback->tell_loss_at =
        *listeners > 0 ? now + GST_FEC_FEEDBACK_LOSS_US : G_MAXINT64;
  }
  g_mutex_unlock (&feedback->lock);
  return due;
}

guint
gst_fec_channel_feedback_deliver (GstFecChannelFeedback *feedback,
    guint32 number, guint32 index, const guint8 *packet, gsize size,
    GstFecRequester recipients[GST_FEC_ORDER_MAX_RECIPIENTS])
{
  const Delivery *delivery =
      &feedback->deliveries[number % GST_FEC_FEEDBACK_MAX_ORDERS];
  GstFecAlcPacket alc;
  guint n = 0, i;

  g_mutex_lock (&feedback->lock);
  if (number != 0 && delivery->number == number &&
      gst_fec_alc_parse (&alc, packet, size) == GST_FEC_ALC_OK) {
    gst_fec_fresh_stock_add (feedback->stock, alc.toi, alc.sbn, packet, size);
    for (i = 0; i < delivery->n_recipients; i++) {
      if (delivery->recipients[i].count <= index)
        continue;
      recipients[n] = delivery->recipients[i].who;
      gst_fec_fresh_stock_mark (feedback->stock, recipients[n++].session);
    }
    gst_fec_order_planner_delivered (feedback->planner, number);
  }
  g_mutex_unlock (&feedback->lock);
  return n;
}

void
gst_fec_channel_feedback_add_counters (
    GstFecChannelFeedback *feedback, GstFecOrderCounters *counters)
{
  const GstFecOrderCounters *ours =
      gst_fec_order_planner_counters (feedback->planner);

  g_mutex_lock (&feedback->lock);
  counters->requests += ours->requests;
  counters->requests_unknown += ours->requests_unknown;
  counters->symbols_requested += ours->symbols_requested;
  counters->symbols_ordered += ours->symbols_ordered;
  counters->symbols_suppressed += ours->symbols_suppressed;
  counters->symbols_refused += ours->symbols_refused;
  counters->orders_to_all += ours->orders_to_all;
  counters->orders_to_some += ours->orders_to_some;
  g_mutex_unlock (&feedback->lock);
}
