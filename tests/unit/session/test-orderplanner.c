/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-orderplanner.c: which fresh symbols requests cause, and for whom. */
#include "session/orderplanner.h"

#define MS 1000
#define TOI 77
#define FIRST_SEQ 65530 /* so that it wraps */

typedef struct
{
  GstFecOrderPlanner *planner;
  GstFecOrderSettings settings;
  guint16 seq; /* of the newest packet to all */
  gint64 now;
  GstFecOrder order;
} World;

static void
start (World *world)
{
  gst_fec_order_settings_init (&world->settings);
  world->planner = gst_fec_order_planner_new (&world->settings);
  world->seq = FIRST_SEQ;
  world->now = G_USEC_PER_SEC;
}

/* As start(), with other limits. */
static void
start_with (World *world, guint session_rate, guint channel_rate)
{
  start (world);
  gst_fec_order_planner_free (world->planner);
  world->settings.session_rate = session_rate;
  world->settings.channel_rate = channel_rate;
  world->settings.channel_percent = 0;
  world->planner = gst_fec_order_planner_new (&world->settings);
}

static void
stop (World *world)
{
  gst_fec_order_planner_free (world->planner);
}

static const GstFecOrderCounters *
counters (const World *world)
{
  return gst_fec_order_planner_counters (world->planner);
}

static void
send_packets (World *world, guint32 toi, guint n)
{
  guint i;

  for (i = 0; i < n; i++)
    gst_fec_order_planner_sent (
        world->planner, toi, 0, ++world->seq, world->now);
}

static gboolean
ask (World *world, guint64 session, guint32 toi, guint16 seq, guint32 count)
{
  const GstFecRequester who = { .session = session };

  return gst_fec_order_planner_request (
      world->planner, &who, toi, 0, seq, count, world->now);
}

/* Lets the window end; whether there is an order. */
static gboolean
decide (World *world, guint cost_all)
{
  world->now += world->settings.window_us;
  return gst_fec_order_planner_next (
      world->planner, cost_all, world->now, &world->order);
}

static guint32
granted (const World *world, guint64 session)
{
  guint i;

  for (i = 0; i < world->order.n_recipients; i++) {
    if (world->order.recipients[i].who.session == session)
      return world->order.recipients[i].count;
  }
  return 0;
}

static void
three_at_once_cause_the_largest (void)
{
  World world;

  start (&world);
  send_packets (&world, TOI, 20);
  g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  world.now += 2 * MS;
  g_assert_true (ask (&world, 2, TOI, world.seq, 3));
  g_assert_true (ask (&world, 3, TOI, world.seq, 7));
  /* Not before the window of the first is over. */
  g_assert_cmpint (gst_fec_order_planner_deadline (world.planner), ==,
      world.now - 2 * MS + world.settings.window_us);
  g_assert_false (gst_fec_order_planner_next (
      world.planner, 3, world.now + 7 * MS, &world.order));
  g_assert_true (decide (&world, 3));
  g_assert_cmpuint (world.order.toi, ==, TOI);
  g_assert_cmpuint (world.order.count, ==, 7);
  g_assert_cmpuint (world.order.number, !=, 0);
  g_assert_cmpuint (granted (&world, 1), ==, 5);
  g_assert_cmpuint (granted (&world, 2), ==, 3);
  g_assert_cmpuint (granted (&world, 3), ==, 7);
  g_assert_false (decide (&world, 3));
  g_assert_cmpint (
      gst_fec_order_planner_deadline (world.planner), ==, G_MAXINT64);
  g_assert_cmpuint (counters (&world)->symbols_ordered, ==, 7);
  g_assert_cmpuint (counters (&world)->symbols_suppressed, ==, 8);
  stop (&world);
}

/* By multicast, where a symbol for one costs as much as one for all. */
static void
three_one_after_the_other_cause_the_largest (void)
{
  static const guint lacking[] = { 5, 3, 7 };
  World world;
  guint made = 0, i;
  guint16 before;

  start (&world);
  send_packets (&world, TOI, 20);
  before = world.seq;
  for (i = 0; i < G_N_ELEMENTS (lacking); i++) {
    g_assert_true (ask (&world, i + 1, TOI, before, lacking[i]));
    if (!decide (&world, 1))
      continue;
    g_assert_cmpuint (world.order.number, ==, 0);
    made += world.order.count;
    send_packets (&world, TOI, world.order.count);
  }
  g_assert_cmpuint (made, ==, 7);
  g_assert_cmpuint (counters (&world)->symbols_ordered, ==, 7);
  g_assert_cmpuint (counters (&world)->symbols_suppressed, ==, 8);
  stop (&world);
}

static void
an_order_counts_before_it_is_sent (void)
{
  World world;

  start (&world);
  send_packets (&world, TOI, 20);
  g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  g_assert_true (decide (&world, 1));
  g_assert_true (ask (&world, 2, TOI, world.seq, 7));
  g_assert_true (decide (&world, 1));
  g_assert_cmpuint (world.order.count, ==, 2);
  stop (&world);
}

static void
an_order_nobody_carries_out_is_forgotten (void)
{
  World world;

  start (&world);
  send_packets (&world, TOI, 20);
  g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  g_assert_true (decide (&world, 1));
  world.now += world.settings.patience_us;
  g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  g_assert_true (decide (&world, 1));
  g_assert_cmpuint (world.order.count, ==, 5);
  stop (&world);
}

static void
who_has_newer_packets_gets_more (void)
{
  World world;

  start (&world);
  send_packets (&world, TOI, 20);
  g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  g_assert_true (decide (&world, 1));
  send_packets (&world, TOI, 5);
  /* It has the newest packet and lacks two still: they were lost. */
  g_assert_true (ask (&world, 1, TOI, world.seq, 2));
  g_assert_true (decide (&world, 1));
  g_assert_cmpuint (world.order.count, ==, 2);
  stop (&world);
}

static void
what_was_sent_long_ago_is_not_on_its_way (void)
{
  World world;
  guint16 before;

  start (&world);
  send_packets (&world, TOI, 20);
  before = world.seq;
  send_packets (&world, TOI, 5);
  /* Nothing follows, so the client cannot show that the five were lost. */
  g_assert_true (ask (&world, 1, TOI, before, 5));
  g_assert_false (decide (&world, 1));
  world.now += world.settings.patience_us;
  g_assert_true (ask (&world, 1, TOI, before, 5));
  g_assert_true (decide (&world, 1));
  g_assert_cmpuint (world.order.count, ==, 5);
  stop (&world);
}

static void
asking_again_does_not_cause_more (void)
{
  World world;
  guint i;

  start (&world);
  send_packets (&world, TOI, 20);
  for (i = 0; i < 5; i++)
    g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  g_assert_true (decide (&world, 100));
  g_assert_cmpuint (world.order.count, ==, 5);
  g_assert_cmpuint (world.order.n_recipients, ==, 1);
  /* On its way to this one alone, delivered or not. */
  g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  g_assert_false (decide (&world, 100));
  gst_fec_order_planner_delivered (world.planner, world.order.number);
  g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  g_assert_false (decide (&world, 100));
  /* Another one was not sent them. */
  g_assert_true (ask (&world, 2, TOI, world.seq, 5));
  g_assert_true (decide (&world, 100));
  g_assert_cmpuint (granted (&world, 2), ==, 5);
  /* A packet that was sent later has come: the five were lost. */
  send_packets (&world, TOI, 1);
  g_assert_true (ask (&world, 1, TOI, world.seq, 5));
  g_assert_true (decide (&world, 100));
  g_assert_cmpuint (granted (&world, 1), ==, 5);
  g_assert_cmpuint (counters (&world)->symbols_requested, ==, 9 * 5);
  g_assert_cmpuint (counters (&world)->symbols_ordered, ==, 15);
  g_assert_cmpuint (counters (&world)->symbols_suppressed, ==, 30);
  stop (&world);
}

static void
the_cheaper_way_is_taken (void)
{
  World world;

  start (&world);
  send_packets (&world, TOI, 20);
  g_assert_true (ask (&world, 1, TOI, world.seq, 6));
  g_assert_true (ask (&world, 2, TOI, world.seq, 6));
  g_assert_true (decide (&world, 3)); /* 12 against 18 */
  g_assert_cmpuint (world.order.n_recipients, ==, 2);
  g_assert_cmpuint (world.order.number, !=, 0);
  world.now += world.settings.patience_us;
  g_assert_true (ask (&world, 1, TOI, world.seq, 6));
  g_assert_true (ask (&world, 2, TOI, world.seq, 6));
  g_assert_true (decide (&world, 2)); /* 12 against 12: all have a gain */
  g_assert_cmpuint (world.order.number, ==, 0);
  g_assert_cmpuint (world.order.n_recipients, ==, 0);
  g_assert_cmpuint (counters (&world)->orders_to_some, ==, 1);
  g_assert_cmpuint (counters (&world)->orders_to_all, ==, 1);
  stop (&world);
}

static void
a_crowd_is_served_together (void)
{
  World world;
  guint i;

  start_with (&world, 2000, 100000);
  send_packets (&world, TOI, 20);
  for (i = 0; i < 1000; i++)
    g_assert_true (ask (&world, i + 1, TOI, world.seq, 1 + i % 9));
  g_assert_true (decide (&world, 500));
  g_assert_cmpuint (world.order.number, ==, 0);
  g_assert_cmpuint (world.order.count, ==, 9);
  stop (&world);
}

static void
too_many_for_one_but_few_of_all_are_served_in_part (void)
{
  World world;
  guint i;

  start (&world);
  send_packets (&world, TOI, 20);
  for (i = 0; i < GST_FEC_ORDER_MAX_RECIPIENTS + 10; i++)
    g_assert_true (ask (&world, i + 1, TOI, world.seq, 2));
  g_assert_true (decide (&world, 100000));
  g_assert_cmpuint (world.order.n_recipients, ==, GST_FEC_ORDER_MAX_RECIPIENTS);
  g_assert_cmpuint (world.order.count, ==, 2);
  stop (&world);
}

static void
a_session_has_its_limit (void)
{
  World world;

  start_with (&world, 100, 100000);
  send_packets (&world, TOI, 20);
  g_assert_true (ask (&world, 1, TOI, world.seq, 5000));
  g_assert_true (ask (&world, 2, TOI, world.seq, 50));
  g_assert_true (decide (&world, 100));
  g_assert_cmpuint (granted (&world, 1), ==, 100);
  g_assert_cmpuint (granted (&world, 2), ==, 50);
  g_assert_cmpuint (counters (&world)->symbols_refused, ==, 4900);
  /* Half a second later half of it is there again. */
  world.now += G_USEC_PER_SEC / 2 - world.settings.window_us;
  g_assert_true (ask (&world, 1, TOI, world.seq, 5000));
  g_assert_true (decide (&world, 100));
  g_assert_cmpuint (granted (&world, 1), ==, 50);
  stop (&world);
}

static void
a_channel_has_its_limit (void)
{
  World world;
  guint i;

  start_with (&world, 100000, 200);
  send_packets (&world, TOI, 20);
  for (i = 0; i < 10; i++)
    g_assert_true (ask (&world, i + 1, TOI, world.seq, 1000));
  g_assert_true (decide (&world, 1000));
  g_assert_cmpuint (world.order.count, ==, 200);
  g_assert_cmpuint (granted (&world, 4), ==, 200);
  g_assert_true (ask (&world, 20, TOI, world.seq, 1000));
  g_assert_true (decide (&world, 1000));
  g_assert_cmpuint (world.order.count, ==, 2); /* of 10 ms */
  stop (&world);
}

static void
a_fast_channel_may_be_repaired_more (void)
{
  World world;
  guint i;

  start_with (&world, 100000, 10);
  gst_fec_order_planner_free (world.planner);
  world.settings.channel_percent = 20;
  world.planner = gst_fec_order_planner_new (&world.settings);
  for (i = 0; i < 300; i++) {
    send_packets (&world, TOI, 10);
    world.now += 10 * MS;
  }
  g_assert_true (ask (&world, 1, TOI, world.seq, 100000));
  g_assert_true (decide (&world, 1000));
  /* It had ten; of 1000 a second it gets 200, once a second has passed. */
  world.now += G_USEC_PER_SEC;
  send_packets (&world, TOI, 1);
  g_assert_true (ask (&world, 1, TOI, world.seq, 100000));
  g_assert_true (decide (&world, 1000));
  g_assert_cmpuint (world.order.count, >=, 90);
  g_assert_cmpuint (world.order.count, <=, 210);
  stop (&world);
}

static void
strange_objects_are_dropped (void)
{
  World world;
  guint i;

  start (&world);
  g_assert_false (ask (&world, 1, TOI, world.seq, 5));
  send_packets (&world, TOI, 20);
  for (i = 0; i < 100000; i++)
    g_assert_false (ask (&world, i, TOI + 1 + i * 7, (guint16) i, G_MAXUINT32));
  g_assert_cmpint (
      gst_fec_order_planner_deadline (world.planner), ==, G_MAXINT64);
  g_assert_cmpuint (counters (&world)->requests_unknown, ==, 100001);
  g_assert_cmpuint (counters (&world)->symbols_requested, ==, 0);
  /* What is no longer sent becomes too old. */
  world.now += world.settings.history_us + 1;
  g_assert_false (ask (&world, 1, TOI, world.seq, 5));
  stop (&world);
}

static void
only_the_last_objects_are_known (void)
{
  World world;
  guint i;

  start (&world);
  for (i = 0; i <= GST_FEC_ORDER_MAX_OBJECTS; i++)
    send_packets (&world, TOI + i, 1);
  g_assert_false (ask (&world, 1, TOI, world.seq, 1));
  g_assert_true (ask (&world, 1, TOI + 1, world.seq, 1));
  g_assert_true (
      ask (&world, 1, TOI + GST_FEC_ORDER_MAX_OBJECTS, world.seq, 1));
  /* What takes the place of one asked for is not asked for. */
  for (i = 0; i < GST_FEC_ORDER_MAX_OBJECTS; i++)
    send_packets (&world, TOI + 1000 + i, 1);
  g_assert_false (decide (&world, 1));
  stop (&world);
}

static void
numbers_out_of_reason_do_no_harm (void)
{
  World world;
  guint32 seq;

  start_with (&world, 1000000, 100000000);
  for (seq = 0; seq < 70000; seq += 997) {
    send_packets (&world, TOI, 1);
    g_assert_true (ask (&world, seq, TOI, (guint16) seq, G_MAXUINT32 - seq));
    g_assert_true (ask (&world, seq, TOI, (guint16) seq, 0));
  }
  g_assert_true (decide (&world, 1));
  g_assert_cmpuint (world.order.count, <=, 65536);
  stop (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/orderplanner/" #name, name)
  ADD (three_at_once_cause_the_largest);
  ADD (three_one_after_the_other_cause_the_largest);
  ADD (an_order_counts_before_it_is_sent);
  ADD (an_order_nobody_carries_out_is_forgotten);
  ADD (who_has_newer_packets_gets_more);
  ADD (what_was_sent_long_ago_is_not_on_its_way);
  ADD (asking_again_does_not_cause_more);
  ADD (the_cheaper_way_is_taken);
  ADD (a_crowd_is_served_together);
  ADD (too_many_for_one_but_few_of_all_are_served_in_part);
  ADD (a_session_has_its_limit);
  ADD (a_channel_has_its_limit);
  ADD (a_fast_channel_may_be_repaired_more);
  ADD (strange_objects_are_dropped);
  ADD (only_the_last_objects_are_known);
  ADD (numbers_out_of_reason_do_no_harm);
  return g_test_run ();
}
