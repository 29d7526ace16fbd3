/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecunicastreplicator.c: the element around GstFecHub: which packets belong to which channel. */
/**
 * SECTION:element-fecunicastreplicator
 * @title: fecunicastreplicator
 * @see_also: fecencode, fecsrc, fecmcastsink
 *
 * fecunicastreplicator serves ALC packets, one buffer a packet, by UDP or TCP to any number of clients that ask for them
 * (fecsrc, fec-get). Control messages and packets share one port. Every client gets the same packets; what cannot be
 * sent to one is counted and never holds up the others or the pipeline.
 *
 * The first TSI that arrives is the channel `channel`. Packets of further TSIs (fecencode has a property `tsi`), joined
 * before the sink pad by funnel, become channels named "channel/tsi".
 *
 * Several replicators share one port when the application gives them one hub, by the property `hub` or by a context
 * "gst.fec.Hub" with a field "hub". Such a hub is started and stopped by its owner; address, port, lease and consent
 * settings are then the hub's. Otherwise the element has a hub of its own, bound on the way from NULL to READY.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc is-live=true ! x264enc tune=zerolatency key-int-max=30 ! mpegtsmux ! fecencode !
 *   fecunicastreplicator channel=live
 * ]| Serves a test picture as fec://127.0.0.1/live.
 * |[
 * gst-launch-1.0 funnel name=f ! fecunicastreplicator channel=cameras
 *   videotestsrc is-live=true ! x264enc tune=zerolatency ! mpegtsmux ! fecencode tsi=1 ! f.
 *   videotestsrc is-live=true pattern=ball ! x264enc tune=zerolatency ! mpegtsmux ! fecencode tsi=2 ! f.
 * ]| Serves two, as fec://127.0.0.1/cameras and fec://127.0.0.1/cameras/2 (or cameras/1, whichever came later).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecfeedback.h"
#include "fecreplicator-private.h"
#include "transport/udpsocket.h"
#include "wire/alc.h"

GST_DEBUG_CATEGORY_STATIC (fec_unicast_replicator_debug);
#define GST_CAT_DEFAULT fec_unicast_replicator_debug

/* Most channels of one element: packets of further TSIs are dropped. */
#define MAX_CHANNELS 256
/* How long EOS waits for the sender, for all channels together. */
#define DRAIN_US (1000 * 1000)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_FEC_ALC_MEDIA_TYPE));

G_DEFINE_TYPE_WITH_CODE (GstFecUnicastReplicator, gst_fec_unicast_replicator,
    GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT (fec_unicast_replicator_debug,
        "fecunicastreplicator", 0, "Serves FEC channels to clients"));
GST_ELEMENT_REGISTER_DEFINE (fecunicastreplicator, "fecunicastreplicator",
    GST_RANK_NONE, GST_TYPE_FEC_UNICAST_REPLICATOR);

/* ---- Start and stop ----------------------------------------------------- */

static gboolean
start_fixed (GstFecUnicastReplicator *self, GError **error)
{
  gchar *clients;
  gboolean ok;

  GST_OBJECT_LOCK (self);
  clients = g_strdup (self->initial_clients);
  GST_OBJECT_UNLOCK (self);
  ok = gst_fec_replicator_fixed_start (&self->fixed, clients, error);
  g_free (clients);
  return ok;
}

static gboolean
gst_fec_unicast_replicator_start (GstBaseSink *sink)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (sink);
  GError *error = NULL;
  GstFecHub *hub;

  if (!start_fixed (self, &error))
    goto bad_clients;
  hub = gst_fec_unicast_replicator_find_shared_hub (self);
  self->own_hub = hub == NULL;
  if (hub != NULL)
    gst_fec_unicast_replicator_expect_channel (self, hub, TRUE);
  else
    hub = gst_fec_unicast_replicator_start_own_hub (self, &error);
  if (hub == NULL)
    goto not_started;

  gst_fec_unicast_replicator_connect_hub (self, hub);
  GST_OBJECT_LOCK (self);
  self->hub = hub;
  self->packets = self->bytes = self->malformed = self->refused = 0;
  GST_OBJECT_UNLOCK (self);
  return TRUE;

  /* ERRORS */
bad_clients : {
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("initial-clients: %s.", error->message), (NULL));
  g_error_free (error);
  return FALSE;
}
not_started : {
  gst_fec_replicator_fixed_stop (&self->fixed);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    GST_ELEMENT_ERROR (self, RESOURCE, BUSY, ("%s.", error->message), (NULL));
  else
    GST_ELEMENT_ERROR (
        self, RESOURCE, OPEN_WRITE, ("%s.", error->message), (NULL));
  g_error_free (error);
  return FALSE;
}
}

static void
remove_channels (GstFecUnicastReplicator *self, GstFecHub *hub)
{
  GHashTableIter iter;
  GstFecReplicatorChannel *channel;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel)) {
    gst_fec_hub_remove_channel (hub, channel->hub_channel);
    g_hash_table_iter_remove (&iter);
  }
  self->last = NULL;
  gst_fec_description_clear (&self->description);
}

static gboolean
gst_fec_unicast_replicator_stop (GstBaseSink *sink)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (sink);
  GstFecHub *hub;

  GST_OBJECT_LOCK (self);
  hub = g_steal_pointer (&self->hub);
  GST_OBJECT_UNLOCK (self);
  if (hub == NULL)
    return TRUE;
  if (self->own_hub)
    gst_fec_hub_stop (hub);
  else
    gst_fec_unicast_replicator_expect_channel (self, hub, FALSE);
  remove_channels (self, hub);
  gst_fec_unicast_replicator_disconnect_hub (self, hub);
  gst_fec_replicator_fixed_stop (&self->fixed);
  GST_OBJECT_LOCK (self);
  g_hash_table_remove_all (self->tsis);
  GST_OBJECT_UNLOCK (self);
  gst_object_unref (hub);
  return TRUE;
}

static void
gst_fec_unicast_replicator_set_context (
    GstElement *element, GstContext *context)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (element);
  GstFecHub *hub = gst_fec_hub_from_context (context);

  if (hub != NULL) {
    GST_OBJECT_LOCK (self);
    gst_clear_object (&self->context_hub);
    self->context_hub = hub;
    GST_OBJECT_UNLOCK (self);
  }
  GST_ELEMENT_CLASS (gst_fec_unicast_replicator_parent_class)
      ->set_context (element, context);
}

/* ---- Channels ----------------------------------------------------------- */

/* Adds the group to @description. FALSE when a property is no address. */
static gboolean
describe_group (GstFecUnicastReplicator *self, GstFecDescription *description)
{
  gboolean ok = TRUE;

  GST_OBJECT_LOCK (self);
  if (self->multicast_group != NULL && *self->multicast_group != '\0') {
    description->has_group = TRUE;
    ok = gst_fec_address_parse (
        &description->group, self->multicast_group, self->multicast_port);
    if (self->multicast_source != NULL && *self->multicast_source != '\0') {
      description->has_source = TRUE;
      ok = ok &&
          gst_fec_address_parse (
              &description->source, self->multicast_source, 0);
    }
  }
  GST_OBJECT_UNLOCK (self);
  return ok;
}

/* "channel" for the first one, "channel/tsi" for those after it. */
static gchar *
make_name (GstFecUnicastReplicator *self, guint32 tsi)
{
  const gchar *base;
  gchar *name;

  GST_OBJECT_LOCK (self);
  base = self->channel != NULL ? self->channel : "";
  if (g_hash_table_size (self->channels) == 0)
    name = g_strdup (base);
  else if (*base == '\0')
    name = g_strdup_printf ("%u", tsi);
  else
    name = g_strdup_printf ("%s/%u", base, tsi);
  GST_OBJECT_UNLOCK (self);
  return name;
}

/* NULL after an element error. */
static GstFecReplicatorChannel *
add_channel (GstFecUnicastReplicator *self, guint32 tsi)
{
  GstFecReplicatorChannel *channel = gst_fec_replicator_channel_new ();
  GstFecDescription *description = &channel->description;
  GError *error = NULL;

  gst_fec_description_copy (description, &self->description);
  g_free (description->name);
  description->name = make_name (self, tsi);
  description->tsi = tsi;
  if (!describe_group (self, description))
    goto no_group;

  /* Before the hub knows the channel: clients may come at once. */
  GST_OBJECT_LOCK (self);
  g_hash_table_add (self->tsis, GUINT_TO_POINTER (tsi));
  GST_OBJECT_UNLOCK (self);
  channel->hub_channel =
      gst_fec_hub_add_channel (self->hub, description, &error);
  if (channel->hub_channel == NULL)
    goto not_added;
  gst_fec_unicast_replicator_listen (self, channel);
  g_hash_table_insert (self->channels, GUINT_TO_POINTER (tsi), channel);
  gst_fec_replicator_fixed_begin (&self->fixed, self->hub, tsi);
  GST_INFO_OBJECT (self, "channel \"%s\" is TSI %u", description->name, tsi);
  return channel;

  /* ERRORS */
no_group : {
  gst_fec_replicator_channel_free (channel);
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("multicast-group and multicast-source must be numeric addresses."),
      (NULL));
  return NULL;
}
not_added : {
  GST_OBJECT_LOCK (self);
  g_hash_table_remove (self->tsis, GUINT_TO_POINTER (tsi));
  GST_OBJECT_UNLOCK (self);
  gst_fec_replicator_channel_free (channel);
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s.", error->message), (NULL));
  g_error_free (error);
  return NULL;
}
}

static GstFecReplicatorChannel *
lookup_channel (GstFecUnicastReplicator *self, guint32 tsi)
{
  return g_hash_table_lookup (self->channels, GUINT_TO_POINTER (tsi));
}

static gboolean
gst_fec_unicast_replicator_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (sink);
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  GstFecReplicatorChannel *channel;
  guint tsi;

  gst_fec_description_clear (&self->description);
  if (!gst_fec_description_from_caps (&self->description, caps))
    return FALSE;
  if (!gst_structure_get_uint (s, "tsi", &tsi))
    return TRUE;

  /* The channel is there before its first packet, so that clients find it. */
  channel = lookup_channel (self, tsi);
  if (channel == NULL) {
    if (g_hash_table_size (self->channels) >= MAX_CHANNELS)
      return TRUE;
    return add_channel (self, tsi) != NULL;
  }
  if (gst_fec_replicator_channel_take_caps (channel, &self->description))
    gst_fec_hub_update_channel (
        self->hub, channel->hub_channel, &channel->description);
  return TRUE;
}

/* ---- Packets ------------------------------------------------------------ */

static void
count (GstFecUnicastReplicator *self, guint64 *counter)
{
  GST_OBJECT_LOCK (self);
  *counter += 1;
  GST_OBJECT_UNLOCK (self);
}

/* The channel of @tsi, made when it is new. NULL with *@flow set otherwise. */
static GstFecReplicatorChannel *
get_channel (GstFecUnicastReplicator *self, guint32 tsi, GstFlowReturn *flow)
{
  GstFecReplicatorChannel *channel = lookup_channel (self, tsi);

  *flow = GST_FLOW_OK;
  if (channel != NULL)
    return channel;
  if (g_hash_table_size (self->channels) >= MAX_CHANNELS) {
    count (self, &self->refused);
    return NULL;
  }
  channel = add_channel (self, tsi);
  if (channel == NULL)
    *flow = GST_FLOW_ERROR;
  return channel;
}

/* Hands on a packet for everybody. */
static void
write_for_all (GstFecUnicastReplicator *self, GstFecReplicatorChannel *channel,
    const guint8 *data, gsize size)
{
  gst_fec_hub_write (self->hub, channel->hub_channel, data, size);
  if (gst_fec_replicator_channel_measure (
          channel, size, g_get_monotonic_time ()))
    gst_fec_hub_update_channel (
        self->hub, channel->hub_channel, &channel->description);
}

/* Hands on the @index-th packet of @order. */
static GstFlowReturn
write_packet (GstFecUnicastReplicator *self, const guint8 *data, gsize size,
    guint32 order, guint32 index)
{
  GstFecReplicatorChannel *channel = self->last;
  GstFecAlcPacket packet;
  GstFlowReturn flow;

  if (gst_fec_alc_parse (&packet, data, size) != GST_FEC_ALC_OK) {
    count (self, &self->malformed);
    return GST_FLOW_OK;
  }
  if (channel == NULL || channel->description.tsi != packet.tsi) {
    channel = get_channel (self, packet.tsi, &flow);
    if (channel == NULL)
      return flow;
    self->last = channel;
  }
  if (order == FEC_ORDER_ALL)
    write_for_all (self, channel, data, size);
  else
    gst_fec_hub_write_order (
        self->hub, channel->hub_channel, order, index, data, size);
  GST_OBJECT_LOCK (self);
  self->packets++;
  self->bytes += size;
  GST_OBJECT_UNLOCK (self);
  return GST_FLOW_OK;
}

static GstFlowReturn
write_buffer (GstFecUnicastReplicator *self, GstBuffer *buffer)
{
  GstFlowReturn flow;
  GstMapInfo map;
  guint32 index, order = fec_order_of (buffer, &index);

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    count (self, &self->malformed);
    return GST_FLOW_OK;
  }
  flow = write_packet (self, map.data, map.size, order, index);
  gst_buffer_unmap (buffer, &map);
  return flow;
}

static void
flush (GstFecUnicastReplicator *self)
{
  if (self->last != NULL)
    gst_fec_hub_flush (self->hub, self->last->hub_channel);
}

static GstFlowReturn
gst_fec_unicast_replicator_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (sink);
  GstFlowReturn flow = write_buffer (self, buffer);

  flush (self);
  return flow;
}

static GstFlowReturn
gst_fec_unicast_replicator_render_list (GstBaseSink *sink, GstBufferList *list)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (sink);
  guint i, n = gst_buffer_list_length (list);
  GstFlowReturn flow = GST_FLOW_OK;

  for (i = 0; i < n && flow == GST_FLOW_OK; i++)
    flow = write_buffer (self, gst_buffer_list_get (list, i));
  flush (self);
  return flow;
}

static void
drain (GstFecUnicastReplicator *self)
{
  gint64 until = g_get_monotonic_time () + DRAIN_US;
  GHashTableIter iter;
  GstFecReplicatorChannel *channel;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel)) {
    gint64 left = MAX (until - g_get_monotonic_time (), 0);

    if (!gst_fec_hub_drain (self->hub, channel->hub_channel, left))
      GST_WARNING_OBJECT (self, "the end of \"%s\" was not sent in time",
          channel->description.name);
  }
}

static gboolean
gst_fec_unicast_replicator_event (GstBaseSink *sink, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    drain (GST_FEC_UNICAST_REPLICATOR (sink));
  return GST_BASE_SINK_CLASS (gst_fec_unicast_replicator_parent_class)
      ->event (sink, event);
}

/* ---- Object ------------------------------------------------------------- */

static void
gst_fec_unicast_replicator_finalize (GObject *object)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (object);

  gst_fec_unicast_replicator_clear_properties (self);
  gst_fec_replicator_fixed_clear (&self->fixed);
  g_hash_table_destroy (self->tsis);
  g_hash_table_destroy (self->channels);
  gst_fec_description_clear (&self->description);
  G_OBJECT_CLASS (gst_fec_unicast_replicator_parent_class)->finalize (object);
}

static void
gst_fec_unicast_replicator_init (GstFecUnicastReplicator *self)
{
  gst_fec_unicast_replicator_init_properties (self);
  gst_fec_replicator_fixed_init (&self->fixed);
  self->tsis = g_hash_table_new (NULL, NULL);
  self->channels = g_hash_table_new_full (
      NULL, NULL, NULL, (GDestroyNotify) gst_fec_replicator_channel_free);
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_async_enabled (GST_BASE_SINK (self), FALSE);
}

static void
gst_fec_unicast_replicator_class_init (GstFecUnicastReplicatorClass *klass)
{
  GObjectClass *gobject_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  gobject_class->finalize = gst_fec_unicast_replicator_finalize;
  gst_fec_unicast_replicator_install_properties (gobject_class);
  gst_fec_unicast_replicator_install_signals (G_TYPE_FROM_CLASS (klass));

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class,
      "FEC unicast replicator", "Sink/Network",
      "Serves the packets of channels to the clients that ask for them",
      "The gst-fec developers");
  gst_type_mark_as_plugin_api (GST_TYPE_FEC_HUB, 0);

  element_class->set_context = gst_fec_unicast_replicator_set_context;
  sink_class->start = gst_fec_unicast_replicator_start;
  sink_class->stop = gst_fec_unicast_replicator_stop;
  sink_class->set_caps = gst_fec_unicast_replicator_set_caps;
  sink_class->event = gst_fec_unicast_replicator_event;
  sink_class->render = gst_fec_unicast_replicator_render;
  sink_class->render_list = gst_fec_unicast_replicator_render_list;
}
