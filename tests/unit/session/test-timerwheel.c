/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-timerwheel.c: the timer wheel against a naive list of timers.
 */
#include "session/timerwheel.h"

#define TICK 10000

typedef struct
{
  GstFecTimer timer; /* must be first */
  gint64 deadline;
  guint64 expected; /* tick, 0: not set */
  guint64 fired; /* tick, 0: not yet */
  guint order;
} Item;

typedef struct
{
  GstFecTimerWheel wheel;
  guint fired;
  guint64 last;
  GstFecTimer *victim;
  Item *rearm;
} World;

static void
note (GstFecTimer *timer, gpointer user_data)
{
  World *world = user_data;
  Item *item = (Item *) timer;

  g_assert_false (gst_fec_timer_is_set (timer));
  g_assert_cmpuint (world->wheel.current, >=, world->last);
  world->last = world->wheel.current;
  item->fired = world->wheel.current;
  item->order = world->fired++;
}

static void
assert_valid (const GstFecTimerWheel *wheel)
{
  const gchar *what = NULL;

  if (!gst_fec_timer_wheel_validate (wheel, &what)) {
    GString *dump = g_string_new (NULL);

    gst_fec_timer_wheel_dump (wheel, dump);
    g_error ("%s\n%s", what, dump->str);
  }
}

static World *
world_new (gint64 now)
{
  World *world = g_new0 (World, 1);

  gst_fec_timer_wheel_init (&world->wheel, TICK, now);
  return world;
}

/* Of all lengths: most of the levels get their share. */
static gint64
random_delay (GRand *rand)
{
  return (gint64) (g_rand_int (rand)) >> g_rand_int_range (rand, 0, 24);
}

static void
set_item (World *world, Item *item, gint64 deadline)
{
  guint64 tick = deadline <= 0 ? 0 : (guint64) (deadline + TICK - 1) / TICK;

  gst_fec_timer_wheel_set (&world->wheel, &item->timer, deadline);
  item->expected = MAX (tick, world->wheel.current + 1);
  item->fired = 0;
}

/* What the naive reference says has to have fired at @now, has; all else is
   still waiting. */
static void
compare (World *world, Item *items, guint n, guint64 tick)
{
  guint i;

  for (i = 0; i < n; i++) {
    if (items[i].expected == 0)
      continue;
    if (items[i].expected <= tick) {
      g_assert_cmpuint (items[i].fired, ==, items[i].expected);
      items[i].expected = 0;
    } else {
      g_assert_true (gst_fec_timer_is_set (&items[i].timer));
    }
  }
}

static void
test_random_timers_fire_as_in_a_list (void)
{
  const guint n = 100000;
  GRand *rand = g_rand_new_with_seed (42);
  gint64 now = 123456789;
  World *world = world_new (now);
  Item *items = g_new0 (Item, n);
  guint step, i;

  for (i = 0; i < n; i++)
    set_item (world, &items[i], now + random_delay (rand));
  assert_valid (&world->wheel);

  for (step = 0; step < 300; step++) {
    /* Some are changed, some removed. */
    for (i = 0; i < 100; i++) {
      Item *item = &items[g_rand_int_range (rand, 0, n)];

      if (g_rand_boolean (rand)) {
        set_item (world, item, now + random_delay (rand));
      } else {
        gst_fec_timer_wheel_remove (&world->wheel, &item->timer);
        item->expected = 0;
      }
    }
    now += random_delay (rand);
    gst_fec_timer_wheel_advance (&world->wheel, now, note, world);
    compare (world, items, n, (guint64) now / TICK);
    if (step % 10 == 0)
      assert_valid (&world->wheel);
  }
  gst_fec_timer_wheel_advance (&world->wheel, now + G_MAXUINT32, note, world);
  compare (world, items, n, (guint64) (now + G_MAXUINT32) / TICK);
  g_assert_cmpuint (world->wheel.n_timers, ==, 0);
  assert_valid (&world->wheel);
  g_assert_cmpint (gst_fec_timer_wheel_next (&world->wheel), ==, G_MAXINT64);
  g_free (items);
  g_free (world);
  g_rand_free (rand);
}

static void
test_fires_at_the_tick_and_not_before (void)
{
  gint64 delays[] = { 1, TICK - 1, TICK, TICK + 1, 63 * TICK, 64 * TICK,
    65 * TICK, 4095 * TICK + 1, 4096 * TICK, 262144 * (gint64) TICK,
    86400 * (gint64) G_USEC_PER_SEC, 86400 * 365 * (gint64) G_USEC_PER_SEC };
  gint64 start;
  guint i;

  for (start = 0; start < 5 * TICK; start += TICK / 2) {
    for (i = 0; i < G_N_ELEMENTS (delays); i++) {
      World *world = world_new (start);
      gint64 deadline = start + delays[i];
      gint64 tick = (deadline + TICK - 1) / TICK * TICK;
      Item item = { 0 };

      gst_fec_timer_wheel_set (&world->wheel, &item.timer, deadline);
      gst_fec_timer_wheel_advance (&world->wheel, tick - 1, note, world);
      g_assert_cmpuint (world->fired, ==, 0);
      g_assert_cmpint (gst_fec_timer_wheel_next (&world->wheel), ==, tick);
      gst_fec_timer_wheel_advance (&world->wheel, tick, note, world);
      g_assert_cmpuint (world->fired, ==, 1);
      g_free (world);
    }
  }
}

static void
test_a_million_timers_fire_exactly (void)
{
  const guint n = 1000000;
  GRand *rand = g_rand_new_with_seed (11);
  World *world = world_new (77);
  Item *items = g_new0 (Item, n);
  gint64 now;
  guint i;

  /* Leases of up to an hour, each renewed once meanwhile. */
  for (i = 0; i < n; i++)
    set_item (world, &items[i],
        g_rand_int_range (rand, 1, 3600) * (gint64) G_USEC_PER_SEC);
  for (i = 0; i < n; i++)
    set_item (world, &items[i],
        (gint64) (g_rand_double (rand) * 3600 * G_USEC_PER_SEC));
  g_assert_cmpuint (world->wheel.n_timers, ==, n);
  assert_valid (&world->wheel);
  while ((now = gst_fec_timer_wheel_next (&world->wheel)) != G_MAXINT64)
    gst_fec_timer_wheel_advance (&world->wheel, now, note, world);
  g_assert_cmpuint (world->fired, ==, n);
  for (i = 0; i < n; i++)
    g_assert_cmpuint (items[i].fired, ==, items[i].expected);
  assert_valid (&world->wheel);
  g_free (items);
  g_free (world);
  g_rand_free (rand);
}

static void
test_next_leads_to_each_timer (void)
{
  GRand *rand = g_rand_new_with_seed (7);
  World *world = world_new (0);
  Item items[200] = { { { 0 } } };
  guint i, wakes = 0;
  gint64 next;

  for (i = 0; i < G_N_ELEMENTS (items); i++)
    set_item (world, &items[i], random_delay (rand));
  while ((next = gst_fec_timer_wheel_next (&world->wheel)) != G_MAXINT64) {
    gst_fec_timer_wheel_advance (&world->wheel, next, note, world);
    compare (world, items, G_N_ELEMENTS (items), (guint64) next / TICK);
    wakes++;
  }
  g_assert_cmpuint (world->fired, ==, G_N_ELEMENTS (items));
  /* A timer costs a wake at each level at most. */
  g_assert_cmpuint (wakes, <=, G_N_ELEMENTS (items) * GST_FEC_TIMER_LEVELS);
  g_free (world);
  g_rand_free (rand);
}

static void
test_past_deadlines_fire_with_the_next_tick (void)
{
  World *world = world_new (100 * TICK);
  Item items[3] = { { { 0 } } };

  set_item (world, &items[0], -5);
  set_item (world, &items[1], 0);
  set_item (world, &items[2], 100 * TICK);
  gst_fec_timer_wheel_advance (&world->wheel, 101 * TICK - 1, note, world);
  g_assert_cmpuint (world->fired, ==, 0);
  gst_fec_timer_wheel_advance (&world->wheel, 101 * TICK, note, world);
  g_assert_cmpuint (world->fired, ==, 3);
  g_free (world);
}

static void
test_time_that_runs_back_is_ignored (void)
{
  World *world = world_new (100 * TICK);
  Item item = { { 0 } };

  set_item (world, &item, 150 * TICK);
  gst_fec_timer_wheel_advance (&world->wheel, 50 * TICK, note, world);
  gst_fec_timer_wheel_advance (&world->wheel, -1, note, world);
  assert_valid (&world->wheel);
  gst_fec_timer_wheel_advance (&world->wheel, 150 * TICK, note, world);
  g_assert_cmpuint (item.fired, ==, 150);
  g_free (world);
}

static void
disturb (GstFecTimer *timer, gpointer user_data)
{
  World *world = user_data;

  note (timer, user_data);
  if (world->victim != NULL)
    gst_fec_timer_wheel_remove (&world->wheel, world->victim);
  if (world->rearm != NULL)
    set_item (world, world->rearm, 0);
  world->victim = NULL;
  world->rearm = NULL;
}

static void
test_timers_may_be_changed_while_firing (void)
{
  World *world = world_new (0);
  Item items[3] = { { { 0 } } };
  guint i;

  /* All three are due at once: the first removes the second and sets itself
     again, for the tick that follows. */
  for (i = 0; i < 3; i++)
    set_item (world, &items[i], 500 * TICK);
  world->victim = &items[1].timer;
  world->rearm = &items[0];
  gst_fec_timer_wheel_advance (&world->wheel, 600 * TICK, disturb, world);
  g_assert_cmpuint (world->fired, ==, 3);
  g_assert_cmpuint (items[0].fired, ==, 501);
  g_assert_cmpuint (items[1].fired, ==, 0);
  g_assert_cmpuint (items[2].fired, ==, 500);
  assert_valid (&world->wheel);
  g_free (world);
}

static void
test_validate_sees_faults (void)
{
  World *world = world_new (0);
  Item item = { { 0 } };
  const gchar *what = NULL;

  set_item (world, &item, 100 * TICK);
  assert_valid (&world->wheel);
  item.timer.tick = 5;
  g_assert_false (gst_fec_timer_wheel_validate (&world->wheel, &what));
  g_assert_cmpstr (what, ==, "a timer hangs in the wrong slot");
  item.timer.tick = 100;
  world->wheel.occupied[0] = 1;
  g_assert_false (gst_fec_timer_wheel_validate (&world->wheel, &what));
  g_assert_cmpstr (what, ==, "a slot and its bit disagree");
  world->wheel.occupied[0] = 0;
  world->wheel.n_timers = 2;
  g_assert_false (gst_fec_timer_wheel_validate (&world->wheel, &what));
  g_assert_cmpstr (what, ==, "timers were lost or came from nowhere");
  g_free (world);
}

static void
test_dump_shows_each_timer (void)
{
  World *world = world_new (0);
  GString *dump = g_string_new (NULL);
  Item items[2] = { { { 0 } } };

  set_item (world, &items[0], 3 * TICK);
  set_item (world, &items[1], 100 * TICK);
  gst_fec_timer_wheel_dump (&world->wheel, dump);
  g_assert_cmpstr (dump->str, ==,
      "wheel at tick 0 of 10000 us, 2 timers\n"
      "  level 0 slot  3: 3\n"
      "  level 1 slot  1: 100\n");
  g_string_free (dump, TRUE);
  g_free (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/timerwheel/" #name, test_##name)
  ADD (random_timers_fire_as_in_a_list);
  ADD (fires_at_the_tick_and_not_before);
  ADD (a_million_timers_fire_exactly);
  ADD (next_leads_to_each_timer);
  ADD (past_deadlines_fire_with_the_next_tick);
  ADD (time_that_runs_back_is_ignored);
  ADD (timers_may_be_changed_while_firing);
  ADD (validate_sees_faults);
  ADD (dump_shows_each_timer);
  return g_test_run ();
}
