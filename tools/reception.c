/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reception.c: fecsrc ! fecdecode ! appsink, and writing what comes out of it from the streaming thread.
 */
#include "reception.h"

#include <gst/app/gstappsink.h>

struct _Reception
{
  GstElement *pipeline;
  GstElement *source;
  GstElement *decoder;
  GstElement *sink;
  Output *output;
  Resumption *resumption; /* or NULL */
  GstStructure *source_stats; /* of when it was stopped */
  GstStructure *decoder_stats;

  GMutex lock;
  guint64 bytes; /* these are protected by lock */
  gint64 started_at;
  gint64 first_byte_at;
  gint64 stopped_at;
};

static void
count_bytes (Reception *reception, gsize size)
{
  g_mutex_lock (&reception->lock);
  if (reception->first_byte_at == 0)
    reception->first_byte_at = g_get_monotonic_time ();
  reception->bytes += size;
  g_mutex_unlock (&reception->lock);
}

static gboolean
write_buffer (Reception *reception, GstBuffer *buffer, GError **error)
{
  GstMapInfo map;
  gboolean good;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        "cannot read the decoded media");
    return FALSE;
  }
  if (map.size > 0)
    count_bytes (reception, map.size);
  good = output_write (reception->output, map.data, map.size, error);
  gst_buffer_unmap (buffer, &map);
  return good;
}

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  Reception *reception = user_data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GError *error = NULL;
  gboolean good;

  if (sample == NULL)
    return GST_FLOW_EOS;
  good = write_buffer (reception, gst_sample_get_buffer (sample), &error);
  gst_sample_unref (sample);
  if (good)
    return GST_FLOW_OK;
  gst_element_post_message (GST_ELEMENT (sink),
      gst_message_new_error (GST_OBJECT (sink), error, NULL));
  g_error_free (error);
  return GST_FLOW_ERROR;
}

static GstElement *
make (Reception *reception, const gchar *factory, GError **error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element != NULL) {
    gst_bin_add (GST_BIN (reception->pipeline), element);
    return element;
  }
  if (error != NULL && *error == NULL)
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "the element %s is missing: is its plugin installed and in "
        "GST_PLUGIN_PATH?",
        factory);
  return NULL;
}

static gboolean
configure (
    Reception *reception, const ReceptionSettings *settings, GError **error)
{
  GValue value = G_VALUE_INIT;
  GParamSpec *pspec;
  gboolean good;

  if (!gst_uri_handler_set_uri (
          GST_URI_HANDLER (reception->source), settings->uri, error))
    return FALSE;
  if (settings->iface != NULL)
    g_object_set (reception->source, "multicast-iface", settings->iface, NULL);
  if (settings->latency_ms >= 0)
    g_object_set (reception->decoder, "latency", settings->latency_ms, NULL);
  if (settings->max_memory > 0)
    g_object_set (reception->decoder, "max-memory", settings->max_memory, NULL);
  if (settings->protocols == NULL)
    return TRUE;

  pspec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (reception->source), "protocols");
  g_value_init (&value, G_PARAM_SPEC_VALUE_TYPE (pspec));
  good = gst_value_deserialize (&value, settings->protocols);
  if (good)
    g_object_set_property (G_OBJECT (reception->source), "protocols", &value);
  else
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
        "“%s” are no protocols: write udp, udp-mcast, tcp, or several with "
        "commas",
        settings->protocols);
  g_value_unset (&value);
  return good;
}

Reception *
reception_new (const ReceptionSettings *settings, Output *output,
    Resumption *resumption, GError **error)
{
  static GstAppSinkCallbacks callbacks = { .new_sample = on_sample };
  Reception *reception = g_new0 (Reception, 1);
  GError *wrong = NULL;

  g_mutex_init (&reception->lock);
  reception->output = output;
  reception->resumption = resumption;
  reception->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  reception->source = make (reception, "fecsrc", &wrong);
  reception->decoder = make (reception, "fecdecode", &wrong);
  reception->sink = make (reception, "appsink", &wrong);
  if (wrong != NULL || !configure (reception, settings, &wrong))
    goto failed;

  g_object_set (reception->sink, "sync", FALSE, NULL);
  gst_app_sink_set_callbacks (
      GST_APP_SINK (reception->sink), &callbacks, reception, NULL);
  if (!gst_element_link_many (
          reception->source, reception->decoder, reception->sink, NULL))
    wrong = g_error_new (GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "fecsrc and fecdecode do not fit: are they of one version?");
  if (wrong != NULL)
    goto failed;
  if (resumption != NULL) {
    g_object_set (reception->decoder, "block-events", TRUE, NULL);
    resumption_watch (
        resumption, reception->source, reception->decoder, reception->sink);
  }
  return reception;

  /* ERRORS */
failed : {
  g_propagate_error (error, wrong);
  reception_free (reception);
  return NULL;
}
}

void
reception_start (Reception *reception)
{
  reception->started_at = g_get_monotonic_time ();
  gst_element_set_state (reception->pipeline, GST_STATE_PLAYING);
}

static GstStructure *
element_stats (GstElement *element)
{
  GstStructure *stats = NULL;

  if (element != NULL)
    g_object_get (element, "stats", &stats, NULL);
  return stats;
}

void
reception_stop (Reception *reception)
{
  g_mutex_lock (&reception->lock);
  reception->stopped_at = g_get_monotonic_time ();
  g_mutex_unlock (&reception->lock);
  reception->source_stats = element_stats (reception->source);
  reception->decoder_stats = element_stats (reception->decoder);
  gst_element_set_state (reception->pipeline, GST_STATE_NULL);
}

void
reception_free (Reception *reception)
{
  gst_element_set_state (reception->pipeline, GST_STATE_NULL);
  gst_object_unref (reception->pipeline);
  g_clear_pointer (&reception->source_stats, gst_structure_free);
  g_clear_pointer (&reception->decoder_stats, gst_structure_free);
  g_mutex_clear (&reception->lock);
  g_free (reception);
}

GstBus *
reception_get_bus (Reception *reception)
{
  return gst_element_get_bus (reception->pipeline);
}

void
reception_get_progress (Reception *reception, ReceptionProgress *progress)
{
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&reception->lock);
  if (reception->stopped_at != 0)
    now = reception->stopped_at;
  progress->bytes = reception->bytes;
  progress->elapsed_us = now - reception->started_at;
  progress->first_byte_us = reception->first_byte_at == 0
      ? -1
      : reception->first_byte_at - reception->started_at;
  g_mutex_unlock (&reception->lock);
  progress->begin_us = progress->first_byte_us;
  if (reception->resumption != NULL) {
    gint64 first = resumption_get_first_packet_time (reception->resumption);

    progress->begin_us = first == 0 ? -1 : first - reception->started_at;
  }
}

GstStructure *
reception_get_source_stats (Reception *reception)
{
  if (reception->source_stats != NULL)
    return gst_structure_copy (reception->source_stats);
  return element_stats (reception->source);
}

GstStructure *
reception_get_decoder_stats (Reception *reception)
{
  if (reception->decoder_stats != NULL)
    return gst_structure_copy (reception->decoder_stats);
  return element_stats (reception->decoder);
}
