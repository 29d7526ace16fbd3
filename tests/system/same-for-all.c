/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * same-for-all.c: clients come one after the other, some leave, one comes back. Each gets, while it is there, just the
 * packets that left the encoder, byte for byte and without a gap; and these are all different.
 */
#include "countedmedia.h"
#include "packetlog.h"
#include "testscene.h"
#include "wire/alc.h"

#define N_CLIENTS 6
/* Packets between the arrivals of two clients. */
#define APART 100
/* Every other client leaves after so many. */
#define STAY 250

typedef struct
{
  guint index;
  GstElement *pipeline;
  PacketLog *log;
  guint wanted;
} Client;

static Client clients[N_CLIENTS];
static GstElement *server;
static PacketLog *sent;

static gboolean
has_wanted (gpointer user_data)
{
  const Client *client = user_data;

  return packet_log_count (client->log) >= client->wanted;
}

static gboolean
wait_packets (Client *client, guint n)
{
  client->wanted = n;
  if (test_wait (has_wanted, client, TEST_PATIENCE))
    return TRUE;
  g_printerr ("client %u has %u packets, not %u\n", client->index,
      packet_log_count (client->log), n);
  return FALSE;
}

static gboolean
start_client (Client *client, guint index, guint port)
{
  GstPad *pad;

  client->index = index;
  client->log = packet_log_new ();
  client->pipeline =
      test_pipeline ("fecsrc name=src uri=fec://127.0.0.1:%u/test "
                     "protocols=udp ! fakesink sync=false",
          port);
  pad = test_pad (client->pipeline, "src", "src");
  packet_log_watch (client->log, pad);
  gst_object_unref (pad);
  return test_pipeline_play (client->pipeline) && wait_packets (client, 1);
}

static gboolean
is_over (gpointer user_data)
{
  GstBus *bus = gst_element_get_bus (user_data);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_EOS);
  gboolean over = message != NULL;

  gst_clear_message (&message);
  gst_object_unref (bus);
  return over;
}

/* No symbol of a block is sent twice; a block's early copies and its end are no symbols of their own. */
static gboolean
all_differ (void)
{
  GHashTable *seen = g_hash_table_new_full (
      g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  guint n = packet_log_count (sent), doubles = 0;

  for (guint i = 0; i < n; i++) {
    GstFecAlcPacket packet;
    gsize size;
    const guint8 *data = g_bytes_get_data (packet_log_get (sent, i), &size);
    gchar key[32] = "";

    if (gst_fec_alc_parse (&packet, data, size) != GST_FEC_ALC_OK)
      return FALSE;
    g_snprintf (key, sizeof key, "%u/%u", packet.toi, packet.esi);
    if (packet.sbn == 0)
      doubles += !g_hash_table_add (seen, g_bytes_new (key, sizeof key));
  }
  g_hash_table_unref (seen);
  if (doubles > 0)
    g_printerr ("%u of %u packets came twice\n", doubles, n);
  return doubles == 0;
}

static gboolean
run (void)
{
  guint port = test_uint_property (server, "rep", "bound-port");
  gboolean good = TRUE;

  for (guint i = 0; i < N_CLIENTS && good; i++) {
    good = start_client (&clients[i], i, port) &&
        wait_packets (&clients[0], packet_log_count (clients[0].log) + APART);
    /* Who came three before has been there for long enough. */
    if (i >= 3 && i % 2 && good) {
      good = wait_packets (&clients[i - 2], STAY);
      gst_element_set_state (clients[i - 2].pipeline, GST_STATE_NULL);
    }
  }
  return good;
}

static gboolean
judge (void)
{
  gboolean good = all_differ ();

  for (guint i = 0; i < N_CLIENTS; i++) {
    gchar *name = g_strdup_printf ("client %u", i);
    gboolean left = i == 1 || i == 3;

    good &= packet_log_is_run_of (clients[i].log, sent, !left, name);
    g_print ("%s: %u packets of %u\n", name, packet_log_count (clients[i].log),
        packet_log_count (sent));
    g_free (name);
  }
  return good;
}

int
main (int argc, char **argv)
{
  CountedFeed *feed;
  GstPad *pad;
  gboolean good;

  gst_init (NULL, NULL);
  sent = packet_log_new ();
  server = test_pipeline (
      "appsrc name=in is-live=true format=time do-timestamp=true max-bytes=0 "
      "caps=application/octet-stream ! fecencode name=enc repair=20 ! "
      "fecunicastreplicator name=rep address=127.0.0.1 port=0 channel=test");
  pad = test_pad (server, "enc", "src");
  packet_log_watch (sent, pad);
  gst_object_unref (pad);
  good = test_pipeline_play (server);
  feed = counted_feed_start (server, "in", 0);
  good = good && test_wait_for_channel (server, "rep") && run ();
  counted_feed_free (feed);
  for (guint i = 0; i < N_CLIENTS && good; i++) {
    if (i != 1 && i != 3)
      good = test_wait (is_over, clients[i].pipeline, TEST_PATIENCE);
  }
  good = good && judge ();
  for (guint i = 0; i < N_CLIENTS; i++) {
    if (clients[i].pipeline)
      test_pipeline_stop (clients[i].pipeline);
    if (clients[i].log)
      packet_log_free (clients[i].log);
  }
  test_pipeline_stop (server);
  packet_log_free (sent);
  gst_deinit ();
  return good ? 0 : 1;
}
