/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecmcastsink.c: the element around GstFecMulticastSender and GstFecPacer. */
/**
 * SECTION:element-fecmcastsink
 * @title: fecmcastsink
 * @see_also: fecencode, fecsrc, fecunicastreplicator
 *
 * fecmcastsink sends ALC packets, one buffer a packet, to a multicast group, many to a system call. What the network
 * refuses is counted and warned of once, it never stops the pipeline.
 *
 * Packets leave as they come: fecencode spreads them over time. `max-bitrate` holds bursts of faster sources back.
 * `sync` is FALSE by default; TRUE is for packets that carry times, such as those of a stored session.
 *
 * Clients find the group by themselves when a fecunicastreplicator beside it names it by `multicast-group`.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc is-live=true ! x264enc tune=zerolatency key-int-max=30 ! mpegtsmux ! fecencode !
 *   fecmcastsink group=239.255.63.30 port=6331
 * ]| Sends a test picture to a group.
 * |[
 * gst-launch-1.0 videotestsrc is-live=true ! x264enc tune=zerolatency key-int-max=30 ! mpegtsmux ! fecencode !
 *   tee name=t ! queue ! fecmcastsink group=239.255.63.30 port=6331
 *   t. ! queue ! fecunicastreplicator channel=live multicast-group=239.255.63.30 multicast-port=6331
 * ]| Serves both kinds of listeners from one encoder.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecfeedback.h"
#include "gstfecmcastsink.h"
#include "transport/multicast.h"
#include "transport/pacer.h"
#include "transport/udpsocket.h"
#include "wire/alc.h"

GST_DEBUG_CATEGORY_STATIC (fec_mcast_sink_debug);
#define GST_CAT_DEFAULT fec_mcast_sink_debug

/* Packets of a list sent at once. */
#define BATCH_PACKETS 64

#define DEFAULT_GROUP "239.255.63.30"
#define DEFAULT_PORT GST_FEC_DEFAULT_PORT
#define DEFAULT_TTL_MC 1
#define DEFAULT_LOOP TRUE
#define DEFAULT_MULTICAST_IFACE NULL
#define DEFAULT_QOS_DSCP -1
#define DEFAULT_MAX_BITRATE 0
#define DEFAULT_MAX_BURST (64 * 1024)

enum
{
  PROP_0,
  PROP_GROUP,
  PROP_PORT,
  PROP_TTL_MC,
  PROP_LOOP,
  PROP_MULTICAST_IFACE,
  PROP_QOS_DSCP,
  PROP_MAX_BITRATE,
  PROP_MAX_BURST,
  PROP_STATS,
};

struct _GstFecMcastSink
{
  GstBaseSink parent;

  /* under the object lock */
  gchar *group;
  guint port;
  guint ttl;
  gboolean loop;
  gchar *iface;
  gint dscp;
  guint64 max_bitrate;
  guint max_burst;
  guint64 packets_sent;
  guint64 bytes_sent;
  guint64 send_errors;
  guint64 malformed;
  guint64 for_others; /* made for some clients alone */
  guint64 wait_us;

  GMutex wait_lock;
  GCond wait_cond;
  gboolean unlocked; /* under wait_lock */

  /* of the streaming thread */
  GstFecMulticastSender *sender;
  GstFecPacer pacer;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_FEC_ALC_MEDIA_TYPE));

G_DEFINE_TYPE_WITH_CODE (GstFecMcastSink, gst_fec_mcast_sink,
    GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT (fec_mcast_sink_debug, "fecmcastsink", 0,
        "Sends FEC channels to multicast groups"));
GST_ELEMENT_REGISTER_DEFINE (
    fecmcastsink, "fecmcastsink", GST_RANK_NONE, GST_TYPE_FEC_MCAST_SINK);

/* ---- Start and stop ----------------------------------------------------- */

static gboolean
gst_fec_mcast_sink_start (GstBaseSink *sink)
{
  GstFecMcastSink *self = GST_FEC_MCAST_SINK (sink);
  GstFecMulticastSettings settings = { 0 };
  GError *error = NULL;
  gchar *iface;
  gboolean ok;

  GST_OBJECT_LOCK (self);
  ok = self->group != NULL &&
      gst_fec_address_parse (&settings.group, self->group, self->port);
  settings.ttl = self->ttl;
  settings.loop = self->loop;
  settings.dscp = self->dscp;
  iface = g_strdup (self->iface);
  gst_fec_pacer_init (&self->pacer, self->max_bitrate, self->max_burst);
  self->packets_sent = self->bytes_sent = 0;
  self->send_errors = self->malformed = self->for_others = self->wait_us = 0;
  GST_OBJECT_UNLOCK (self);
  if (!ok)
    goto no_address;

  settings.iface = iface;
  self->sender = gst_fec_multicast_sender_new (&settings, &error);
  g_free (iface);
  if (self->sender == NULL)
    goto no_sender;
  return TRUE;

  /* ERRORS */
no_address : {
  g_free (iface);
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("group is no numeric address: set it to a multicast group such "
       "as " DEFAULT_GROUP "."),
      (NULL));
  return FALSE;
}
no_sender : {
  GST_ELEMENT_ERROR (
      self, RESOURCE, OPEN_WRITE, ("%s", error->message), (NULL));
  g_error_free (error);
  return FALSE;
}
}

static gboolean
gst_fec_mcast_sink_stop (GstBaseSink *sink)
{
  GstFecMcastSink *self = GST_FEC_MCAST_SINK (sink);

  g_clear_pointer (&self->sender, gst_fec_multicast_sender_free);
  return TRUE;
}

static void
set_unlocked (GstFecMcastSink *self, gboolean unlocked)
{
  g_mutex_lock (&self->wait_lock);
  self->unlocked = unlocked;
  g_cond_broadcast (&self->wait_cond);
  g_mutex_unlock (&self->wait_lock);
}

static gboolean
gst_fec_mcast_sink_unlock (GstBaseSink *sink)
{
  set_unlocked (GST_FEC_MCAST_SINK (sink), TRUE);
  return TRUE;
}

static gboolean
gst_fec_mcast_sink_unlock_stop (GstBaseSink *sink)
{
  set_unlocked (GST_FEC_MCAST_SINK (sink), FALSE);
  return TRUE;
}

/* ---- Packets ------------------------------------------------------------ */

/* Waits; FALSE when unlocked meanwhile. */
static gboolean
wait_for (GstFecMcastSink *self, gint64 wait_us)
{
  gint64 until = g_get_monotonic_time () + wait_us;
  gboolean unlocked;

  g_mutex_lock (&self->wait_lock);
  while (!self->unlocked &&
      g_cond_wait_until (&self->wait_cond, &self->wait_lock, until))
    ;
  unlocked = self->unlocked;
  g_mutex_unlock (&self->wait_lock);

  GST_OBJECT_LOCK (self);
  self->wait_us += wait_us;
  GST_OBJECT_UNLOCK (self);
  return !unlocked;
}

static void
send_packets (GstFecMcastSink *self, const struct iovec *packets, guint n)
{
  gint error = 0;
  guint sent = gst_fec_multicast_sender_send (self->sender, packets, n, &error);
  gboolean first = FALSE;
  guint i;

  GST_OBJECT_LOCK (self);
  self->packets_sent += sent;
  if (sent == n) {
    for (i = 0; i < n; i++)
      self->bytes_sent += packets[i].iov_len;
  } else {
    self->bytes_sent += (guint64) sent * packets[0].iov_len;
    first = self->send_errors == 0;
    self->send_errors += n - sent;
  }
  GST_OBJECT_UNLOCK (self);
  if (first)
    GST_ELEMENT_WARNING (self, RESOURCE, WRITE,
        ("Some packets could not be sent: %s.", g_strerror (error)),
        ("further errors are only counted in stats"));
}

/* Sends @n mapped packets, as many at once as the pacer lets through. */
static GstFlowReturn
pace_packets (GstFecMcastSink *self, const struct iovec *packets, guint n)
{
  guint i, first = 0;

  for (i = 0; i < n; i++) {
    gint64 wait = gst_fec_pacer_take (
        &self->pacer, packets[i].iov_len, g_get_monotonic_time ());

    if (wait > 0) {
      if (i > first)
        send_packets (self, packets + first, i - first);
      first = i;
      if (!wait_for (self, wait))
        return GST_FLOW_FLUSHING;
    }
  }
  send_packets (self, packets + first, n - first);
  return GST_FLOW_OK;
}

/* Sends @n buffers, BATCH_PACKETS at most. */
static GstFlowReturn
send_buffers (GstFecMcastSink *self, GstBuffer **buffers, guint n)
{
  GstMapInfo maps[BATCH_PACKETS];
  struct iovec packets[BATCH_PACKETS];
  GstFlowReturn flow = GST_FLOW_OK;
  guint i, malformed = 0, for_others = 0, n_packets = 0;

  for (i = 0; i < n; i++) {
    GstMapInfo *map = &maps[n_packets];
    GstFecAlcPacket packet;

    if (fec_order_of (buffers[i], NULL) != FEC_ORDER_ALL) {
      for_others++;
      continue;
    }
    if (!gst_buffer_map (buffers[i], map, GST_MAP_READ)) {
      malformed++;
      continue;
    }
    if (gst_fec_alc_parse (&packet, map->data, map->size) != GST_FEC_ALC_OK) {
      gst_buffer_unmap (buffers[i], map);
      malformed++;
      continue;
    }
    packets[n_packets].iov_base = map->data;
    packets[n_packets].iov_len = map->size;
    buffers[n_packets++] = buffers[i];
  }
  if (n_packets > 0)
    flow = pace_packets (self, packets, n_packets);
  for (i = 0; i < n_packets; i++)
    gst_buffer_unmap (buffers[i], &maps[i]);

  if (malformed > 0)
    GST_DEBUG_OBJECT (self, "%u buffers were no ALC packets", malformed);
  if (malformed > 0 || for_others > 0) {
    GST_OBJECT_LOCK (self);
    self->malformed += malformed;
    self->for_others += for_others;
    GST_OBJECT_UNLOCK (self);
  }
  return flow;
}

static GstFlowReturn
gst_fec_mcast_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  return send_buffers (GST_FEC_MCAST_SINK (sink), &buffer, 1);
}

static GstFlowReturn
gst_fec_mcast_sink_render_list (GstBaseSink *sink, GstBufferList *list)
{
  GstFecMcastSink *self = GST_FEC_MCAST_SINK (sink);
  guint i, n, length = gst_buffer_list_length (list);
  GstFlowReturn flow = GST_FLOW_OK;

  for (i = 0; i < length && flow == GST_FLOW_OK; i += n) {
    GstBuffer *buffers[BATCH_PACKETS];
    guint j;

    n = MIN (length - i, BATCH_PACKETS);
    for (j = 0; j < n; j++)
      buffers[j] = gst_buffer_list_get (list, i + j);
    flow = send_buffers (self, buffers, n);
  }
  return flow;
}

/* ---- Object ------------------------------------------------------------- */

static GstStructure *
get_stats (GstFecMcastSink *self)
{
  return gst_structure_new ("application/x-fec-mcast-stats", "packets-sent",
      G_TYPE_UINT64, self->packets_sent, "bytes-sent", G_TYPE_UINT64,
      self->bytes_sent, "send-errors", G_TYPE_UINT64, self->send_errors,
      "packets-malformed", G_TYPE_UINT64, self->malformed, "packets-for-others",
      G_TYPE_UINT64, self->for_others, "pacing-wait-us", G_TYPE_UINT64,
      self->wait_us, NULL);
}

static void
gst_fec_mcast_sink_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstFecMcastSink *self = GST_FEC_MCAST_SINK (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_GROUP:
      g_free (self->group);
      self->group = g_value_dup_string (value);
      break;
    case PROP_PORT:
      self->port = g_value_get_uint (value);
      break;
    case PROP_TTL_MC:
      self->ttl = g_value_get_uint (value);
      break;
    case PROP_LOOP:
      self->loop = g_value_get_boolean (value);
      break;
    case PROP_MULTICAST_IFACE:
      g_free (self->iface);
      self->iface = g_value_dup_string (value);
      break;
    case PROP_QOS_DSCP:
      self->dscp = g_value_get_int (value);
      break;
    case PROP_MAX_BITRATE:
      self->max_bitrate = g_value_get_uint64 (value);
      break;
    case PROP_MAX_BURST:
      self->max_burst = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_fec_mcast_sink_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstFecMcastSink *self = GST_FEC_MCAST_SINK (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_GROUP:
      g_value_set_string (value, self->group);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_TTL_MC:
      g_value_set_uint (value, self->ttl);
      break;
    case PROP_LOOP:
      g_value_set_boolean (value, self->loop);
      break;
    case PROP_MULTICAST_IFACE:
      g_value_set_string (value, self->iface);
      break;
    case PROP_QOS_DSCP:
      g_value_set_int (value, self->dscp);
      break;
    case PROP_MAX_BITRATE:
      g_value_set_uint64 (value, self->max_bitrate);
      break;
    case PROP_MAX_BURST:
      g_value_set_uint (value, self->max_burst);
      break;
    case PROP_STATS:
      g_value_take_boxed (value, get_stats (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_fec_mcast_sink_finalize (GObject *object)
{
  GstFecMcastSink *self = GST_FEC_MCAST_SINK (object);

  g_free (self->group);
  g_free (self->iface);
  g_cond_clear (&self->wait_cond);
  g_mutex_clear (&self->wait_lock);
  G_OBJECT_CLASS (gst_fec_mcast_sink_parent_class)->finalize (object);
}

static void
gst_fec_mcast_sink_init (GstFecMcastSink *self)
{
  self->group = g_strdup (DEFAULT_GROUP);
  self->port = DEFAULT_PORT;
  self->ttl = DEFAULT_TTL_MC;
  self->loop = DEFAULT_LOOP;
  self->iface = g_strdup (DEFAULT_MULTICAST_IFACE);
  self->dscp = DEFAULT_QOS_DSCP;
  self->max_bitrate = DEFAULT_MAX_BITRATE;
  self->max_burst = DEFAULT_MAX_BURST;
  g_mutex_init (&self->wait_lock);
  g_cond_init (&self->wait_cond);
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_async_enabled (GST_BASE_SINK (self), FALSE);
}

static void
install_properties (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_GROUP,
      g_param_spec_string ("group", "Group", "Multicast group, IPv4 or IPv6",
          DEFAULT_GROUP, flags));
  g_object_class_install_property (klass, PROP_PORT,
      g_param_spec_uint ("port", "Port", "UDP port of the group", 1,
          G_MAXUINT16, DEFAULT_PORT, flags));
  g_object_class_install_property (klass, PROP_TTL_MC,
      g_param_spec_uint ("ttl-mc", "Multicast TTL",
          "How many routers packets may pass, and one", 1, 255, DEFAULT_TTL_MC,
          flags));
  g_object_class_install_property (klass, PROP_LOOP,
      g_param_spec_boolean ("loop", "Loop",
          "Listeners on this machine get the packets too", DEFAULT_LOOP,
          flags));
  g_object_class_install_property (klass, PROP_MULTICAST_IFACE,
      g_param_spec_string ("multicast-iface", "Multicast interface",
          "Network interface that packets leave by; NULL: as the routes say",
          DEFAULT_MULTICAST_IFACE, flags));
  g_object_class_install_property (klass, PROP_QOS_DSCP,
      g_param_spec_int ("qos-dscp", "QoS DSCP",
          "Differentiated services code point of the packets (-1: as the "
          "system has it)",
          -1, 63, DEFAULT_QOS_DSCP, flags));
  g_object_class_install_property (klass, PROP_MAX_BITRATE,
      g_param_spec_uint64 ("max-bitrate", "Maximal bitrate",
          "Bits per second that packets are held back to (0: no limit)", 0,
          G_MAXUINT64, DEFAULT_MAX_BITRATE, flags));
  g_object_class_install_property (klass, PROP_MAX_BURST,
      g_param_spec_uint ("max-burst", "Maximal burst",
          "Bytes that may leave at once within max-bitrate", 0, G_MAXINT,
          DEFAULT_MAX_BURST, flags));
}

static void
gst_fec_mcast_sink_class_init (GstFecMcastSinkClass *klass)
{
  GObjectClass *gobject_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  gobject_class->set_property = gst_fec_mcast_sink_set_property;
  gobject_class->get_property = gst_fec_mcast_sink_get_property;
  gobject_class->finalize = gst_fec_mcast_sink_finalize;
  install_properties (gobject_class,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  /**
   * GstFecMcastSink:stats:
   *
   * A structure "application/x-fec-mcast-stats" since the element was started:
   *
   * * "packets-sent", "bytes-sent" G_TYPE_UINT64: what the kernel took
   * * "send-errors"         G_TYPE_UINT64: packets the kernel refused
   * * "packets-malformed"   G_TYPE_UINT64: buffers that were no ALC packets, and were dropped
   * * "pacing-wait-us"      G_TYPE_UINT64: microseconds that packets were held back for max-bitrate
   */
  g_object_class_install_property (gobject_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics", "What was sent",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "FEC multicast sink",
      "Sink/Network", "Sends the packets of a channel to a multicast group",
      "The gst-fec developers");

  sink_class->start = gst_fec_mcast_sink_start;
  sink_class->stop = gst_fec_mcast_sink_stop;
  sink_class->unlock = gst_fec_mcast_sink_unlock;
  sink_class->unlock_stop = gst_fec_mcast_sink_unlock_stop;
  sink_class->render = gst_fec_mcast_sink_render;
  sink_class->render_list = gst_fec_mcast_sink_render_list;
}
