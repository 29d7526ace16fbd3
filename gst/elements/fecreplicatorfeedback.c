/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecreplicatorfeedback.c: what the listeners of a replicator send back goes
 * upstream, as events from the hub's control thread. Upstream events need no
 * lock of the stream, so neither the stream nor the hub waits for the other.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecfeedback.h"
#include "fecreplicator-private.h"

static void
on_wanted (gpointer user_data, guint32 tsi, guint32 toi, guint8 sbn,
    guint32 count, guint32 order)
{
  GstFecUnicastReplicator *self = user_data;
  const FecSymbolsWanted wanted = {
    .tsi = tsi,
    .toi = toi,
    .sbn = sbn,
    .count = count,
    .order = order,
  };

  GST_DEBUG_OBJECT (self, "TSI %u: %u symbols of object %u for order %u", tsi,
      count, toi, order);
  gst_pad_push_event (
      GST_BASE_SINK_PAD (self), fec_symbols_wanted_event_new (&wanted));
}

static void
on_loss (gpointer user_data, guint32 tsi, guint listeners, gdouble worst_tenth)
{
  GstFecUnicastReplicator *self = user_data;
  const FecLoss loss = {
    .tsi = tsi,
    .listeners = listeners,
    .worst_tenth = worst_tenth,
  };

  gst_pad_push_event (GST_BASE_SINK_PAD (self), fec_loss_event_new (&loss));
}

void
gst_fec_unicast_replicator_listen (
    GstFecUnicastReplicator *self, GstFecReplicatorChannel *channel)
{
  GstFecOrderSettings settings;
  const GstFecHubFeedback feedback = {
    .wanted = on_wanted,
    .loss = on_loss,
    .settings = &settings,
  };

  GST_OBJECT_LOCK (self);
  settings = self->order_settings;
  GST_OBJECT_UNLOCK (self);
  gst_fec_hub_channel_set_feedback (
      self->hub, channel->hub_channel, &feedback, self);
}

void
gst_fec_unicast_replicator_add_order_stats (
    GstFecUnicastReplicator *self, GstFecHub *hub, GstStructure *stats)
{
  GstFecOrderCounters orders = { 0 };
  GList *tsis, *l;

  GST_OBJECT_LOCK (self);
  tsis = g_hash_table_get_keys (self->tsis);
  GST_OBJECT_UNLOCK (self);
  for (l = tsis; hub != NULL && l != NULL; l = l->next)
    gst_fec_hub_add_orders (hub, GPOINTER_TO_UINT (l->data), &orders);
  g_list_free (tsis);
  gst_structure_set (stats, "symbols-requested", G_TYPE_UINT64,
      orders.symbols_requested, "symbols-made", G_TYPE_UINT64,
      orders.symbols_ordered, "symbols-suppressed", G_TYPE_UINT64,
      orders.symbols_suppressed, "symbols-refused", G_TYPE_UINT64,
      orders.symbols_refused, "requests-unknown", G_TYPE_UINT64,
      orders.requests_unknown, "orders-to-all", G_TYPE_UINT64,
      orders.orders_to_all, "orders-to-some", G_TYPE_UINT64,
      orders.orders_to_some, NULL);
}
