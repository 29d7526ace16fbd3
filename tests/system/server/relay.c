/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relay.c: servers whose channel comes from another server: by URI and by a launch line that gives packets, which send
 * them on as they came, and by one that decodes them, which makes other packets of the same objects.
 */
#include <fecserver.h>

#include "packetlog.h"
#include "testscene.h"
#include "wire/alc.h"

#define TSI 5
#define ENOUGH 400

/* A client of a server's channel "live" and its packets. */
typedef struct
{
  GstElement *pipeline;
  PacketLog *log;
} Client;

static GstFecServer *
serve (const gchar *source, const gchar *property, guint tsi)
{
  GstFecServer *server = gst_fec_server_new ();
  GstFecMountPoints *mounts = gst_fec_server_get_mount_points (server);
  GstFecChannelFactory *factory = gst_fec_channel_factory_new ();
  GError *error = NULL;

  g_object_set (factory, property, source, "tsi", tsi, NULL);
  gst_fec_mount_points_add_factory (mounts, "live", factory);
  g_object_unref (mounts);
  g_object_set (server, "address", "127.0.0.1", "port", 0, NULL);
  if (!gst_fec_server_start (server, &error))
    g_error ("no server: %s", error->message);
  return server;
}

static gchar *
uri_of (GstFecServer *server)
{
  return g_strdup_printf (
      "fec://127.0.0.1:%u/live", gst_fec_server_get_bound_port (server));
}

static GstFecServer *
serve_launch (GstFecServer *upstream, const gchar *behind)
{
  gchar *uri = uri_of (upstream);
  gchar *launch = g_strdup_printf ("fecsrc uri=%s ! %s", uri, behind);
  GstFecServer *server = serve (launch, "launch", TSI + 1);

  g_free (launch);
  g_free (uri);
  return server;
}

static gboolean
has_enough (gpointer user_data)
{
  const Client *client = user_data;

  return packet_log_count (client->log) >= ENOUGH;
}

/* A relay has no channel before its first packet has come: asking too early is an error. */
static gboolean
was_refused (const Client *client)
{
  GstBus *bus = gst_element_get_bus (client->pipeline);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  gboolean refused = message != NULL;

  gst_clear_message (&message);
  gst_object_unref (bus);
  return refused;
}

static gboolean
has_enough_or_was_refused (gpointer user_data)
{
  return has_enough (user_data) || was_refused (user_data);
}

/* Asks until the channel is there. */
static gboolean
get_packets (Client *client, GstFecServer *server)
{
  gint64 end = g_get_monotonic_time () + TEST_PATIENCE;
  gchar *uri = uri_of (server);
  GstPad *pad;

  client->log = packet_log_new ();
  do {
    if (client->pipeline)
      test_pipeline_stop (client->pipeline);
    client->pipeline =
        test_pipeline ("fecsrc name=src uri=%s ! fakesink sync=false", uri);
    pad = test_pad (client->pipeline, "src", "src");
    packet_log_watch (client->log, pad);
    gst_object_unref (pad);
    test_pipeline_play (client->pipeline);
    test_wait (has_enough_or_was_refused, client, TEST_PATIENCE);
  } while (!has_enough (client) && g_get_monotonic_time () < end);
  g_free (uri);
  return has_enough (client);
}

static void
stop_client (Client *client)
{
  if (client->pipeline)
    test_pipeline_stop (client->pipeline);
  if (client->log)
    packet_log_free (client->log);
}

static void
read_packet (PacketLog *log, guint index, GstFecAlcPacket *packet)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (packet_log_get (log, index), &size);

  if (gst_fec_alc_parse (packet, data, size) != GST_FEC_ALC_OK)
    g_error ("packet %u is none", index);
}

static gint64
object_symbol (const GstFecAlcPacket *packet)
{
  return (gint64) packet->toi << 24 | packet->esi;
}

/* Whether what @recoded has of the same source symbols as @origin are the same bytes, and there are many of them. */
static gboolean
are_same_objects (PacketLog *recoded, PacketLog *origin)
{
  GHashTable *symbols = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_bytes_unref);
  guint same = 0, n = packet_log_count (origin);
  GstFecAlcPacket packet;

  for (guint i = 0; i < n; i++) {
    read_packet (origin, i, &packet);
    if (packet.has_symbol && packet.sbn == 0) {
      gint64 key = object_symbol (&packet);

      g_hash_table_insert (symbols, g_memdup2 (&key, sizeof key),
          g_bytes_new (packet.symbol, packet.symbol_size));
    }
  }
  n = packet_log_count (recoded);
  for (guint i = 0; i < n; i++) {
    GBytes *theirs, *ours;
    gboolean equal;
    gint64 key;

    read_packet (recoded, i, &packet);
    if (packet.tsi != TSI || !packet.has_oti)
      return FALSE;
    key = object_symbol (&packet);
    theirs = g_hash_table_lookup (symbols, &key);
    if (theirs == NULL)
      continue;
    ours = g_bytes_new_static (packet.symbol, packet.symbol_size);
    equal = g_bytes_equal (ours, theirs);
    g_bytes_unref (ours);
    if (!equal) {
      g_printerr ("block %u, symbol %u differs\n", packet.toi, packet.esi);
      return FALSE;
    }
    same++;
  }
  g_hash_table_unref (symbols);
  g_print ("%u symbols of %u are the same\n", same, n);
  return same > ENOUGH / 2;
}

static gboolean
run (Client *at_origin, Client *at_relay, Client *at_recoder)
{
  GstFecServer *origin, *relay, *second, *recoder;
  gchar *uri;
  gboolean good;

  origin = serve ("audiotestsrc is-live=true samplesperbuffer=480 ! "
                  "capsfilter caps=audio/x-raw,rate=96000,channels=2",
      "launch", TSI);
  good = get_packets (at_origin, origin);
  uri = uri_of (origin);
  relay = serve (uri, "uri", TSI + 1);
  g_free (uri);
  good = good && get_packets (at_relay, relay);
  stop_client (at_relay);
  *at_relay = (Client){ 0 };
  second = serve_launch (relay, "identity");
  recoder = serve_launch (relay, "fecdecode");
  good = good && get_packets (at_relay, second) &&
      get_packets (at_recoder, recoder);
  if (!good)
    g_printerr ("packets do not come\n");
  if (at_relay->pipeline)
    gst_element_set_state (at_relay->pipeline, GST_STATE_NULL);
  if (at_recoder->pipeline)
    gst_element_set_state (at_recoder->pipeline, GST_STATE_NULL);
  gst_element_set_state (at_origin->pipeline, GST_STATE_NULL);
  gst_fec_server_stop (recoder, GST_SECOND);
  gst_fec_server_stop (second, GST_SECOND);
  gst_fec_server_stop (relay, GST_SECOND);
  gst_fec_server_stop (origin, GST_SECOND);
  g_object_unref (recoder);
  g_object_unref (second);
  g_object_unref (relay);
  g_object_unref (origin);
  return good;
}

int
main (int argc, char **argv)
{
  Client at_origin = { 0 }, at_relay = { 0 }, at_recoder = { 0 };
  gboolean good;

  gst_init (NULL, NULL);
  good = run (&at_origin, &at_relay, &at_recoder) &&
      packet_log_is_run_of (
          at_relay.log, at_origin.log, FALSE, "behind two relays") &&
      are_same_objects (at_recoder.log, at_origin.log);
  stop_client (&at_relay);
  stop_client (&at_recoder);
  stop_client (&at_origin);
  gst_deinit ();
  return good ? 0 : 1;
}
