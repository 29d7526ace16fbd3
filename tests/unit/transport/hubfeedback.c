/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hubfeedback.c: tests of what the hub tells of its listeners' reports, and of packets that are for some of them. One
 * channel's part first, with times by hand; then a hub on the loopback.
 */
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "testclient.h"
#include "transport/channelfeedback.h"
#include "transport/freshstock.h"
#include "transport/hub.h"
#include "wire/alc.h"

#define SIZE (GST_FEC_ALC_HEADER_SIZE + 10)
#define MS 1000
#define SECOND G_USEC_PER_SEC
#define TIMEOUT_US (10 * G_USEC_PER_SEC)

/* ---- One channel ---- */

static void
send_packets (GstFecChannelFeedback *feedback, guint n, gint64 now)
{
  guint8 packet[SIZE];
  guint i;

  for (i = 0; i < n; i++) {
    test_make_packet (packet, sizeof (packet), 1, (guint16) i);
    gst_fec_channel_feedback_sent (feedback, packet, sizeof (packet), now);
  }
}

static void
lack (GstFecChannelFeedback *feedback, guint64 session, guint32 count,
    guint16 seq, gint64 now)
{
  const GstFecMissing missing = { .tsi = 1, .seq = seq, .count = count };
  GstFecAddress client = { .port = (guint16) session }, source = { .port = 9 };

  gst_fec_channel_feedback_missing (
      feedback, session, &client, &source, &missing, now);
}

/* Hands on a packet of an order; its ESI is @index. */
static guint
deliver (GstFecChannelFeedback *feedback, guint32 order, guint32 index,
    GstFecRequester to[GST_FEC_ORDER_MAX_RECIPIENTS])
{
  guint8 packet[SIZE];

  test_make_packet (packet, sizeof (packet), 1, (guint16) index);
  return gst_fec_channel_feedback_deliver (
      feedback, order, index, packet, sizeof (packet), to);
}

static void
an_order_knows_its_recipients (void)
{
  GArray *deliveries = gst_fec_deliveries_new ();
  GstFecChannelFeedback *feedback = gst_fec_channel_feedback_new (NULL);
  GstFecRequester to[GST_FEC_ORDER_MAX_RECIPIENTS];
  GstFecOrderCounters counters = { 0 };
  GstFecOrder order;

  send_packets (feedback, 20, 0);
  lack (feedback, 1, 2, 19, 0);
  lack (feedback, 2, 1, 19, 0);
  g_assert_cmpint (gst_fec_channel_feedback_deadline (feedback), ==, 10 * MS);
  g_assert_true (gst_fec_channel_feedback_next_order (
      feedback, 100, 10 * MS, &order, deliveries));
  g_assert_cmpuint (order.count, ==, 2);
  g_assert_cmpuint (deliver (feedback, order.number, 0, to), ==, 2);
  g_assert_cmpuint (to[0].client.port, ==, 1);
  g_assert_cmpuint (to[1].client.port, ==, 2);
  g_assert_cmpuint (to[0].source.port, ==, 9);
  g_assert_cmpuint (deliver (feedback, order.number, 1, to), ==, 1);
  g_assert_cmpuint (to[0].client.port, ==, 1);
  g_assert_cmpuint (deliver (feedback, order.number, 2, to), ==, 0);
  g_assert_cmpuint (deliver (feedback, order.number + 1, 0, to), ==, 0);
  g_assert_cmpuint (deliver (feedback, 0, 0, to), ==, 0);
  gst_fec_channel_feedback_add_counters (feedback, &counters);
  gst_fec_channel_feedback_add_counters (feedback, &counters);
  g_assert_cmpuint (counters.symbols_requested, ==, 6);
  g_assert_cmpuint (counters.orders_to_some, ==, 2);
  g_array_unref (deliveries);
  gst_fec_channel_feedback_free (feedback);
}

/* The stock's packet number @index is @esi for session @session. */
static void
check_delivery (GArray *deliveries, guint index, guint16 session, guint32 esi)
{
  const GstFecDelivery *delivery =
      &g_array_index (deliveries, GstFecDelivery, index);
  GstFecAlcPacket packet;
  gsize size;
  const guint8 *data = g_bytes_get_data (delivery->packet, &size);

  g_assert_cmpint (gst_fec_alc_parse (&packet, data, size), ==, GST_FEC_ALC_OK);
  g_assert_cmpuint (delivery->who.client.port, ==, session);
  g_assert_cmpuint (packet.esi, ==, esi);
  g_assert_cmpuint (packet.seq, ==, 19); /* the newest that went to all */
}

/* They lack 5, 3 and 7, each when the one before has been served: 7 are made. */
static void
one_after_the_other_gets_what_was_made_before (void)
{
  static const guint lacking[] = { 5, 3, 7 }, made[] = { 5, 0, 2 };
  GstFecChannelFeedback *feedback = gst_fec_channel_feedback_new (NULL);
  GArray *deliveries = gst_fec_deliveries_new ();
  GstFecRequester to[GST_FEC_ORDER_MAX_RECIPIENTS];
  GstFecOrderCounters counters = { 0 };
  GstFecOrder order;
  guint32 esi = 100;
  gint64 now = 0;
  guint i, j;

  send_packets (feedback, 20, 0);
  for (i = 0; i < G_N_ELEMENTS (lacking); i++) {
    lack (feedback, i + 1, lacking[i], 19, now);
    now += 50 * MS;
    g_array_set_size (deliveries, 0);
    g_assert_true (gst_fec_channel_feedback_next_order (
        feedback, 100, now, &order, deliveries));
    g_assert_cmpuint (order.count, ==, made[i]);
    g_assert_cmpuint (deliveries->len, ==, lacking[i] - made[i]);
    for (j = 0; j < deliveries->len; j++)
      check_delivery (deliveries, j, (guint16) (i + 1), 100 + j);
    for (j = 0; j < order.count; j++) {
      guint8 packet[SIZE];

      test_make_packet (packet, sizeof (packet), 1, (guint16) esi++);
      g_assert_cmpuint (gst_fec_channel_feedback_deliver (feedback,
                            order.number, j, packet, sizeof (packet), to),
          ==, 1);
      g_assert_cmpuint (to[0].client.port, ==, i + 1);
    }
  }
  gst_fec_channel_feedback_add_counters (feedback, &counters);
  g_assert_cmpuint (counters.symbols_ordered, ==, 7);
  g_assert_cmpuint (counters.symbols_suppressed, ==, 8);
  /* The last one asks again: two of the seven were its own, none are left. */
  now += SECOND;
  g_array_set_size (deliveries, 0);
  lack (feedback, 3, 1, 19, now);
  now += 10 * MS;
  g_assert_true (gst_fec_channel_feedback_next_order (
      feedback, 100, now, &order, deliveries));
  g_assert_cmpuint (order.count, ==, 1);
  g_assert_cmpuint (deliveries->len, ==, 0);
  g_array_unref (deliveries);
  gst_fec_channel_feedback_free (feedback);
}

static void
the_stock_is_bounded (void)
{
  GstFecFreshStock *stock = gst_fec_fresh_stock_new ();
  const guint8 packet[4] = { 0 };
  GBytes *taken;
  guint i, n = 0;

  for (i = 0; i < 10 * GST_FEC_STOCK_MAX_PACKETS; i++)
    gst_fec_fresh_stock_add (stock, 5, 0, packet, sizeof (packet));
  while ((taken = gst_fec_fresh_stock_take (stock, 5, 0, 1)) != NULL) {
    g_bytes_unref (taken);
    n++;
  }
  g_assert_cmpuint (n, ==, GST_FEC_STOCK_MAX_PACKETS);
  g_assert_null (gst_fec_fresh_stock_take (stock, 6, 0, 2));
  g_assert_null (gst_fec_fresh_stock_take (stock, 5, 1, 2));
  gst_fec_fresh_stock_free (stock);
  stock = gst_fec_fresh_stock_new ();
  gst_fec_fresh_stock_add (stock, 5, 0, packet, sizeof (packet));
  for (i = 0; i < 10 * GST_FEC_STOCK_MAX_CLIENTS; i++) {
    taken = gst_fec_fresh_stock_take (stock, 5, 0, i);
    g_assert_true ((taken != NULL) == (i < GST_FEC_STOCK_MAX_CLIENTS));
    g_clear_pointer (&taken, g_bytes_unref);
  }
  gst_fec_fresh_stock_free (stock);
}

static void
old_orders_are_forgotten (void)
{
  GArray *deliveries = gst_fec_deliveries_new ();
  GstFecChannelFeedback *feedback = gst_fec_channel_feedback_new (NULL);
  GstFecRequester to[GST_FEC_ORDER_MAX_RECIPIENTS];
  GstFecOrder order;
  guint32 first = 0;
  gint64 now = 0;
  guint i;

  send_packets (feedback, 20, 0);
  for (i = 0; i <= GST_FEC_FEEDBACK_MAX_ORDERS; i++) {
    lack (feedback, i + 1, 1, 19, now);
    now += 10 * MS;
    g_assert_true (gst_fec_channel_feedback_next_order (
        feedback, 100, now, &order, deliveries));
    first = first != 0 ? first : order.number;
  }
  g_assert_cmpuint (deliver (feedback, first, 0, to), ==, 0);
  g_assert_cmpuint (deliver (feedback, first + 1, 0, to), ==, 1);
  g_array_unref (deliveries);
  gst_fec_channel_feedback_free (feedback);
}

static void
loss_is_told_once_a_second (void)
{
  GstFecChannelFeedback *feedback = gst_fec_channel_feedback_new (NULL);
  GstFecChannelReport report = { .tsi = 1, .received = 90, .lost = 10 };
  guint listeners;
  gdouble worst;

  g_assert_cmpint (
      gst_fec_channel_feedback_deadline (feedback), ==, G_MAXINT64);
  gst_fec_channel_feedback_reported (feedback, 1, &report, 0);
  g_assert_cmpint (gst_fec_channel_feedback_deadline (feedback), ==, 0);
  g_assert_true (
      gst_fec_channel_feedback_take_loss (feedback, 0, &listeners, &worst));
  g_assert_cmpuint (listeners, ==, 1);
  g_assert_cmpfloat_with_epsilon (worst, 0.1, 1e-9);
  report.lost = 30;
  gst_fec_channel_feedback_reported (feedback, 2, &report, 1);
  g_assert_false (gst_fec_channel_feedback_take_loss (
      feedback, SECOND - 1, &listeners, &worst));
  g_assert_true (gst_fec_channel_feedback_take_loss (
      feedback, SECOND, &listeners, &worst));
  g_assert_cmpfloat_with_epsilon (worst, 0.25, 1e-9);
  /* That nobody is left is told once. */
  g_assert_true (gst_fec_channel_feedback_take_loss (
      feedback, 100 * SECOND, &listeners, &worst));
  g_assert_cmpuint (listeners, ==, 0);
  g_assert_cmpfloat (worst, ==, 0);
  g_assert_cmpint (
      gst_fec_channel_feedback_deadline (feedback), ==, G_MAXINT64);
  gst_fec_channel_feedback_free (feedback);
}

static void
what_is_no_symbol_does_not_count (void)
{
  GstFecChannelFeedback *feedback = gst_fec_channel_feedback_new (NULL);
  GstFecAlcPacket early = {
    .tsi = 1,
    .toi = 5,
    .has_block = TRUE,
    .block_flags = GST_FEC_BLOCK_EARLY,
    .early_size = 3,
    .has_symbol = TRUE,
    .sbn = GST_FEC_ALC_EARLY_SBN,
  };
  guint8 packet[SIZE] = { 0 };

  gst_fec_alc_write_header (&early, packet);
  gst_fec_channel_feedback_sent (feedback, packet, sizeof (packet), 0);
  gst_fec_channel_feedback_sent (feedback, packet, 7, 0);
  lack (feedback, 1, 2, 0, 0);
  g_assert_cmpint (
      gst_fec_channel_feedback_deadline (feedback), ==, G_MAXINT64);
  gst_fec_channel_feedback_free (feedback);
}

/* ---- A hub ---- */

typedef struct
{
  GstFecHub *hub;
  GstFecHubChannel *channel;
  TestClient *client;
  GMutex lock;
  GCond changed;
  guint wanted; /* symbols, in all */
  guint32 order;
  guint listeners;
  gboolean inside; /* a callback is running */
  gboolean hold; /* callbacks wait */
} Scene;

static void
on_wanted (gpointer user_data, guint32 tsi, guint32 toi, guint8 sbn,
    guint32 count, guint32 order)
{
  Scene *scene = user_data;
  GstStructure *stats = gst_fec_hub_get_stats (scene->hub);

  /* Without the hub's lock: who has it waits for nobody. */
  gst_structure_free (stats);
  g_mutex_lock (&scene->lock);
  g_assert_cmpuint (tsi, ==, 1);
  scene->inside = TRUE;
  scene->wanted += count;
  scene->order = order;
  g_cond_broadcast (&scene->changed);
  while (scene->hold)
    g_cond_wait (&scene->changed, &scene->lock);
  scene->inside = FALSE;
  g_mutex_unlock (&scene->lock);
}

static void
on_loss (gpointer user_data, guint32 tsi, guint listeners, gdouble worst_tenth)
{
  Scene *scene = user_data;

  g_mutex_lock (&scene->lock);
  scene->listeners = listeners;
  g_mutex_unlock (&scene->lock);
}

static void
start (Scene *scene)
{
  const GstFecHubFeedback callbacks = { .wanted = on_wanted, .loss = on_loss };
  GstFecDescription description = {
    .tsi = 1,
    .symbol_size = SIZE - GST_FEC_ALC_HEADER_SIZE,
    .has_group = FALSE,
  };
  guint8 packet[SIZE];
  guint i;

  memset (scene, 0, sizeof (*scene));
  g_mutex_init (&scene->lock);
  g_cond_init (&scene->changed);
  scene->hub = gst_fec_hub_new ();
  g_assert_true (gst_fec_hub_start (scene->hub, "127.0.0.1", 0, NULL));
  description.name = g_strdup ("one");
  scene->channel = gst_fec_hub_add_channel (scene->hub, &description, NULL);
  g_assert_nonnull (scene->channel);
  gst_fec_hub_channel_set_feedback (
      scene->hub, scene->channel, &callbacks, scene);
  g_free (description.name);
  scene->client =
      test_client_new ("127.0.0.1", gst_fec_hub_get_port (scene->hub), "one");
  g_assert_true (test_client_wait_state (scene->client, GST_FEC_CLIENT_JOINED));
  for (i = 0; i < 20; i++) {
    test_make_packet (packet, sizeof (packet), 1, (guint16) i);
    g_assert_true (
        gst_fec_hub_write (scene->hub, scene->channel, packet, SIZE));
  }
  gst_fec_hub_flush (scene->hub, scene->channel);
  g_assert_true (test_client_wait_packets (scene->client, 20));
}

static void
stop (Scene *scene)
{
  test_client_free (scene->client);
  gst_fec_hub_stop (scene->hub);
  if (scene->channel != NULL)
    gst_fec_hub_remove_channel (scene->hub, scene->channel);
  gst_object_unref (scene->hub);
  g_mutex_clear (&scene->lock);
  g_cond_clear (&scene->changed);
}

/* The id of the session that has the client's address. */
static guint64
find_session (Scene *scene)
{
  struct sockaddr_in own;
  socklen_t size = sizeof (own);
  GValue clients = G_VALUE_INIT;
  guint64 found = 0;
  gchar *address;
  guint i;

  g_assert_cmpint (
      getsockname (scene->client->fd, (struct sockaddr *) &own, &size), ==, 0);
  address = g_strdup_printf ("127.0.0.1:%u", g_ntohs (own.sin_port));
  gst_fec_hub_get_clients (scene->hub, 0, &clients);
  for (i = 0; i < gst_value_list_get_size (&clients); i++) {
    const GstStructure *client =
        gst_value_get_structure (gst_value_list_get_value (&clients, i));

    if (g_strcmp0 (gst_structure_get_string (client, "address"), address) == 0)
      gst_structure_get_uint64 (client, "session-id", &found);
  }
  g_value_unset (&clients);
  g_free (address);
  g_assert_cmpuint (found, !=, 0);
  return found;
}

/* The client's session says that it lacks @count symbols of object 0. */
static void
report_missing (Scene *scene, guint32 number, guint32 count)
{
  GstFecControlMessage report;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  gst_fec_control_init (
      &report, GST_FEC_METHOD_REPORT, GST_FEC_CLASS_REQUEST, NULL);
  report.session_id = find_session (scene);
  report.report_number = number;
  report.missing[0] = (GstFecMissing){ .tsi = 1, .seq = 19, .count = count };
  report.n_missing = 1;
  report.reports[0] = (GstFecChannelReport){ .tsi = 1, .received = 20 };
  report.n_reports = 1;
  size = gst_fec_control_write (&report, data, sizeof (data));
  g_assert_cmpint (send (scene->client->fd, data, size, 0), ==, size);
}

/* Waits until @n symbols are wanted in all; with the lock. */
static void
wait_for_wish (Scene *scene, guint n)
{
  gint64 until = g_get_monotonic_time () + TIMEOUT_US;

  while (scene->wanted < n)
    g_assert_true (g_cond_wait_until (&scene->changed, &scene->lock, until));
}

static void
who_lacks_gets_it_alone (void)
{
  Scene scene;
  guint8 packet[SIZE];
  TestClient *other;

  start (&scene);
  other = test_client_new_at (
      "127.0.0.2", "127.0.0.1", gst_fec_hub_get_port (scene.hub), "one");
  g_assert_true (test_client_wait_state (other, GST_FEC_CLIENT_JOINED));
  g_assert_true (test_client_wait_state (scene.client, GST_FEC_CLIENT_JOINED));
  report_missing (&scene, 1000, 2);
  g_mutex_lock (&scene.lock);
  wait_for_wish (&scene, 2);
  g_mutex_unlock (&scene.lock);
  g_assert_cmpuint (scene.order, !=, 0);

  test_make_packet (packet, sizeof (packet), 1, 19);
  g_assert_cmpuint (gst_fec_hub_write_order (
                        scene.hub, scene.channel, scene.order, 0, packet, SIZE),
      ==, 1);
  g_assert_cmpuint (gst_fec_hub_write_order (
                        scene.hub, scene.channel, scene.order, 1, packet, SIZE),
      ==, 1);
  g_assert_cmpuint (gst_fec_hub_write_order (
                        scene.hub, scene.channel, scene.order, 2, packet, SIZE),
      ==, 0);
  g_assert_true (test_client_wait_packets (scene.client, 22));
  /* The other one got what went to all, and the next one, and no more. */
  test_make_packet (packet, sizeof (packet), 1, 20);
  gst_fec_hub_write (scene.hub, scene.channel, packet, SIZE);
  gst_fec_hub_flush (scene.hub, scene.channel);
  while (other->packets == 0 || other->last_seq != 20)
    g_assert_true (test_client_wait_packets (other, other->packets + 1));
  g_assert_cmpuint (other->gaps, ==, 0);
  test_client_free (other);
  stop (&scene);
}

static void
a_report_counts_once (void)
{
  Scene scene;
  GstFecOrderCounters counters = { 0 };

  start (&scene);
  report_missing (&scene, 1000, 2);
  report_missing (&scene, 1000, 2);
  report_missing (&scene, 999, 2);
  g_mutex_lock (&scene.lock);
  wait_for_wish (&scene, 2);
  g_mutex_unlock (&scene.lock);
  /* A later report is answered after those before it were. */
  report_missing (&scene, 1001, 5);
  g_mutex_lock (&scene.lock);
  wait_for_wish (&scene, 3);
  g_mutex_unlock (&scene.lock);
  gst_fec_hub_add_orders (scene.hub, 1, &counters);
  g_assert_cmpuint (counters.symbols_requested, ==, 7);
  stop (&scene);
}

static gpointer
release_later (gpointer user_data)
{
  Scene *scene = user_data;

  g_mutex_lock (&scene->lock);
  g_assert_true (scene->inside);
  scene->hold = FALSE;
  g_cond_broadcast (&scene->changed);
  g_mutex_unlock (&scene->lock);
  return NULL;
}

static void
a_channel_goes_when_no_call_is_running (void)
{
  Scene scene;
  GThread *thread;

  start (&scene);
  scene.hold = TRUE;
  report_missing (&scene, 1000, 2);
  g_mutex_lock (&scene.lock);
  wait_for_wish (&scene, 2);
  g_mutex_unlock (&scene.lock);
  thread = g_thread_new ("release", release_later, &scene);
  gst_fec_hub_remove_channel (scene.hub, scene.channel);
  scene.channel = NULL;
  g_assert_false (scene.inside);
  g_thread_join (thread);
  stop (&scene);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/hubfeedback/" #name, name)
  ADD (an_order_knows_its_recipients);
  ADD (one_after_the_other_gets_what_was_made_before);
  ADD (the_stock_is_bounded);
  ADD (old_orders_are_forgotten);
  ADD (loss_is_told_once_a_second);
  ADD (what_is_no_symbol_does_not_count);
  ADD (who_lacks_gets_it_alone);
  ADD (a_report_counts_once);
  ADD (a_channel_goes_when_no_call_is_running);
  return g_test_run ();
}
