/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timerwheel.c: hierarchical timer wheel; see timerwheel.h.
 *
 * A timer's level is that of the highest base-64 digit in which its tick and
 * the current tick differ, its slot is that digit of its tick. So all timers
 * of a level agree with the current tick in the digits above, and have a
 * greater digit there: the next slot in use of the lowest level in use is
 * always the earliest. Reaching the start of a slot of a higher level spreads
 * its timers over the levels below.
 */
#include "timerwheel.h"

#define BITS 6
#define DUE_SLOT G_MAXUINT16
#define LAST_TICK ((G_GUINT64_CONSTANT (1) << 48) - 1)

G_STATIC_ASSERT (GST_FEC_TIMER_SLOTS == 1 << BITS);
G_STATIC_ASSERT (GST_FEC_TIMER_LEVELS *BITS == 48);

static void
list_init (GstFecTimer *head)
{
  head->next = head->prev = head;
}

static gboolean
list_is_empty (const GstFecTimer *head)
{
  return head->next == head;
}

static void
list_append (GstFecTimer *head, GstFecTimer *timer)
{
  timer->prev = head->prev;
  timer->next = head;
  head->prev->next = timer;
  head->prev = timer;
}

static void
list_unlink (GstFecTimer *timer)
{
  timer->prev->next = timer->next;
  timer->next->prev = timer->prev;
  timer->next = timer->prev = NULL;
}

static guint
digit (guint64 tick, guint level)
{
  return (guint) (tick >> (BITS * level)) & (GST_FEC_TIMER_SLOTS - 1);
}

static guint
level_of (guint64 current, guint64 tick)
{
  guint64 difference = current ^ tick;

  if (difference == 0)
    return 0;
  return (63 - (guint) __builtin_clzll (difference)) / BITS;
}

void
gst_fec_timer_wheel_init (GstFecTimerWheel *wheel, gint64 tick_us, gint64 now)
{
  guint level, slot;

  g_return_if_fail (tick_us > 0);

  wheel->tick_us = tick_us;
  wheel->current = (guint64) (MAX (now, 0) / tick_us) & LAST_TICK;
  wheel->n_timers = 0;
  for (level = 0; level < GST_FEC_TIMER_LEVELS; level++) {
    wheel->occupied[level] = 0;
    for (slot = 0; slot < GST_FEC_TIMER_SLOTS; slot++)
      list_init (&wheel->slots[level][slot]);
  }
  list_init (&wheel->due);
}

gboolean
gst_fec_timer_is_set (const GstFecTimer *timer)
{
  return timer->next != NULL;
}

static void
hang (GstFecTimerWheel *wheel, GstFecTimer *timer)
{
  guint level, slot;

  if (timer->tick == wheel->current) {
    timer->slot = DUE_SLOT;
    list_append (&wheel->due, timer);
    return;
  }
  level = level_of (wheel->current, timer->tick);
  slot = digit (timer->tick, level);
  timer->slot = level * GST_FEC_TIMER_SLOTS + slot;
  wheel->occupied[level] |= G_GUINT64_CONSTANT (1) << slot;
  list_append (&wheel->slots[level][slot], timer);
}

static guint64
tick_at_or_after (const GstFecTimerWheel *wheel, gint64 deadline)
{
  guint64 tick;

  if (deadline <= 0)
    return 0;
  tick = (guint64) deadline / (guint64) wheel->tick_us;
  if ((guint64) deadline % (guint64) wheel->tick_us != 0)
    tick++;
  return MIN (tick, LAST_TICK);
}

void
gst_fec_timer_wheel_remove (GstFecTimerWheel *wheel, GstFecTimer *timer)
{
  guint level, slot;

  if (!gst_fec_timer_is_set (timer))
    return;

  list_unlink (timer);
  wheel->n_timers--;
  if (timer->slot == DUE_SLOT)
    return;
  level = timer->slot / GST_FEC_TIMER_SLOTS;
  slot = timer->slot % GST_FEC_TIMER_SLOTS;
  if (list_is_empty (&wheel->slots[level][slot]))
    wheel->occupied[level] &= ~(G_GUINT64_CONSTANT (1) << slot);
}

void
gst_fec_timer_wheel_set (
    GstFecTimerWheel *wheel, GstFecTimer *timer, gint64 deadline)
{
  guint64 tick = tick_at_or_after (wheel, deadline);

  gst_fec_timer_wheel_remove (wheel, timer);
  timer->tick = MAX (tick, MIN (wheel->current + 1, LAST_TICK));
  hang (wheel, timer);
  wheel->n_timers++;
}

/* The earliest slot in use and the tick it starts with. */
static gboolean
find_next (
    const GstFecTimerWheel *wheel, guint *level, guint *slot, guint64 *start)
{
  guint l;

  for (l = 0; l < GST_FEC_TIMER_LEVELS; l++) {
    guint64 below = (G_GUINT64_CONSTANT (1) << (BITS * l)) - 1;

    if (wheel->occupied[l] == 0)
      continue;
    *level = l;
    *slot = (guint) __builtin_ctzll (wheel->occupied[l]);
    *start = wheel->current & ~(below << BITS | (GST_FEC_TIMER_SLOTS - 1));
    *start |= (guint64) *slot << (BITS * l);
    return TRUE;
  }
  return FALSE;
}

static void
spread (GstFecTimerWheel *wheel, guint level, guint slot)
{
  GstFecTimer *head = &wheel->slots[level][slot];

  wheel->occupied[level] &= ~(G_GUINT64_CONSTANT (1) << slot);
  while (!list_is_empty (head)) {
    GstFecTimer *timer = head->next;

    list_unlink (timer);
    hang (wheel, timer);
  }
}

static void
fire_due (GstFecTimerWheel *wheel, GstFecTimerFunc func, gpointer user_data)
{
  while (!list_is_empty (&wheel->due)) {
    GstFecTimer *timer = wheel->due.next;

    gst_fec_timer_wheel_remove (wheel, timer);
    func (timer, user_data);
  }
}

void
gst_fec_timer_wheel_advance (GstFecTimerWheel *wheel, gint64 now,
    GstFecTimerFunc func, gpointer user_data)
{
  guint64 target = MIN ((guint64) (MAX (now, 0) / wheel->tick_us), LAST_TICK);
  guint level, slot;
  guint64 start;

  if (target < wheel->current)
    return;
  fire_due (wheel, func, user_data);
  while (find_next (wheel, &level, &slot, &start) && start <= target) {
    wheel->current = start;
    spread (wheel, level, slot);
    fire_due (wheel, func, user_data);
  }
  wheel->current = target;
}

gint64
gst_fec_timer_wheel_next (const GstFecTimerWheel *wheel)
{
  guint level, slot;
  guint64 start;

  if (!list_is_empty (&wheel->due))
    return (gint64) wheel->current * wheel->tick_us;
  if (!find_next (wheel, &level, &slot, &start))
    return G_MAXINT64;
  if (start > (guint64) (G_MAXINT64 / wheel->tick_us))
    return G_MAXINT64;
  return (gint64) start * wheel->tick_us;
}

static const gchar *
find_fault_in_slot (
    const GstFecTimerWheel *wheel, guint level, guint slot, guint *n_timers)
{
  const GstFecTimer *head = &wheel->slots[level][slot];
  gboolean used = (wheel->occupied[level] >> slot) & 1;
  const GstFecTimer *timer;

  if (used == list_is_empty (head))
    return "a slot and its bit disagree";
  for (timer = head->next; timer != head; timer = timer->next) {
    if (timer->next->prev != timer || timer->prev->next != timer)
      return "a slot's list is broken";
    if (timer->tick <= wheel->current)
      return "a timer of the past waits";
    if (timer->slot != level * GST_FEC_TIMER_SLOTS + slot)
      return "a timer does not know its slot";
    if (level_of (wheel->current, timer->tick) != level ||
        digit (timer->tick, level) != slot)
      return "a timer hangs in the wrong slot";
    ++*n_timers;
  }
  return NULL;
}

gboolean
gst_fec_timer_wheel_validate (const GstFecTimerWheel *wheel, const gchar **what)
{
  const gchar *fault = NULL;
  const GstFecTimer *timer;
  guint level, slot, n_timers = 0;

  for (level = 0; level < GST_FEC_TIMER_LEVELS && fault == NULL; level++) {
    for (slot = 0; slot < GST_FEC_TIMER_SLOTS && fault == NULL; slot++)
      fault = find_fault_in_slot (wheel, level, slot, &n_timers);
  }
  for (timer = wheel->due.next; timer != &wheel->due; timer = timer->next)
    n_timers++;
  if (fault == NULL && n_timers != wheel->n_timers)
    fault = "timers were lost or came from nowhere";
  *what = fault;
  return fault == NULL;
}

void
gst_fec_timer_wheel_dump (const GstFecTimerWheel *wheel, GString *out)
{
  guint level, slot;

  g_string_append_printf (out,
      "wheel at tick %" G_GUINT64_FORMAT " of %" G_GINT64_FORMAT
      " us, %u timers\n",
      wheel->current, wheel->tick_us, wheel->n_timers);
  for (level = 0; level < GST_FEC_TIMER_LEVELS; level++) {
    for (slot = 0; slot < GST_FEC_TIMER_SLOTS; slot++) {
      const GstFecTimer *head = &wheel->slots[level][slot];
      const GstFecTimer *timer;

      if (list_is_empty (head))
        continue;
      g_string_append_printf (out, "  level %u slot %2u:", level, slot);
      for (timer = head->next; timer != head; timer = timer->next)
        g_string_append_printf (
            out, " %" G_GUINT64_FORMAT, (guint64) timer->tick);
      g_string_append_c (out, '\n');
    }
  }
}
