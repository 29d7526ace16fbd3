/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hub.c: ties sessions to senders. The session server decides who listens; the hub turns its changes into client
 * lists, moves control messages between it and the socket, and tells the application. One lock serialises the
 * session server; packets never touch that lock.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/hub-private.h"
#include "transport/hubstatic.h"
#include "transport/hubevents.h"
#include "transport/tcpsocket.h"
#include "wire/alc.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

GST_DEBUG_CATEGORY (fec_hub_debug);
#define GST_CAT_DEFAULT fec_hub_debug

/* Memory of a channel's ring, and its slots at most and at least. */
#define RING_BYTES (4u << 20)
#define RING_MAX_SLOTS 2048
#define RING_MIN_SLOTS 64
/* Bytes asked for the socket's buffers: many clients may speak at once. */
#define SOCKET_BUFFER (4u << 20)

G_DEFINE_TYPE_WITH_CODE (GstFecHub, gst_fec_hub, GST_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (
        fec_hub_debug, "fechub", 0, "Control port and channels"));

gint64
gst_fec_hub_get_now (GstFecHub *hub)
{
  return hub->clock != NULL ? hub->clock (hub->clock_data)
                            : g_get_monotonic_time ();
}

void
gst_fec_hub_lock (GstFecHub *hub)
{
  g_rec_mutex_lock (&hub->lock);
}

void
gst_fec_hub_unlock (GstFecHub *hub)
{
  GArray *events = NULL;

  if (!hub->in_server && hub->events->len > 0) {
    events = hub->events;
    hub->events = gst_fec_hub_events_new ();
  }
  g_rec_mutex_unlock (&hub->lock);
  if (events != NULL)
    gst_fec_hub_events_emit (G_OBJECT (hub), events);
}

/* ---- Channels ----------------------------------------------------------- */

static GstFecPacketRing *
new_ring (gsize packet_size, GError **error)
{
  guint slots = RING_MAX_SLOTS;

  while (slots > RING_MIN_SLOTS && slots * packet_size > RING_BYTES)
    slots /= 2;
  return gst_fec_packet_ring_new (packet_size, slots, error);
}

static void
free_channel (gpointer data)
{
  GstFecHubChannel *channel = data;

  gst_fec_description_clear (&channel->description);
  g_clear_pointer (&channel->ring, gst_fec_packet_ring_unref);
  g_clear_pointer (&channel->tcp, gst_fec_tcp_channel_unref);
  g_clear_pointer (&channel->clients, gst_fec_client_list_unref);
  g_clear_pointer (&channel->feedback, gst_fec_channel_feedback_free);
  g_clear_pointer (&channel->tcp_clients, gst_fec_client_list_unref);
  g_array_unref (channel->statics);
  g_free (channel);
}

static gboolean
is_free (GstFecHub *hub, const GstFecDescription *description, GError **error)
{
  GHashTableIter iter;
  GstFecHubChannel *other;

  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &other)) {
    if (other->description.tsi == description->tsi) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
          "A channel with TSI %u is there already: give each fecencode its "
          "own tsi",
          description->tsi);
      return FALSE;
    }
    if (g_strcmp0 (other->description.name, description->name) == 0) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
          "A channel named \"%s\" is there already: choose another name",
          description->name);
      return FALSE;
    }
  }
  return TRUE;
}

/* Makes @channel known to the session server. Called with the lock. */
static gboolean
offer_channel (GstFecHub *hub, GstFecHubChannel *channel, GError **error)
{
  GstFecDescription *description = &channel->description;
  gchar *sdp = gst_fec_description_to_sdp (description, &hub->udp.local);
  gboolean ok;

  ok = gst_fec_session_server_add_channel (
      hub->server, description->tsi, description->name, sdp);
  g_free (sdp);
  if (!ok) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "Cannot offer a channel named \"%s\": names are paths without leading "
        "slash of at most %u bytes",
        description->name, GST_FEC_CONTROL_MAX_NAME);
    return FALSE;
  }
  gst_fec_session_server_set_rate (
      hub->server, description->tsi, description->bitrate);
  channel->clients = gst_fec_client_list_new (hub->udp.family);
  channel->tcp_clients = gst_fec_client_list_new (hub->udp.family);
  gst_fec_fanout_channel_set_clients (channel->fanout, channel->clients);
  gst_fec_hub_begin_statics (hub, channel);
  return TRUE;
}

GstFecHubChannel *
gst_fec_hub_add_channel (
    GstFecHub *hub, const GstFecDescription *description, GError **error)
{
  GstFecHubChannel *channel;
  GstFecPacketRing *ring;
  guint symbol_size = description->symbol_size > 0
      ? description->symbol_size
      : GST_FEC_DEFAULT_SYMBOL_SIZE;

  ring = new_ring (
      MIN (symbol_size + GST_FEC_ALC_HEADER_SIZE, GST_FEC_ALC_MAX_PACKET),
      error);
  if (ring == NULL)
    return NULL;

  channel = g_new0 (GstFecHubChannel, 1);
  channel->ring = ring;
  channel->tcp = gst_fec_tcp_channel_new (ring);
  channel->statics = g_array_new (FALSE, FALSE, sizeof (GstFecAddress));
  gst_fec_description_copy (&channel->description, description);
  if (channel->description.name == NULL)
    channel->description.name = g_strdup ("");

  gst_fec_hub_lock (hub);
  if (!is_free (hub, &channel->description, error))
    goto refused;
  channel->fanout = gst_fec_udp_fanout_add (hub->fanout, ring);
  if (hub->server != NULL && !offer_channel (hub, channel, error)) {
    gst_fec_udp_fanout_remove (hub->fanout, channel->fanout);
    goto refused;
  }
  g_hash_table_insert (
      hub->channels, GUINT_TO_POINTER (description->tsi), channel);
  gst_fec_hub_unlock (hub);
  return channel;

  /* ERRORS */
refused : {
  gst_fec_hub_unlock (hub);
  free_channel (channel);
  return NULL;
}
}

void
gst_fec_hub_update_channel (GstFecHub *hub, GstFecHubChannel *channel,
    const GstFecDescription *description)
{
  GstFecDescription copy = { 0 };

  gst_fec_description_copy (&copy, description);
  gst_fec_hub_lock (hub);
  g_free (copy.name);
  copy.name = g_strdup (channel->description.name);
  copy.tsi = channel->description.tsi;
  gst_fec_description_clear (&channel->description);
  channel->description = copy;
  if (hub->server != NULL) {
    gchar *sdp = gst_fec_description_to_sdp (&copy, &hub->udp.local);

    gst_fec_session_server_set_description (hub->server, copy.tsi, sdp);
    gst_fec_session_server_set_rate (hub->server, copy.tsi, copy.bitrate);
    g_free (sdp);
  }
  gst_fec_hub_unlock (hub);
}

void
gst_fec_hub_remove_channel (GstFecHub *hub, GstFecHubChannel *channel)
{
  guint32 tsi = channel->description.tsi;

  gst_fec_hub_channel_set_feedback (hub, channel, NULL, NULL);
  gst_fec_hub_lock (hub);
  if (hub->server != NULL) {
    hub->in_server = TRUE;
    gst_fec_session_server_remove_channel (
        hub->server, tsi, gst_fec_hub_get_now (hub));
    hub->in_server = FALSE;
    gst_fec_hub_end_statics (hub, channel);
  }
  gst_fec_udp_fanout_remove (hub->fanout, channel->fanout);
  g_hash_table_remove (hub->channels, GUINT_TO_POINTER (tsi));
  gst_fec_hub_unlock (hub);
}

static gboolean
write_to_ring (
    GstFecHub *hub, GstFecHubChannel *channel, const guint8 *packet, gsize size)
{
  if (size > GST_FEC_ALC_MAX_PACKET)
    return FALSE;
  if (size > gst_fec_packet_ring_get_packet_size (channel->ring)) {
    GstFecPacketRing *ring = new_ring (size, NULL);

    if (ring == NULL)
      return FALSE;
    gst_fec_fanout_channel_set_ring (channel->fanout, ring);
    gst_fec_tcp_channel_set_ring (channel->tcp, ring);
    gst_fec_packet_ring_unref (channel->ring);
    channel->ring = ring;
  }
  return gst_fec_packet_ring_write (channel->ring, packet, size);
}

gboolean
gst_fec_hub_write (
    GstFecHub *hub, GstFecHubChannel *channel, const guint8 *packet, gsize size)
{
  /* Before it can have come to anybody. */
  if (channel->feedback != NULL)
    gst_fec_channel_feedback_sent (
        channel->feedback, packet, size, gst_fec_hub_get_now (hub));
  return write_to_ring (hub, channel, packet, size);
}

void
gst_fec_hub_flush (GstFecHub *hub, GstFecHubChannel *channel)
{
  gst_fec_udp_fanout_wake (hub->fanout);
  gst_fec_tcp_port_wake (hub->tcp);
}

gboolean
gst_fec_hub_drain (GstFecHub *hub, GstFecHubChannel *channel, gint64 timeout_us)
{
  gint64 deadline = g_get_monotonic_time () + timeout_us;
  gboolean drained;

  gst_fec_tcp_port_wake (hub->tcp);
  drained = gst_fec_udp_fanout_drain (hub->fanout, channel->fanout, timeout_us);
  return gst_fec_tcp_channel_drain (channel->tcp, deadline) && drained;
}

/* ---- Start and stop ----------------------------------------------------- */

void
gst_fec_hub_set_settings (GstFecHub *hub, const GstFecSessionSettings *settings)
{
  gst_fec_hub_lock (hub);
  hub->settings = *settings;
  gst_fec_hub_unlock (hub);
}

void
gst_fec_hub_set_credentials (GstFecHub *hub, GstFecCredentials *credentials)
{
  gst_fec_hub_lock (hub);
  if (credentials != NULL)
    gst_fec_credentials_ref (credentials);
  gst_fec_credentials_unref (hub->credentials);
  hub->credentials = credentials;
  if (hub->server != NULL)
    gst_fec_session_server_set_credentials (hub->server, credentials);
  gst_fec_hub_unlock (hub);
}

void
gst_fec_hub_expect_channel (
    GstFecHub *hub, const gchar *name, gboolean expected)
{
  guint place;

  gst_fec_hub_lock (hub);
  if (expected)
    g_ptr_array_add (hub->expected, g_strdup (name));
  else if (g_ptr_array_find_with_equal_func (
               hub->expected, name, g_str_equal, &place))
    g_ptr_array_remove_index_fast (hub->expected, place);
  if (hub->server != NULL)
    gst_fec_session_server_expect_channel (hub->server, name, expected);
  gst_fec_hub_unlock (hub);
}

void
gst_fec_hub_set_max_connections (GstFecHub *hub, guint max_connections)
{
  gst_fec_hub_lock (hub);
  hub->tcp_settings.max_connections = max_connections;
  gst_fec_hub_unlock (hub);
}

void
gst_fec_hub_set_clock (GstFecHub *hub, GstFecHubClock clock, gpointer user_data)
{
  gst_fec_hub_lock (hub);
  hub->clock = clock;
  hub->clock_data = user_data;
  gst_fec_hub_unlock (hub);
}

static gboolean
offer_channels (GstFecHub *hub, GError **error)
{
  GHashTableIter iter;
  GstFecHubChannel *channel;
  guint i;

  for (i = 0; i < hub->expected->len; i++)
    gst_fec_session_server_expect_channel (
        hub->server, g_ptr_array_index (hub->expected, i), TRUE);
  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel)) {
    if (!offer_channel (hub, channel, error))
      return FALSE;
  }
  return TRUE;
}

/* The sockets of UDP and, unless it is not wanted, TCP (else -1). */
static gboolean
bind_sockets (GstFecHub *hub, gint *listen_fd, const gchar *address,
    guint16 port, GError **error)
{
  *listen_fd = -1;
  if (hub->tcp_settings.max_connections > 0)
    return gst_fec_port_bind (&hub->udp, listen_fd, address, port, error);
  return gst_fec_udp_socket_bind (&hub->udp, address, port, error);
}

/* Ends all sessions, forgets the server and closes the socket. With the lock, without threads. */
static void
close_server (GstFecHub *hub)
{
  GHashTableIter iter;
  GstFecHubChannel *channel;

  hub->in_server = TRUE;
  gst_fec_session_server_remove_client (
      hub->server, NULL, gst_fec_hub_get_now (hub));
  hub->in_server = FALSE;
  g_clear_pointer (&hub->server, gst_fec_session_server_free);
  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel)) {
    gst_fec_hub_end_statics (hub, channel);
    gst_fec_fanout_channel_set_clients (channel->fanout, NULL);
    g_clear_pointer (&channel->clients, gst_fec_client_list_unref);
    g_clear_pointer (&channel->tcp_clients, gst_fec_client_list_unref);
  }
  close (hub->udp.fd);
  hub->udp = (GstFecUdpSocket){ .fd = -1 };
}

gboolean
gst_fec_hub_start (
    GstFecHub *hub, const gchar *address, guint16 port, GError **error)
{
  gboolean ok = FALSE;
  gint listen_fd;

  gst_fec_hub_lock (hub);
  if (hub->server != NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PENDING,
        "The hub listens on port %u already", hub->udp.local.port);
    goto done;
  }
  if (!bind_sockets (hub, &listen_fd, address, port, error))
    goto done;
  gst_fec_udp_set_buffer (hub->udp.fd, SO_RCVBUF, SOCKET_BUFFER);
  gst_fec_udp_set_buffer (hub->udp.fd, SO_SNDBUF, SOCKET_BUFFER);
  hub->server = gst_fec_hub_new_server (hub);
  if (!offer_channels (hub, error)) {
    close_server (hub);
    if (listen_fd >= 0)
      close (listen_fd);
    goto done;
  }
  GST_INFO_OBJECT (hub, "listening on port %u", hub->udp.local.port);
  gst_fec_udp_fanout_start (hub->fanout, hub->udp.fd, hub->udp.family);
  if (listen_fd >= 0)
    gst_fec_tcp_port_start (hub->tcp, &hub->tcp_settings, listen_fd);
  hub->next_timer = G_MININT64; /* it looks at once */
  g_atomic_int_set (&hub->running, TRUE);
  hub->control = g_thread_new ("fec-control", gst_fec_hub_control_thread, hub);
  ok = TRUE;

done:
  gst_fec_hub_unlock (hub);
  return ok;
}

void
gst_fec_hub_stop (GstFecHub *hub)
{
  if (hub->control == NULL)
    return;
  g_atomic_int_set (&hub->running, FALSE);
  gst_fec_hub_wake_control (hub);
  g_thread_join (hub->control);
  hub->control = NULL;
  gst_fec_tcp_port_stop (hub->tcp);
  gst_fec_udp_fanout_stop (hub->fanout);
  gst_fec_hub_lock (hub);
  close_server (hub);
  gst_fec_hub_unlock (hub);
}

guint16
gst_fec_hub_get_port (GstFecHub *hub)
{
  guint16 port;

  gst_fec_hub_lock (hub);
  port = hub->server != NULL ? hub->udp.local.port : 0;
  gst_fec_hub_unlock (hub);
  return port;
}

void
gst_fec_hub_tick (GstFecHub *hub)
{
  gst_fec_hub_lock (hub);
  if (hub->server != NULL)
    gst_fec_hub_run_timers (hub);
  gst_fec_hub_unlock (hub);
  gst_fec_tcp_port_wake (hub->tcp);
}

/* ---- Object ------------------------------------------------------------- */

static void
gst_fec_hub_init (GstFecHub *hub)
{
  g_rec_mutex_init (&hub->lock);
  g_rec_mutex_init (&hub->feedback_lock);
  hub->feedback_at = G_MAXINT64;
  gst_fec_session_settings_init (&hub->settings);
  hub->channels = g_hash_table_new_full (NULL, NULL, NULL, free_channel);
  hub->expected = g_ptr_array_new_with_free_func (g_free);
  hub->events = gst_fec_hub_events_new ();
  hub->fanout = gst_fec_udp_fanout_new ();
  hub->tcp = gst_fec_hub_new_tcp_port (hub);
  gst_fec_tcp_settings_init (&hub->tcp_settings);
  hub->udp.fd = -1;
  hub->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static void
gst_fec_hub_finalize (GObject *object)
{
  GstFecHub *hub = GST_FEC_HUB (object);

  gst_fec_hub_stop (hub);
  gst_fec_tcp_port_free (hub->tcp);
  gst_fec_udp_fanout_free (hub->fanout);
  g_hash_table_destroy (hub->channels);
  g_ptr_array_unref (hub->expected);
  g_array_unref (hub->events);
  gst_fec_credentials_unref (hub->credentials);
  if (hub->wake_fd >= 0)
    close (hub->wake_fd);
  g_rec_mutex_clear (&hub->lock);
  g_rec_mutex_clear (&hub->feedback_lock);
  G_OBJECT_CLASS (gst_fec_hub_parent_class)->finalize (object);
}

static void
gst_fec_hub_class_init (GstFecHubClass *klass)
{
  GObjectClass *gobject_class = G_OBJECT_CLASS (klass);

  gobject_class->finalize = gst_fec_hub_finalize;
  gst_fec_hub_events_install (gobject_class);
}

GstFecHub *
gst_fec_hub_new (void)
{
  return gst_object_ref_sink (g_object_new (GST_TYPE_FEC_HUB, NULL));
}

GstContext *
gst_fec_hub_context_new (GstFecHub *hub)
{
  GstContext *context = gst_context_new (GST_FEC_HUB_CONTEXT_TYPE, TRUE);

  gst_structure_set (gst_context_writable_structure (context), "hub",
      GST_TYPE_FEC_HUB, hub, NULL);
  return context;
}

GstFecHub *
gst_fec_hub_from_context (GstContext *context)
{
  GstFecHub *hub = NULL;

  if (gst_context_has_context_type (context, GST_FEC_HUB_CONTEXT_TYPE))
    gst_structure_get (gst_context_get_structure (context), "hub",
        GST_TYPE_FEC_HUB, &hub, NULL);
  return hub;
}
