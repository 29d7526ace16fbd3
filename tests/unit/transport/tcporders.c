/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcporders.c: tests of symbols that one client by TCP asks for: they go to it alone. */
#include <gst/gst.h>

#include "tcptestclient.h"
#include "testclient.h"
#include "transport/hub.h"
#include "wire/alc.h"

#define TSI 77
#define PACKET_SIZE 1384
#define TIMEOUT_US (10 * G_USEC_PER_SEC)

typedef struct
{
  GMutex lock;
  guint32 count;
  guint32 order;
} Wanted;

static void
on_wanted (gpointer user_data, guint32 tsi, guint32 toi, guint8 sbn,
    guint32 count, guint32 order)
{
  Wanted *wanted = user_data;

  g_mutex_lock (&wanted->lock);
  wanted->count = count;
  wanted->order = order;
  g_mutex_unlock (&wanted->lock);
}

static void
on_loss (gpointer user_data, guint32 tsi, guint listeners, gdouble worst_tenth)
{
}

static gboolean
is_wanted (Wanted *wanted)
{
  gboolean is;

  g_mutex_lock (&wanted->lock);
  is = wanted->count > 0;
  g_mutex_unlock (&wanted->lock);
  return is;
}

static TcpTestClient *
join (GstFecHub *hub)
{
  TcpTestClient *client =
      tcp_test_client_new ("127.0.0.1", gst_fec_hub_get_port (hub), "live");

  g_assert_true (tcp_test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  return client;
}

static void
write_packets (GstFecHub *hub, GstFecHubChannel *channel, guint first, guint n)
{
  guint8 packet[PACKET_SIZE];
  guint i;

  for (i = first; i < first + n; i++) {
    test_make_packet (packet, sizeof (packet), TSI, i);
    g_assert_true (gst_fec_hub_write (hub, channel, packet, sizeof (packet)));
  }
  gst_fec_hub_flush (hub, channel);
}

static void
test_symbols_asked_for_by_tcp_go_to_that_client_alone (void)
{
  const GstFecHubFeedback callbacks = { .wanted = on_wanted, .loss = on_loss };
  GstFecDescription description = {
    .name = (gchar *) "live",
    .tsi = TSI,
    .symbol_size = PACKET_SIZE - GST_FEC_ALC_HEADER_SIZE,
    .alignment = 4,
  };
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;
  GstFecHub *hub = gst_fec_hub_new ();
  GstFecHubChannel *channel = gst_fec_hub_add_channel (hub, &description, NULL);
  Wanted wanted = { .count = 0 };
  TcpTestClient *asking, *other;
  guint8 packet[PACKET_SIZE];

  g_mutex_init (&wanted.lock);
  gst_fec_hub_channel_set_feedback (hub, channel, &callbacks, &wanted);
  g_assert_true (gst_fec_hub_start (hub, "127.0.0.1", 0, NULL));
  asking = join (hub);
  other = join (hub);
  write_packets (hub, channel, 0, 20);
  g_assert_true (tcp_test_client_wait_packets (asking, 20));

  gst_fec_session_client_report_missing (
      asking->session, 0, 0, 19, 1, g_get_monotonic_time ());
  while (!is_wanted (&wanted)) {
    tcp_test_client_poll (asking);
    g_assert_cmpint (g_get_monotonic_time (), <, until);
  }
  g_assert_cmpuint (wanted.count, ==, 1);
  g_assert_cmpuint (wanted.order, !=, 0);
  test_make_packet (packet, sizeof (packet), TSI, 20);
  g_assert_cmpuint (gst_fec_hub_write_order (
                        hub, channel, wanted.order, 0, packet, sizeof (packet)),
      ==, 1);
  g_assert_true (tcp_test_client_wait_packets (asking, 21));
  write_packets (hub, channel, 21, 1);
  g_assert_true (tcp_test_client_wait_packets (asking, 22));
  g_assert_true (tcp_test_client_wait_packets (other, 21));
  g_assert_cmpuint (asking->gaps, ==, 0);
  g_assert_cmpuint (other->gaps, ==, 1);

  tcp_test_client_free (asking);
  tcp_test_client_free (other);
  gst_fec_hub_channel_set_feedback (hub, channel, NULL, NULL);
  gst_fec_hub_stop (hub);
  gst_object_unref (hub);
  g_mutex_clear (&wanted.lock);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func (
      "/tcp/orders", test_symbols_asked_for_by_tcp_go_to_that_client_alone);
  return g_test_run ();
}
