/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecsrc.c: the element around GstFecSubscriber: URI, states, caps, timestamps, messages. */
/**
 * SECTION:element-fecsrc
 * @title: fecsrc
 * @see_also: fecdecode, fecunicastreplicator, fecmcastsink
 *
 * fecsrc asks one or several servers for a channel and puts out the ALC packets that come, each once: from a multicast
 * group when the server names one and it delivers, else by UDP from the server, else by TCP. It keeps the lease as long
 * as it is in PAUSED or PLAYING. fecdecode makes media of the packets.
 *
 * It is a live source: in PAUSED it puts out nothing, and what comes after PLAYING was left is thrown away.
 *
 * Each change of the way to a server is told by an element message "fec-session" with the strings state (described,
 * multicast, unicast, tcp, lost, ended, failed), uri, transport and previous-transport (none, udp-mcast, udp, tcp) and
 * reason.
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
 * |[
 * gst-launch-1.0 fecsrc uris="fec://192.0.2.1/live fec://192.0.2.2/live" ! fecdecode ! decodebin ! autovideosink
 * ]| Plays what two servers send together: one may fail.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstfecsrc.h"
#include "fecfeedback.h"
#include "fecsrcproperties.h"
#include "fecuri.h"
#include "transport/subscriber.h"
#include "wire/alc.h"

GST_DEBUG_CATEGORY_STATIC (fec_src_debug);
#define GST_CAT_DEFAULT fec_src_debug

/* Most packets pushed at once. */
#define MAX_LIST 64

enum
{
  PROP_URI = FEC_SRC_PROP_OWN,
  PROP_IS_LIVE,
  PROP_STATS,
};

struct _GstFecSrc
{
  GstPushSrc parent;

  FecSrcProperties properties; /* under the object lock */

  FecSrcServers servers; /* in use; set while there is no subscriber */
  /* how packets come from each; of its line's thread */
  GstFecLineState states[GST_FEC_SUBSCRIBER_MAX_LINES];
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

/* ---- URI ---------------------------------------------------------------- */

static gchar *
gst_fec_src_get_uri (GstURIHandler *handler)
{
  GstFecSrc *self = GST_FEC_SRC (handler);
  gchar *uri;

  GST_OBJECT_LOCK (self);
  uri = gst_fec_uri_make (self->properties.address, self->properties.port,
      self->properties.channel);
  GST_OBJECT_UNLOCK (self);
  return uri;
}

static gboolean
gst_fec_src_set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  GstFecSrc *self = GST_FEC_SRC (handler);
  gboolean ok;

  if (GST_STATE (self) > GST_STATE_READY)
    goto wrong_state;
  GST_OBJECT_LOCK (self);
  ok = fec_src_properties_set_uri (&self->properties, uri, error);
  GST_OBJECT_UNLOCK (self);
  return ok;

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

static void
post_change (
    GstFecSrc *self, guint line, GstFecLineState state, const gchar *reason)
{
  GstFecLineState before = self->states[line];

  self->states[line] = state;
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("fec-session", "state", G_TYPE_STRING,
              gst_fec_line_state_nick (state), "uri", G_TYPE_STRING,
              self->servers.uris[line], "transport", G_TYPE_STRING,
              gst_fec_line_transport_nick (state), "previous-transport",
              G_TYPE_STRING, gst_fec_line_transport_nick (before), "reason",
              G_TYPE_STRING, reason, NULL)));
}

/* From a line's thread. */
static void
on_state (GstFecSubscriber *subscriber, guint line, GstFecLineState state,
    const gchar *reason, const GError *error, gboolean last, gpointer user_data)
{
  GstFecSrc *self = user_data;

  post_change (self, line, state, error != NULL ? error->message : reason);
  if (error != NULL && last)
    gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_ERROR,
        GST_RESOURCE_ERROR, error->code, g_strdup (error->message), NULL,
        __FILE__, GST_FUNCTION, __LINE__);
  else if (error != NULL)
    GST_ELEMENT_WARNING (self, RESOURCE, READ,
        ("%s The other servers go on.", error->message), (NULL));
  if (state == GST_FEC_LINE_LOST)
    GST_ELEMENT_WARNING (self, RESOURCE, READ,
        ("Nothing comes from %s any more; trying to reach it again.",
            self->servers.uris[line]),
        ("%s", reason));
}

static gboolean
gst_fec_src_start (GstBaseSrc *src)
{
  GstFecSrc *self = GST_FEC_SRC (src);
  GstFecSubscriber *subscriber;
  GError *error = NULL;
  gboolean ok;

  if (self->properties.protocols == 0)
    goto no_protocol;

  fec_src_servers_clear (&self->servers);
  GST_OBJECT_LOCK (self);
  ok = fec_src_properties_servers (&self->properties, &self->servers, &error);
  GST_OBJECT_UNLOCK (self);
  if (!ok)
    goto bad_uris;
  memset (self->states, 0, sizeof (self->states));
  subscriber = gst_fec_subscriber_new (
      self->servers.lines, self->servers.n, on_state, self);
  GST_OBJECT_LOCK (self);
  self->subscriber = subscriber;
  g_clear_pointer (&self->last_stats, gst_structure_free);
  GST_OBJECT_UNLOCK (self);
  gst_fec_subscriber_start (subscriber);
  return TRUE;

  /* ERRORS */
no_protocol : {
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("No protocol is allowed: set protocols to udp, udp-mcast, tcp or "
       "several of them."),
      (NULL));
  return FALSE;
}
bad_uris : {
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
  g_error_free (error);
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

/* What is missing downstream: of our decoder, or of a relay's listeners. */
static gboolean
gst_fec_src_event (GstBaseSrc *src, GstEvent *event)
{
  GstFecSrc *self = GST_FEC_SRC (src);
  FecSymbolsWanted wanted;

  if (!fec_symbols_missing_event_parse (event, &wanted) &&
      !fec_symbols_wanted_event_parse (event, &wanted))
    return GST_BASE_SRC_CLASS (gst_fec_src_parent_class)->event (src, event);
  GST_OBJECT_LOCK (self);
  if (self->subscriber != NULL && wanted.count > 0)
    gst_fec_subscriber_report_missing (
        self->subscriber, wanted.toi, wanted.sbn, wanted.count);
  GST_OBJECT_UNLOCK (self);
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
gst_fec_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstFecSrc *self = GST_FEC_SRC (object);
  GError *error = NULL;
  gboolean known = TRUE;

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
  known = fec_src_properties_set (&self->properties, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
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
  gboolean known = TRUE;

  if (id == PROP_URI) {
    g_value_take_string (value, gst_fec_src_get_uri (GST_URI_HANDLER (self)));
    return;
  }
  GST_OBJECT_LOCK (self);
  if (id == PROP_IS_LIVE)
    g_value_set_boolean (value, TRUE);
  else if (id == PROP_STATS)
    g_value_take_boxed (value, get_stats (self));
  else
    known = fec_src_properties_get (&self->properties, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_fec_src_finalize (GObject *object)
{
  GstFecSrc *self = GST_FEC_SRC (object);

  fec_src_servers_clear (&self->servers);
  fec_src_properties_clear (&self->properties);
  g_clear_pointer (&self->last_stats, gst_structure_free);
  G_OBJECT_CLASS (gst_fec_src_parent_class)->finalize (object);
}

static void
gst_fec_src_init (GstFecSrc *self)
{
  fec_src_properties_init (&self->properties);
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
  gst_base_src_set_do_timestamp (GST_BASE_SRC (self), TRUE);
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
  g_object_class_install_property (gobject_class, PROP_URI,
      g_param_spec_string ("uri", "URI",
          "Where the channel is: fec://[user[:password]@]host[:port]/channel",
          NULL, flags));
  fec_src_properties_install (gobject_class);
  g_object_class_install_property (gobject_class, PROP_IS_LIVE,
      g_param_spec_boolean ("is-live", "Is live",
          "TRUE: packets come when they come", TRUE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * GstFecSrc:stats:
   *
   * A structure "application/x-fec-subscriber-stats", of the sessions that are or were last; sums over all servers:
   *
   * * "transport"           G_TYPE_STRING: none, udp-mcast, udp or tcp
   * * "state"               G_TYPE_STRING: of the (first) session client
   * * "packets-received", "bytes-received" G_TYPE_UINT64: each packet of a server once
   * * "packets-replaced"    G_TYPE_UINT64: packets made for us alone
   * * "packets-duplicate"   G_TYPE_UINT64: packets that had come before, by another way or from another server
   * * "packets-lost"        G_TYPE_UINT64: gaps in the channel's sequence numbers
   * * "packets-malformed"   G_TYPE_UINT64: datagrams that were neither packet nor control message
   * * "packets-foreign"     G_TYPE_UINT64: packets of another channel
   * * "packets-damaged"     G_TYPE_UINT64: packets by TCP with a wrong checksum
   * * "packets-dropped"     G_TYPE_UINT64: packets that nobody took in time
   * * "restarts"            G_TYPE_UINT64: sessions begun anew after silence
   * * "transitions"         G_TYPE_UINT64: changes from one way to another
   * * "jitter-us"           G_TYPE_UINT: mean deviation of the time between packets from its mean
   * * "receive-buffer-bytes" G_TYPE_UINT: what the system gave
   * * "requests", "retransmissions", "answers", "ignored", "stale-nonces" G_TYPE_UINT64: control messages
   * * "rtt-us"              G_TYPE_UINT: round trip of a control message
   * * "servers"             GST_TYPE_LIST: the same of each server, with host, port and line-state
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

  element_class->change_state = gst_fec_src_change_state;
  src_class->start = gst_fec_src_start;
  src_class->stop = gst_fec_src_stop;
  src_class->unlock = gst_fec_src_unlock;
  src_class->unlock_stop = gst_fec_src_unlock_stop;
  src_class->event = gst_fec_src_event;
  src_class->negotiate = gst_fec_src_negotiate;
  GST_PUSH_SRC_CLASS (klass)->create = gst_fec_src_create;
}
