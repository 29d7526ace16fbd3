/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * patternsrc.c: the source: numbers words on, stamps buffers with the time their bytes are due, and lets the base class
 * wait for it.
 */
#include "patternsrc.h"

#include "pattern.h"

#define DEFAULT_BITRATE 2000000
/* 165 words: a buffer fits a symbol of the default size. */
#define BUFFER_SIZE 1320

struct _PatternSrc
{
  GstPushSrc parent;
  guint bitrate;
  guint64 words; /* sent since it was started; object lock */
};

enum
{
  PROP_0,
  PROP_BITRATE,
  PROP_STATS,
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/octet-stream"));

G_DEFINE_TYPE (PatternSrc, pattern_src, GST_TYPE_PUSH_SRC)

static GstClockTime
time_of (PatternSrc *self, guint64 words)
{
  return gst_util_uint64_scale (
      words * PATTERN_WORD * 8, GST_SECOND, self->bitrate);
}

static GstFlowReturn
pattern_src_create (GstPushSrc *src, GstBuffer **buffer)
{
  PatternSrc *self = PATTERN_SRC (src);
  GstMapInfo map;

  *buffer = gst_buffer_new_allocate (NULL, BUFFER_SIZE, NULL);
  gst_buffer_map (*buffer, &map, GST_MAP_WRITE);
  GST_OBJECT_LOCK (self);
  for (gsize i = 0; i < BUFFER_SIZE; i += PATTERN_WORD)
    pattern_write (self->words++, map.data + i);
  GST_BUFFER_PTS (*buffer) = time_of (self, self->words);
  GST_OBJECT_UNLOCK (self);
  gst_buffer_unmap (*buffer, &map);
  return GST_FLOW_OK;
}

static void
pattern_src_get_times (
    GstBaseSrc *src, GstBuffer *buffer, GstClockTime *start, GstClockTime *end)
{
  *start = GST_BUFFER_PTS (buffer);
  *end = GST_CLOCK_TIME_NONE;
}

static gboolean
pattern_src_start (GstBaseSrc *src)
{
  PATTERN_SRC (src)->words = 0;
  return TRUE;
}

static void
pattern_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  PATTERN_SRC (object)->bitrate = g_value_get_uint (value);
}

static void
pattern_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  PatternSrc *self = PATTERN_SRC (object);

  GST_OBJECT_LOCK (self);
  if (id == PROP_STATS)
    g_value_take_boxed (value,
        gst_structure_new ("pattern-src-stats", "words", G_TYPE_UINT64,
            self->words, "last", G_TYPE_INT64, (gint64) self->words - 1, NULL));
  else
    g_value_set_uint (value, self->bitrate);
  GST_OBJECT_UNLOCK (self);
}

static void
pattern_src_class_init (PatternSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstBaseSrcClass *src_class = GST_BASE_SRC_CLASS (klass);

  object_class->set_property = pattern_src_set_property;
  object_class->get_property = pattern_src_get_property;
  g_object_class_install_property (object_class, PROP_BITRATE,
      g_param_spec_uint ("bitrate", "Bitrate", "Bits per second", 1000,
          1000000000, DEFAULT_BITRATE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics", "What was made",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  gst_element_class_add_static_pad_template (
      GST_ELEMENT_CLASS (klass), &src_template);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Pattern source", "Source", "Makes bytes that can be checked", "gst-fec");
  src_class->start = pattern_src_start;
  src_class->get_times = pattern_src_get_times;
  GST_PUSH_SRC_CLASS (klass)->create = pattern_src_create;
}

static void
pattern_src_init (PatternSrc *self)
{
  self->bitrate = DEFAULT_BITRATE;
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}
