/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-channel-pipeline.c: building the pipeline of a channel and exchanging its source.
 */
#include "fec-channel-pipeline.h"
#include "wire/alc.h"

/* Packets that may wait for a sink; a sink that stalls for longer loses them instead of delaying the other one. */
#define QUEUE_TIME GST_SECOND

struct _GstFecChannelPipeline
{
  GstElement *pipeline;
  GstElement *source; /* NULL while there is none */
  GstElement *pace; /* clocksync */
  GstElement *encoder; /* NULL where the source gives packets */
  GstElement *replicator;
  GstElement *mcast; /* NULL without a group */
  gint ended; /* atomic: EOS was sent behind the source */
};

static GstElement *
make (GstFecChannelPipeline *self, const gchar *factory, GError **error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL) {
    if (error != NULL && *error == NULL)
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
          "the element %s is missing: is its plugin installed and in "
          "GST_PLUGIN_PATH?",
          factory);
    return NULL;
  }
  gst_bin_add (GST_BIN (self->pipeline), element);
  return element;
}

/* ---- What passes between the source and the encoder ---- */

/* The end of the source is for the channel to judge, not for the encoder. */
static GstPadProbeReturn
on_source_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstElement *source;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  source = gst_pad_get_parent_element (pad);
  if (source != NULL) {
    gst_element_post_message (source,
        gst_message_new_element (GST_OBJECT (source),
            gst_structure_new_empty (GST_FEC_CHANNEL_SOURCE_EOS)));
    gst_object_unref (source);
  }
  return GST_PAD_PROBE_DROP;
}

/* Flushes only free a source that is to go; the encoder must not see them. After the end nothing passes. */
static GstPadProbeReturn
on_paced (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstFecChannelPipeline *self = user_data;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_FLUSH)
    return GST_PAD_PROBE_DROP;
  if (g_atomic_int_get (&self->ended)) {
    if (GST_PAD_PROBE_INFO_TYPE (info) &
        (GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST))
      GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_EOS;
    return GST_PAD_PROBE_DROP;
  }
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_idle_send_eos (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstFecChannelPipeline *self = user_data;
  GstPad *peer;

  if (!g_atomic_int_compare_and_exchange (&self->ended, FALSE, TRUE))
    return GST_PAD_PROBE_REMOVE;
  peer = gst_pad_get_peer (pad);
  gst_pad_send_event (peer, gst_event_new_eos ());
  gst_object_unref (peer);
  return GST_PAD_PROBE_REMOVE;
}

void
gst_fec_channel_pipeline_send_eos (GstFecChannelPipeline *self)
{
  GstPad *pad = gst_element_get_static_pad (self->pace, "src");

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_IDLE, on_idle_send_eos, self, NULL);
  gst_object_unref (pad);
}

void
gst_fec_channel_pipeline_wait_eos (GstFecChannelPipeline *self, gint64 deadline)
{
  GstBus *bus = gst_element_get_bus (self->pipeline);
  gint64 left = deadline - g_get_monotonic_time ();
  GstMessage *message = NULL;
  gboolean done = FALSE;

  while (!done && left > 0) {
    message = gst_bus_timed_pop_filtered (
        bus, left * GST_USECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    /* An error of the source has no say in whether the rest has ended. */
    done = message == NULL || GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS ||
        gst_fec_channel_pipeline_part_of (self, message) ==
            GST_FEC_CHANNEL_PART_REST;
    gst_clear_message (&message);
    left = deadline - g_get_monotonic_time ();
  }
  gst_object_unref (bus);
}

/* ---- The source ---- */

static GstClockTime
running_time (GstFecChannelPipeline *self)
{
  GstClockTime now = gst_element_get_current_running_time (self->pipeline);

  if (!GST_CLOCK_TIME_IS_VALID (now) ||
      GST_STATE (self->pipeline) != GST_STATE_PLAYING)
    return 0;
  return now;
}

/*
 * A live source keeps the pipeline's time, and its own pace; any other begins at zero, whenever that is, and has to
 * be paced.
 */
static void
start_source (GstFecChannelPipeline *self)
{
  GstPad *pad = gst_element_get_static_pad (self->source, "src");

  g_object_set (self->pace, "sync", TRUE, NULL);
  gst_pad_set_offset (pad, running_time (self));
  if (gst_element_set_state (self->source, GST_STATE_PAUSED) ==
      GST_STATE_CHANGE_NO_PREROLL) {
    gst_pad_set_offset (pad, 0);
    g_object_set (self->pace, "sync", FALSE, NULL);
  }
  gst_object_unref (pad);
  gst_element_set_locked_state (self->source, FALSE);
  gst_element_sync_state_with_parent (self->source);
}

/* Plugs @source (transfer floating) in. */
static gboolean
take_source (GstFecChannelPipeline *self, GstElement *source, GError **error)
{
  GstPad *pad;

  gst_element_set_locked_state (source, TRUE);
  gst_bin_add (GST_BIN (self->pipeline), source);
  if (!gst_element_link_pads (source, "src", self->pace, "sink"))
    goto no_link;

  pad = gst_element_get_static_pad (source, "src");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_source_event, NULL, NULL);
  gst_object_unref (pad);
  self->source = source;
  if (GST_STATE (self->pipeline) == GST_STATE_PLAYING)
    start_source (self);
  return TRUE;

  /* ERRORS */
no_link : {
  gst_bin_remove (GST_BIN (self->pipeline), source);
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
      "the source of the channel has no source pad “src”");
  return FALSE;
}
}

gboolean
gst_fec_channel_pipeline_set_source (
    GstFecChannelPipeline *self, GstFecChannelFactory *factory, GError **error)
{
  GstElement *source = gst_fec_channel_factory_create_source (factory, error);

  return source != NULL && take_source (self, source, error);
}

void
gst_fec_channel_pipeline_drop_source (GstFecChannelPipeline *self)
{
  GstElement *source = self->source;
  GstPad *sink;

  if (source == NULL)
    return;
  self->source = NULL;
  sink = gst_element_get_static_pad (self->pace, "sink");
  gst_pad_send_event (sink, gst_event_new_flush_start ());
  gst_element_set_locked_state (source, TRUE);
  gst_element_set_state (source, GST_STATE_NULL);
  gst_element_unlink (source, self->pace);
  gst_bin_remove (GST_BIN (self->pipeline), source);
  gst_pad_send_event (sink, gst_event_new_flush_stop (FALSE));
  gst_object_unref (sink);
}

/* ---- The rest ---- */

static void
configure (GstFecChannelPipeline *self, const gchar *path,
    const GstFecChannelSettings *settings, GstFecHub *hub)
{
  if (self->encoder != NULL) {
    g_object_set (self->encoder, "tsi", settings->tsi, "symbol-size",
        settings->symbol_size, "repair", settings->repair, "block-duration",
        settings->block_duration, NULL);
    gst_util_set_object_arg (
        G_OBJECT (self->encoder), "framing", settings->framing);
    if (settings->esi_range != NULL)
      g_object_set (self->encoder, "esi-range", settings->esi_range, NULL);
  }
  g_object_set (self->replicator, "hub", hub, "channel", path, NULL);
  if (self->mcast == NULL)
    return;
  g_object_set (self->replicator, "multicast-group", settings->group,
      "multicast-port", settings->port, NULL);
  g_object_set (self->mcast, "group", settings->group, "port", settings->port,
      "ttl-mc", settings->ttl, NULL);
  if (settings->iface != NULL)
    g_object_set (self->mcast, "multicast-iface", settings->iface, NULL);
}

static gboolean
link_branch (GstFecChannelPipeline *self, GstElement *tee, GstElement *sink,
    GError **error)
{
  GstElement *queue = make (self, "queue", error);

  if (queue == NULL)
    return FALSE;
  g_object_set (queue, "max-size-time", (guint64) QUEUE_TIME, "max-size-bytes",
      0, "max-size-buffers", 0, NULL);
  gst_util_set_object_arg (G_OBJECT (queue), "leaky", "upstream");
  return gst_element_link_many (tee, queue, sink, NULL);
}

static gboolean
link_sinks (GstFecChannelPipeline *self, GError **error)
{
  GstElement *packets = self->encoder != NULL ? self->encoder : self->pace;
  GstElement *tee;

  if (self->mcast == NULL)
    return gst_element_link (packets, self->replicator);
  tee = make (self, "tee", error);
  return tee != NULL && gst_element_link (packets, tee) &&
      link_branch (self, tee, self->replicator, error) &&
      link_branch (self, tee, self->mcast, error);
}

/* Whether @source's media are packets already, those of another server. */
static gboolean
gives_packets (GstElement *source)
{
  GstPad *pad = gst_element_get_static_pad (source, "src");
  GstCaps *packets = gst_caps_new_empty_simple (GST_FEC_ALC_MEDIA_TYPE);
  GstCaps *caps = NULL;
  gboolean gives;

  if (pad != NULL)
    caps = gst_pad_query_caps (pad, NULL);
  gives = caps != NULL && !gst_caps_is_empty (caps) &&
      gst_caps_is_subset (caps, packets);
  gst_clear_caps (&caps);
  gst_caps_unref (packets);
  gst_clear_object (&pad);
  return gives;
}

/* Builds all but the source. */
static gboolean
build_rest (GstFecChannelPipeline *self, const gchar *path,
    const GstFecChannelSettings *settings, GstFecHub *hub, gboolean encode,
    GError **error)
{
  GError *missing = NULL;
  GstPad *pad;

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  self->pace = make (self, "clocksync", &missing);
  if (encode)
    self->encoder = make (self, "fecencode", &missing);
  self->replicator = make (self, "fecunicastreplicator", &missing);
  if (settings->group != NULL)
    self->mcast = make (self, "fecmcastsink", &missing);
  if (missing != NULL)
    goto failed;

  configure (self, path, settings, hub);
  if ((encode && !gst_element_link (self->pace, self->encoder)) ||
      !link_sinks (self, &missing))
    goto failed;
  pad = gst_element_get_static_pad (self->pace, "src");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      on_paced, self, NULL);
  gst_object_unref (pad);
  return TRUE;

  /* ERRORS */
failed : {
  if (missing == NULL)
    missing = g_error_new (GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "the elements of the channel do not fit each other: are plugin and "
        "server of one version?");
  g_propagate_error (error, missing);
  return FALSE;
}
}

GstFecChannelPipeline *
gst_fec_channel_pipeline_new (const gchar *path,
    const GstFecChannelSettings *settings, GstFecChannelFactory *factory,
    GstFecHub *hub, GError **error)
{
  GstElement *source = gst_fec_channel_factory_create_source (factory, error);
  GstFecChannelPipeline *self;

  if (source == NULL)
    return NULL;
  gst_object_ref_sink (source);
  self = g_new0 (GstFecChannelPipeline, 1);
  if (!build_rest (self, path, settings, hub, !gives_packets (source), error) ||
      !take_source (self, source, error))
    g_clear_pointer (&self, gst_fec_channel_pipeline_free);
  gst_object_unref (source);
  return self;
}

void
gst_fec_channel_pipeline_free (GstFecChannelPipeline *self)
{
  gst_fec_channel_pipeline_stop (self);
  gst_object_unref (self->pipeline);
  g_free (self);
}

void
gst_fec_channel_pipeline_play (GstFecChannelPipeline *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  if (self->source != NULL)
    start_source (self);
}

void
gst_fec_channel_pipeline_stop (GstFecChannelPipeline *self)
{
  if (self->source != NULL)
    gst_element_set_locked_state (self->source, FALSE);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
}

GstElement *
gst_fec_channel_pipeline_get_element (GstFecChannelPipeline *self)
{
  return self->pipeline;
}

GstFecChannelPart
gst_fec_channel_pipeline_part_of (
    GstFecChannelPipeline *self, GstMessage *message)
{
  GstObject *from = GST_MESSAGE_SRC (message);

  if (from == NULL)
    return GST_FEC_CHANNEL_PART_NONE;
  if (self->source != NULL &&
      (from == GST_OBJECT (self->source) ||
          gst_object_has_as_ancestor (from, GST_OBJECT (self->source))))
    return GST_FEC_CHANNEL_PART_SOURCE;
  if (from == GST_OBJECT (self->pipeline) ||
      gst_object_has_as_ancestor (from, GST_OBJECT (self->pipeline)))
    return GST_FEC_CHANNEL_PART_REST;
  return GST_FEC_CHANNEL_PART_NONE;
}

static void
add_element_stats (GstStructure *stats, const gchar *name, GstElement *element)
{
  GstStructure *structure = NULL;

  if (element == NULL)
    return;
  g_object_get (element, "stats", &structure, NULL);
  if (structure == NULL)
    return;
  gst_structure_set (stats, name, GST_TYPE_STRUCTURE, structure, NULL);
  gst_structure_free (structure);
}

void
gst_fec_channel_pipeline_add_stats (
    GstFecChannelPipeline *self, GstStructure *stats)
{
  add_element_stats (stats, "encoder", self->encoder);
  add_element_stats (stats, "replicator", self->replicator);
  add_element_stats (stats, "multicast", self->mcast);
}
