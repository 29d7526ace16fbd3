/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * patternsink.c: the sink. Counts go on when it is started anew, so that a listener that left and came back is judged as
 * a whole.
 */
#include "patternsink.h"

#include "pattern.h"

struct _PatternSink
{
  GstBaseSink parent;
  /* all under the object lock */
  PatternCheck check;
  guint64 bytes;
  gint64
      last_us; /* when the last bytes came, 0: none yet since it was started */
  gint64 silence_us; /* longest time between two arrivals */
};

enum
{
  PROP_0,
  PROP_STATS,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_TYPE (PatternSink, pattern_sink, GST_TYPE_BASE_SINK)

static GstFlowReturn
pattern_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  PatternSink *self = PATTERN_SINK (sink);
  gint64 now = g_get_monotonic_time ();
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  GST_OBJECT_LOCK (self);
  pattern_check (&self->check, map.data, map.size);
  self->bytes += map.size;
  if (self->last_us != 0)
    self->silence_us = MAX (self->silence_us, now - self->last_us);
  self->last_us = now;
  GST_OBJECT_UNLOCK (self);
  gst_buffer_unmap (buffer, &map);
  return GST_FLOW_OK;
}

static gboolean
pattern_sink_start (GstBaseSink *sink)
{
  PATTERN_SINK (sink)->last_us = 0;
  return TRUE;
}

static void
pattern_sink_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  PatternSink *self = PATTERN_SINK (object);
  const PatternCheck *check = &self->check;

  GST_OBJECT_LOCK (self);
  g_value_take_boxed (value,
      gst_structure_new ("pattern-sink-stats", "bytes", G_TYPE_UINT64,
          self->bytes, "words", G_TYPE_UINT64, check->words, "damaged",
          G_TYPE_UINT64, check->damaged, "gaps", G_TYPE_UINT64, check->gaps,
          "missing", G_TYPE_UINT64, check->missing, "repeated", G_TYPE_UINT64,
          check->repeated, "first", G_TYPE_INT64,
          check->words > 0 ? (gint64) check->first : -1, "last", G_TYPE_INT64,
          check->words > 0 ? (gint64) check->last : -1, "longest-silence-ms",
          G_TYPE_INT64, self->silence_us / 1000, NULL));
  GST_OBJECT_UNLOCK (self);
}

static void
pattern_sink_class_init (PatternSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pattern_sink_get_property;
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics", "What came",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  gst_element_class_add_static_pad_template (
      GST_ELEMENT_CLASS (klass), &sink_template);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Pattern sink", "Sink", "Checks bytes", "gst-fec");
  GST_BASE_SINK_CLASS (klass)->render = pattern_sink_render;
  GST_BASE_SINK_CLASS (klass)->start = pattern_sink_start;
}

static void
pattern_sink_init (PatternSink *self)
{
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_async_enabled (GST_BASE_SINK (self), FALSE);
}
