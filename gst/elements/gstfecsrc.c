/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecsrc.c: the element around GstFecSubscriber: URI, properties, caps, timestamps. */
/**
 * SECTION:element-fecsrc
 * @title: fecsrc
 * @see_also: fecdecode, fecunicastreplicator, fecmcastsink
 *
 * fecsrc asks a server for a channel and puts out the ALC packets that come: from a multicast group when the server
 * names one and it delivers, else by UDP from the server. It keeps the lease as long as it is in PAUSED or PLAYING.
 * fecdecode makes media of the packets.
 *
 * It is a live source: in PAUSED it puts out nothing, and what comes after PLAYING was left is thrown away.
 *
 * Each change of the session is told by an element message "fec-session" with the fields state (string: connecting,
 * described, multicast, unicast, lost, ended) and uri (string).
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 fecsrc uri=fec://127.0.0.1/live ! fecdecode ! tsdemux ! h264parse ! avdec_h264 ! autovideosink
 * ]| Plays the H.264 of channel "live" of a server on this machine.
 * |[
 * gst-launch-1.0 playbin uri=fec://127.0.0.1/live
 * ]| Plays all of it.
 * |[
 * gst-launch-1.0 fecsrc uri=fec://192.0.2.1/live protocols=udp ! fecmcastsink multicast-iface=eth1
 * ]| Relays the packets untouched to a group on another network.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstfecsrc.h"
#include "fecuri.h"
#include "transport/subscriber.h"
#include "wire/alc.h"

GST_DEBUG_CATEGORY_STATIC (fec_src_debug);
#define GST_CAT_DEFAULT fec_src_debug

/* Most packets pushed at once. */
#define MAX_LIST 64

typedef enum
{
  GST_FEC_PROTOCOLS_UDP = 1 << 0,
  GST_FEC_PROTOCOLS_UDP_MCAST = 1 << 1,
} GstFecProtocols;

#define DEFAULT_ADDRESS "127.0.0.1"
#define DEFAULT_PORT GST_FEC_DEFAULT_PORT
#define DEFAULT_CHANNEL ""
#define DEFAULT_PROTOCOLS (GST_FEC_PROTOCOLS_UDP | GST_FEC_PROTOCOLS_UDP_MCAST)
#define DEFAULT_MULTICAST_IFACE NULL
#define DEFAULT_MULTICAST_TIMEOUT 2000
#define DEFAULT_UDP_TIMEOUT 2000
#define DEFAULT_TIMEOUT 10000
#define DEFAULT_LEASE 60
#define DEFAULT_BUFFER_SIZE (4 * 1024 * 1024)

enum
{
  PROP_0,
  PROP_URI,
  PROP_ADDRESS,
  PROP_PORT,
  PROP_CHANNEL,
  PROP_PROTOCOLS,
  PROP_MULTICAST_IFACE,
  PROP_MULTICAST_TIMEOUT,
  PROP_UDP_TIMEOUT,
  PROP_TIMEOUT,
  PROP_LEASE,
  PROP_BUFFER_SIZE,
  PROP_IS_LIVE,
  PROP_STATS,
};

struct _GstFecSrc
{
  GstPushSrc parent;

  /* properties, under the object lock */
  gchar *address;
  guint port;
  gchar *channel;
  GstFecProtocols protocols;
  gchar *multicast_iface;
  guint multicast_timeout;
  guint udp_timeout;
  guint timeout;
  guint lease;
  guint buffer_size;

  GstFecSubscriber
      *subscriber; /* set under the object lock; NULL when stopped */
  GstStructure *last_stats; /* of the session before, under the object lock */
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_FEC_ALC_MEDIA_TYPE));

static void gst_fec_src_uri_handler_init (gpointer iface, gpointer data);

G_DEFINE_TYPE_WITH_CODE (
    GstFecSrc, gst_fec_src, GST_TYPE_PUSH_SRC,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, gst_fec_src_uri_handler_init);
    GST_DEBUG_CATEGORY_INIT (
        fec_src_debug, "fecsrc", 0, "Receives FEC channels"));
GST_ELEMENT_REGISTER_DEFINE (
    fecsrc, "fecsrc", GST_RANK_PRIMARY, GST_TYPE_FEC_SRC);

#define GST_TYPE_FEC_PROTOCOLS (gst_fec_protocols_get_type ())
static GType
gst_fec_protocols_get_type (void)
{
  static gsize type = 0;
  static const GFlagsValue values[] = {
    { GST_FEC_PROTOCOLS_UDP, "UDP unicast from the server", "udp" },
    { GST_FEC_PROTOCOLS_UDP_MCAST, "UDP from a multicast group", "udp-mcast" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_flags_register_static ("GstFecProtocols", values));
  return type;
}

/* ---- URI ---------------------------------------------------------------- */

static gchar *
gst_fec_src_get_uri (GstURIHandler *handler)
{
  GstFecSrc *self = GST_FEC_SRC (handler);
  gchar *uri;

  GST_OBJECT_LOCK (self);
  uri = gst_fec_uri_make (self->address, self->port, self->channel);
  GST_OBJECT_UNLOCK (self);
  return uri;
}

static gboolean
gst_fec_src_set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  GstFecSrc *self = GST_FEC_SRC (handler);
  gchar *address, *channel;
  guint16 port;

  if (GST_STATE (self) > GST_STATE_READY)
    goto wrong_state;
  if (!gst_fec_uri_parse (uri, &address, &port, &channel, error))
    return FALSE;
  GST_OBJECT_LOCK (self);
  g_free (self->address);
  g_free (self->channel);
  self->address = address;
  self->port = port;
  self->channel = channel;
  GST_OBJECT_UNLOCK (self);
  return TRUE;

  /* ERRORS */
wrong_state : {
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
      "The URI of fecsrc can be set in the states NULL and READY only");
  return FALSE;
}
}

static GstURIType
gst_fec_src_uri_get_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
gst_fec_src_uri_get_protocols (GType type)
{
  static const gchar *const protocols[] = { GST_FEC_URI_SCHEME, NULL };

  return protocols;
}

static void
gst_fec_src_uri_handler_init (gpointer iface, gpointer data)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = gst_fec_src_uri_get_type;
  handler->get_protocols = gst_fec_src_uri_get_protocols;
  handler->get_uri = gst_fec_src_get_uri;
  handler->set_uri = gst_fec_src_set_uri;
}

/* ---- Session ------------------------------------------------------------ */

/* From the subscriber's thread. */
static void
on_state (GstFecSubscriber *subscriber, GstFecSubscriberState state,
    const GError *error, gpointer user_data)
{
  GstFecSrc *self = user_data;
  gchar *uri;

  if (state == GST_FEC_SUBSCRIBER_FAILED) {
    gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_ERROR,
        GST_RESOURCE_ERROR, error->code, g_strdup (error->message), NULL,
        __FILE__, GST_FUNCTION, __LINE__);
    return;
  }
  uri = gst_fec_src_get_uri (GST_URI_HANDLER (self));
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("fec-session", "state", G_TYPE_STRING,
              gst_fec_subscriber_state_nick (state), "uri", G_TYPE_STRING, uri,
              NULL)));
  if (state == GST_FEC_SUBSCRIBER_LOST)
    GST_ELEMENT_WARNING (self, RESOURCE, READ,
        ("Nothing comes from %s any more; trying to reach it again.", uri),
        (NULL));
  g_free (uri);
}

static gboolean
gst_fec_src_start (GstBaseSrc *src)
{
  GstFecSrc *self = GST_FEC_SRC (src);
  GstFecSubscriberSettings settings;
  GstFecSubscriber *subscriber;

  if (self->protocols == 0)
    goto no_protocol;

  GST_OBJECT_LOCK (self);
  settings = (GstFecSubscriberSettings){
    .host = self->address,
    .port = self->port,
    .channel = self->channel,
    .multicast = (self->protocols & GST_FEC_PROTOCOLS_UDP_MCAST) != 0,
    .unicast = (self->protocols & GST_FEC_PROTOCOLS_UDP) != 0,
    .iface = self->multicast_iface,
    .lease = self->lease,
    .multicast_timeout_ms = self->multicast_timeout,
    .udp_timeout_ms = self->udp_timeout,
    .timeout_ms = self->timeout,
    .buffer_size = self->buffer_size,
  };
  subscriber = gst_fec_subscriber_new (&settings, on_state, self);
  self->subscriber = subscriber;
  g_clear_pointer (&self->last_stats, gst_structure_free);
  GST_OBJECT_UNLOCK (self);
  gst_fec_subscriber_start (subscriber);
  return TRUE;

  /* ERRORS */
no_protocol : {
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("No protocol is allowed: set protocols to udp, udp-mcast or both."),
      (NULL));
  return FALSE;
}
}

static gboolean
gst_fec_src_stop (GstBaseSrc *src)
{
  GstFecSrc *self = GST_FEC_SRC (src);
  GstFecSubscriber *subscriber;

  GST_OBJECT_LOCK (self);
  subscriber = g_steal_pointer (&self->subscriber);
  if (subscriber != NULL)
    self->last_stats = gst_fec_subscriber_get_stats (subscriber);
  GST_OBJECT_UNLOCK (self);
  if (subscriber != NULL)
    gst_fec_subscriber_free (subscriber);
  return TRUE;
}

static gboolean
gst_fec_src_unlock (GstBaseSrc *src)
{
  gst_fec_subscriber_set_flushing (GST_FEC_SRC (src)->subscriber, TRUE);
  return TRUE;
}

static gboolean
gst_fec_src_unlock_stop (GstBaseSrc *src)
{
  gst_fec_subscriber_set_flushing (GST_FEC_SRC (src)->subscriber, FALSE);
  return TRUE;
}

static GstStateChangeReturn
gst_fec_src_change_state (GstElement *element, GstStateChange transition)
{
  GstFecSrc *self = GST_FEC_SRC (element);

  if (self->subscriber != NULL) {
    if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
      gst_fec_subscriber_set_discard (self->subscriber, FALSE);
    else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
      gst_fec_subscriber_set_discard (self->subscriber, TRUE);
  }
  return GST_ELEMENT_CLASS (gst_fec_src_parent_class)
      ->change_state (element, transition);
}

/* ---- Packets ------------------------------------------------------------ */

/* Caps come from the channel's description, in create(). */
static gboolean
gst_fec_src_negotiate (GstBaseSrc *src)
{
  return TRUE;
}

static gboolean
update_caps (GstFecSrc *self)
{
  GstCaps *caps = gst_fec_subscriber_get_caps (self->subscriber);
  GstCaps *current = gst_pad_get_current_caps (GST_BASE_SRC_PAD (self));
  gboolean ok = TRUE;

  if (current == NULL || !gst_caps_is_equal (current, caps))
    ok = gst_base_src_set_caps (GST_BASE_SRC (self), caps);
  gst_clear_caps (&current);
  gst_caps_unref (caps);
  return ok;
}

/* Turns the buffers' monotonic times of arrival into running times. */
static void
set_times (GstFecSrc *self, GstBufferList *list)
{
  GstClock *clock = NULL;
  GstClockTime base_time, offset_now, mono_now;
  guint i, n = gst_buffer_list_length (list);

  if (gst_base_src_get_do_timestamp (GST_BASE_SRC (self)))
    clock = gst_element_get_clock (GST_ELEMENT (self));
  base_time = gst_element_get_base_time (GST_ELEMENT (self));
  mono_now = g_get_monotonic_time () * 1000;
  offset_now = clock != NULL ? gst_clock_get_time (clock) : 0;

  for (i = 0; i < n; i++) {
    GstBuffer *buffer = gst_buffer_list_get_writable (list, i);
    GstClockTime age = mono_now - GST_BUFFER_PTS (buffer);

    if (clock == NULL)
      GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
    else if (offset_now > base_time + age)
      GST_BUFFER_PTS (buffer) = offset_now - base_time - age;
    else
      GST_BUFFER_PTS (buffer) = 0;
    GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
  }
  if (clock != NULL)
    gst_object_unref (clock);
}

static GstFlowReturn
gst_fec_src_create (GstPushSrc *src, GstBuffer **buffer)
{
  GstFecSrc *self = GST_FEC_SRC (src);
  GstBufferList *list = NULL;
  GstFlowReturn flow;

  flow = gst_fec_subscriber_pop (self->subscriber, MAX_LIST, &list);
  if (flow != GST_FLOW_OK)
    return flow;
  if (!update_caps (self))
    goto not_negotiated;

  set_times (self, list);
  if (gst_buffer_list_length (list) == 1) {
    *buffer = gst_buffer_ref (gst_buffer_list_get (list, 0));
    gst_buffer_list_unref (list);
  } else {
    gst_base_src_submit_buffer_list (GST_BASE_SRC (src), list);
  }
  return GST_FLOW_OK;

  /* ERRORS */
not_negotiated : {
  gst_buffer_list_unref (list);
  return GST_FLOW_NOT_NEGOTIATED;
}
}

/* ---- Object ------------------------------------------------------------- */

static void
set_string (gchar **string, const GValue *value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

static void
gst_fec_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstFecSrc *self = GST_FEC_SRC (object);
  GError *error = NULL;

  if (id == PROP_URI) {
    const gchar *uri = g_value_get_string (value);

    if (uri != NULL &&
        !gst_uri_handler_set_uri (GST_URI_HANDLER (self), uri, &error)) {
      GST_ERROR_OBJECT (self, "%s", error->message);
      g_warning ("fecsrc: %s", error->message);
      g_error_free (error);
    }
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ADDRESS:
      set_string (&self->address, value);
      break;
    case PROP_PORT:
      self->port = g_value_get_uint (value);
      break;
    case PROP_CHANNEL:
      set_string (&self->channel, value);
      break;
    case PROP_PROTOCOLS:
      self->protocols = g_value_get_flags (value);
      break;
    case PROP_MULTICAST_IFACE:
      set_string (&self->multicast_iface, value);
      break;
    case PROP_MULTICAST_TIMEOUT:
      self->multicast_timeout = g_value_get_uint (value);
      break;
    case PROP_UDP_TIMEOUT:
      self->udp_timeout = g_value_get_uint (value);
      break;
    case PROP_TIMEOUT:
      self->timeout = g_value_get_uint (value);
      break;
    case PROP_LEASE:
      self->lease = g_value_get_uint (value);
      break;
    case PROP_BUFFER_SIZE:
      self->buffer_size = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static GstStructure *
get_stats (GstFecSrc *self)
{
  if (self->subscriber != NULL)
    return gst_fec_subscriber_get_stats (self->subscriber);
  if (self->last_stats != NULL)
    return gst_structure_copy (self->last_stats);
  return gst_structure_new_empty ("application/x-fec-subscriber-stats");
}

static void
gst_fec_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstFecSrc *self = GST_FEC_SRC (object);

  if (id == PROP_URI) {
    g_value_take_string (value, gst_fec_src_get_uri (GST_URI_HANDLER (self)));
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_CHANNEL:
      g_value_set_string (value, self->channel);
      break;
    case PROP_PROTOCOLS:
      g_value_set_flags (value, self->protocols);
      break;
    case PROP_MULTICAST_IFACE:
      g_value_set_string (value, self->multicast_iface);
      break;
    case PROP_MULTICAST_TIMEOUT:
      g_value_set_uint (value, self->multicast_timeout);
      break;
    case PROP_UDP_TIMEOUT:
      g_value_set_uint (value, self->udp_timeout);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    case PROP_LEASE:
      g_value_set_uint (value, self->lease);
      break;
    case PROP_BUFFER_SIZE:
      g_value_set_uint (value, self->buffer_size);
      break;
    case PROP_IS_LIVE:
      g_value_set_boolean (value, TRUE);
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
gst_fec_src_finalize (GObject *object)
{
  GstFecSrc *self = GST_FEC_SRC (object);

  g_free (self->address);
  g_free (self->channel);
  g_free (self->multicast_iface);
  g_clear_pointer (&self->last_stats, gst_structure_free);
  G_OBJECT_CLASS (gst_fec_src_parent_class)->finalize (object);
}

static void
gst_fec_src_init (GstFecSrc *self)
{
  self->address = g_strdup (DEFAULT_ADDRESS);
  self->port = DEFAULT_PORT;
  self->channel = g_strdup (DEFAULT_CHANNEL);
  self->protocols = DEFAULT_PROTOCOLS;
  self->multicast_iface = g_strdup (DEFAULT_MULTICAST_IFACE);
  self->multicast_timeout = DEFAULT_MULTICAST_TIMEOUT;
  self->udp_timeout = DEFAULT_UDP_TIMEOUT;
  self->timeout = DEFAULT_TIMEOUT;
  self->lease = DEFAULT_LEASE;
  self->buffer_size = DEFAULT_BUFFER_SIZE;
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
  gst_base_src_set_do_timestamp (GST_BASE_SRC (self), TRUE);
}

static void
install_address_properties (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_URI,
      g_param_spec_string ("uri", "URI",
          "Where the channel is: fec://host[:port]/channel", NULL, flags));
  g_object_class_install_property (klass, PROP_ADDRESS,
      g_param_spec_string ("address", "Address",
          "Name or numeric address of the server, as in the URI",
          DEFAULT_ADDRESS, flags));
  g_object_class_install_property (klass, PROP_PORT,
      g_param_spec_uint ("port", "Port",
          "UDP port of the server, as in the "
          "URI",
          1, G_MAXUINT16, DEFAULT_PORT, flags));
  g_object_class_install_property (klass, PROP_CHANNEL,
      g_param_spec_string ("channel", "Channel",
          "Path of the channel without leading slash, as in the URI; empty: "
          "the only one there is",
          DEFAULT_CHANNEL, flags));
  g_object_class_install_property (klass, PROP_PROTOCOLS,
      g_param_spec_flags ("protocols", "Protocols",
          "Ways the packets may come; multicast is tried first",
          GST_TYPE_FEC_PROTOCOLS, DEFAULT_PROTOCOLS, flags));
  g_object_class_install_property (klass, PROP_MULTICAST_IFACE,
      g_param_spec_string ("multicast-iface", "Multicast interface",
          "Network interface that groups are joined on; NULL: as the system "
          "chooses",
          DEFAULT_MULTICAST_IFACE, flags));
}

static void
install_session_properties (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_MULTICAST_TIMEOUT,
      g_param_spec_uint ("multicast-timeout", "Multicast timeout",
          "Milliseconds without a packet from the group until unicast is "
          "asked for",
          1, G_MAXUINT / 2000, DEFAULT_MULTICAST_TIMEOUT, flags));
  g_object_class_install_property (klass, PROP_UDP_TIMEOUT,
      g_param_spec_uint ("udp-timeout", "UDP timeout",
          "Milliseconds without an answer until the host's next address is "
          "tried; after three times as many without a packet the session "
          "begins anew",
          1, G_MAXUINT / 2000, DEFAULT_UDP_TIMEOUT, flags));
  g_object_class_install_property (klass, PROP_TIMEOUT,
      g_param_spec_uint ("timeout", "Timeout",
          "Milliseconds without any answer at the start until it is an error "
          "(0: never)",
          0, G_MAXUINT / 2000, DEFAULT_TIMEOUT, flags));
  g_object_class_install_property (klass, PROP_LEASE,
      g_param_spec_uint ("lease", "Lease",
          "Seconds that a lease is asked for; renewed as long as needed", 1,
          86400, DEFAULT_LEASE, flags));
  g_object_class_install_property (klass, PROP_BUFFER_SIZE,
      g_param_spec_uint ("buffer-size", "Buffer size",
          "Bytes of the kernel's receive buffer asked for; as many may wait "
          "in the element",
          65536, 1u << 30, DEFAULT_BUFFER_SIZE, flags));
}

static void
gst_fec_src_class_init (GstFecSrcClass *klass)
{
  GObjectClass *gobject_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *src_class = GST_BASE_SRC_CLASS (klass);
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  gobject_class->set_property = gst_fec_src_set_property;
  gobject_class->get_property = gst_fec_src_get_property;
  gobject_class->finalize = gst_fec_src_finalize;
  install_address_properties (gobject_class, flags);
  install_session_properties (gobject_class, flags);
  g_object_class_install_property (gobject_class, PROP_IS_LIVE,
      g_param_spec_boolean ("is-live", "Is live",
          "TRUE: packets come when they come", TRUE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * GstFecSrc:stats:
   *
   * A structure "application/x-fec-subscriber-stats", of the session that is or was last:
   *
   * * "transport"           G_TYPE_STRING: none, udp-mcast or udp
   * * "state"               G_TYPE_STRING: of the session client
   * * "packets-received", "bytes-received" G_TYPE_UINT64
   * * "packets-lost"        G_TYPE_UINT64: gaps in the channel's sequence numbers
   * * "packets-malformed"   G_TYPE_UINT64: datagrams that were neither packet nor control message
   * * "packets-foreign"     G_TYPE_UINT64: packets of another channel
   * * "packets-dropped"     G_TYPE_UINT64: packets that nobody took in time
   * * "restarts"            G_TYPE_UINT64: sessions begun anew after silence
   * * "jitter-us"           G_TYPE_UINT: mean deviation of the time between packets from its mean
   * * "receive-buffer-bytes" G_TYPE_UINT: what the system gave
   * * "requests", "retransmissions", "answers", "ignored", "stale-nonces" G_TYPE_UINT64: control messages
   * * "rtt-us"              G_TYPE_UINT: round trip of a control message
   */
  g_object_class_install_property (gobject_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "What was received and lost, and the session's counters",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "FEC channel source",
      "Source/Network",
      "Gets the packets of a channel from a server, by multicast or unicast",
      "The gst-fec developers");
  gst_type_mark_as_plugin_api (GST_TYPE_FEC_PROTOCOLS, 0);

  element_class->change_state = gst_fec_src_change_state;
  src_class->start = gst_fec_src_start;
  src_class->stop = gst_fec_src_stop;
  src_class->unlock = gst_fec_src_unlock;
  src_class->unlock_stop = gst_fec_src_unlock_stop;
  src_class->negotiate = gst_fec_src_negotiate;
  GST_PUSH_SRC_CLASS (klass)->create = gst_fec_src_create;
}
