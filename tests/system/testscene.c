/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * testscene.c: pipelines, waiting and counters of the system tests.
 */
#include "testscene.h"

#include <stdlib.h>

#include <gst/app/gstappsink.h>

#define POLL_US (5 * G_TIME_SPAN_MILLISECOND)

gboolean
test_wait (TestCondition condition, gpointer user_data, gint64 timeout_us)
{
  gint64 deadline = g_get_monotonic_time () + timeout_us;

  while (!condition (user_data)) {
    if (g_get_monotonic_time () >= deadline)
      return FALSE;
    g_usleep (POLL_US);
  }
  return TRUE;
}

GstElement *
test_pipeline (const gchar *format, ...)
{
  GError *error = NULL;
  GstElement *pipeline;
  gchar *description;
  va_list args;

  va_start (args, format);
  description = g_strdup_vprintf (format, args);
  va_end (args);

  pipeline = gst_parse_launch_full (
      description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (pipeline == NULL) {
    g_printerr ("cannot build \"%s\": %s\n", description, error->message);
    exit (1);
  }
  g_free (description);
  return pipeline;
}

gboolean
test_pipeline_failed (GstElement *pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  GError *error = NULL;
  gchar *debug = NULL;

  gst_object_unref (bus);
  if (message == NULL)
    return FALSE;
  gst_message_parse_error (message, &error, &debug);
  g_printerr ("error of %s: %s (%s)\n", GST_MESSAGE_SRC_NAME (message),
      error->message, debug);
  g_clear_error (&error);
  g_free (debug);
  gst_message_unref (message);
  return TRUE;
}

gboolean
test_pipeline_play (GstElement *pipeline)
{
  if (gst_element_set_state (pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE)
    return TRUE;
  if (!test_pipeline_failed (pipeline))
    g_printerr ("%s does not play\n", GST_OBJECT_NAME (pipeline));
  return FALSE;
}

void
test_pipeline_stop (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

void
test_need_elements (const gchar *const *names)
{
  for (; *names != NULL; names++) {
    GstElementFactory *factory = gst_element_factory_find (*names);

    if (factory == NULL) {
      g_print ("skipped: there is no element \"%s\"\n", *names);
      exit (TEST_SKIPPED);
    }
    gst_object_unref (factory);
  }
}

static GstElement *
find_element (GstElement *pipeline, const gchar *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), name);

  if (element == NULL) {
    g_printerr ("no element \"%s\" in %s\n", name, GST_OBJECT_NAME (pipeline));
    exit (1);
  }
  return element;
}

GstPad *
test_pad (GstElement *pipeline, const gchar *element, const gchar *pad)
{
  GstElement *found = find_element (pipeline, element);
  GstPad *ret = gst_element_get_static_pad (found, pad);

  gst_object_unref (found);
  return ret;
}

guint
test_uint_property (
    GstElement *pipeline, const gchar *element, const gchar *property)
{
  GstElement *found = find_element (pipeline, element);
  guint ret = 0;

  g_object_get (found, property, &ret, NULL);
  gst_object_unref (found);
  return ret;
}

guint64
test_stat (GstElement *pipeline, const gchar *element, const gchar *field)
{
  GstElement *found = find_element (pipeline, element);
  GstStructure *stats = NULL;
  const GValue *value;
  GValue number = G_VALUE_INIT;
  guint64 ret;

  g_object_get (found, "stats", &stats, NULL);
  value = stats != NULL ? gst_structure_get_value (stats, field) : NULL;
  g_value_init (&number, G_TYPE_UINT64);
  if (value == NULL || !g_value_transform (value, &number)) {
    g_printerr ("stats of %s have no number \"%s\"\n", element, field);
    exit (1);
  }
  ret = g_value_get_uint64 (&number);
  gst_structure_free (stats);
  gst_object_unref (found);
  return ret;
}

gboolean
test_stat_is (GstElement *pipeline, const gchar *element, const gchar *field,
    const gchar *text)
{
  GstElement *found = find_element (pipeline, element);
  GstStructure *stats = NULL;
  gboolean ret;

  g_object_get (found, "stats", &stats, NULL);
  ret = g_strcmp0 (gst_structure_get_string (stats, field), text) == 0;
  gst_structure_free (stats);
  gst_object_unref (found);
  return ret;
}

guint
test_n_clients (GstElement *pipeline, const gchar *element)
{
  GstElement *found = find_element (pipeline, element);
  GValue clients = G_VALUE_INIT;
  guint ret;

  g_value_init (&clients, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (found), "clients", &clients);
  ret = gst_value_array_get_size (&clients);
  g_value_unset (&clients);
  gst_object_unref (found);
  return ret;
}

typedef struct
{
  GstElement *pipeline;
  const gchar *element;
} Replicator;

static gboolean
channel_is_offered (gpointer user_data)
{
  Replicator *replicator = user_data;

  return test_stat (replicator->pipeline, replicator->element, "channels") > 0;
}

gboolean
test_wait_for_channel (GstElement *pipeline, const gchar *element)
{
  Replicator replicator = { pipeline, element };

  if (test_wait (channel_is_offered, &replicator, TEST_PATIENCE))
    return TRUE;
  g_printerr ("%s offers no channel\n", element);
  return FALSE;
}

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  TestReceiver *receiver = user_data;
  GstSample *sample = gst_app_sink_pull_sample (sink);

  if (sample == NULL)
    return GST_FLOW_EOS;
  output_check_sample (receiver->check, sample);
  receiver->last_output = g_get_monotonic_time ();
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

static void
on_eos (GstAppSink *sink, gpointer user_data)
{
  TestReceiver *receiver = user_data;

  g_atomic_int_set (&receiver->eos, TRUE);
}

void
test_receiver_connect (TestReceiver *receiver)
{
  GstAppSinkCallbacks callbacks = { .eos = on_eos, .new_sample = on_sample };
  GstElement *sink = find_element (receiver->pipeline, "out");

  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, receiver, NULL);
  gst_object_unref (sink);
}
