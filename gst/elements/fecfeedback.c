/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecfeedback.c: the events between our elements and the mark of packets made on request; see fecfeedback.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecfeedback.h"

#define MISSING "GstFecSymbolsMissing"
#define WANTED "GstFecSymbolsWanted"
#define LOSS "GstFecLoss"
#define ORDER_META "GstFecOrderMeta"

static GstEvent *
symbols_event_new (const gchar *name, const FecSymbolsWanted *symbols)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
      gst_structure_new (name, "tsi", G_TYPE_UINT, symbols->tsi, "toi",
          G_TYPE_UINT, symbols->toi, "sbn", G_TYPE_UINT, (guint) symbols->sbn,
          "count", G_TYPE_UINT, symbols->count, "order", G_TYPE_UINT,
          symbols->order, NULL));
}

static gboolean
symbols_event_parse (
    GstEvent *event, const gchar *name, FecSymbolsWanted *symbols)
{
  const GstStructure *structure = gst_event_get_structure (event);
  guint sbn;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_UPSTREAM ||
      !gst_structure_has_name (structure, name) ||
      !gst_structure_get (structure, "tsi", G_TYPE_UINT, &symbols->tsi, "toi",
          G_TYPE_UINT, &symbols->toi, "sbn", G_TYPE_UINT, &sbn, "count",
          G_TYPE_UINT, &symbols->count, "order", G_TYPE_UINT, &symbols->order,
          NULL) ||
      sbn > G_MAXUINT8)
    return FALSE;
  symbols->sbn = (guint8) sbn;
  return TRUE;
}

GstEvent *
fec_symbols_missing_event_new (const FecSymbolsWanted *missing)
{
  return symbols_event_new (MISSING, missing);
}

GstEvent *
fec_symbols_wanted_event_new (const FecSymbolsWanted *wanted)
{
  return symbols_event_new (WANTED, wanted);
}

gboolean
fec_symbols_missing_event_parse (GstEvent *event, FecSymbolsWanted *missing)
{
  return symbols_event_parse (event, MISSING, missing);
}

gboolean
fec_symbols_wanted_event_parse (GstEvent *event, FecSymbolsWanted *wanted)
{
  return symbols_event_parse (event, WANTED, wanted);
}

GstEvent *
fec_loss_event_new (const FecLoss *loss)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
      gst_structure_new (LOSS, "tsi", G_TYPE_UINT, loss->tsi, "listeners",
          G_TYPE_UINT, loss->listeners, "worst-tenth", G_TYPE_DOUBLE,
          loss->worst_tenth, NULL));
}

gboolean
fec_loss_event_parse (GstEvent *event, FecLoss *loss)
{
  const GstStructure *structure = gst_event_get_structure (event);

  return GST_EVENT_TYPE (event) == GST_EVENT_CUSTOM_UPSTREAM &&
      gst_structure_has_name (structure, LOSS) &&
      gst_structure_get (structure, "tsi", G_TYPE_UINT, &loss->tsi, "listeners",
          G_TYPE_UINT, &loss->listeners, "worst-tenth", G_TYPE_DOUBLE,
          &loss->worst_tenth, NULL);
}

static void
register_order (void)
{
  static gsize registered = 0;
  static const gchar *tags[] = { NULL };

  if (g_once_init_enter (&registered)) {
    if (gst_meta_get_info (ORDER_META) == NULL)
      gst_meta_register_custom (ORDER_META, tags, NULL, NULL, NULL);
    g_once_init_leave (&registered, 1);
  }
}

void
fec_order_mark (GstBuffer *buffer, guint32 order, guint32 index)
{
  GstCustomMeta *meta;

  register_order ();
  meta = gst_buffer_add_custom_meta (buffer, ORDER_META);
  gst_structure_set (gst_custom_meta_get_structure (meta), "order", G_TYPE_UINT,
      order, "index", G_TYPE_UINT, index, NULL);
}

guint32
fec_order_of (GstBuffer *buffer, guint32 *index)
{
  GstCustomMeta *meta;
  guint order = FEC_ORDER_ALL, n = 0;

  register_order ();
  meta = gst_buffer_get_custom_meta (buffer, ORDER_META);
  if (meta != NULL)
    gst_structure_get (gst_custom_meta_get_structure (meta), "order",
        G_TYPE_UINT, &order, "index", G_TYPE_UINT, &n, NULL);
  if (index != NULL)
    *index = n;
  return order;
}
