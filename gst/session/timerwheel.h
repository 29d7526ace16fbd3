/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timerwheel.h: many timers, each set, changed and removed in constant time:
 * a hierarchy of wheels of 64 slots, a level's slot being as long as the whole
 * level below. Allocates nothing; the timers lie in their owners' structures.
 * Knows only numbers: no clock, no threads.
 *
 * Time is cut into ticks. A timer fires in the first advance to or beyond the
 * tick at or after its deadline, never before the deadline, timers of
 * different ticks in their order.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_FEC_TIMER_LEVELS 8
#define GST_FEC_TIMER_SLOTS 64

typedef struct _GstFecTimer GstFecTimer;

/**
 * A timer inside its owner's structure, which must not move while it is set.
 * All zero: not set.
 */
struct _GstFecTimer
{
  GstFecTimer *next, *prev;
  guint64 tick : 48; /**< when it fires */
  guint64 slot : 16; /**< where it hangs: level * 64 + slot, or due */
};

typedef struct
{
  gint64 tick_us; /**< length of a tick, microseconds */
  guint64 current; /**< the tick up to which all has fired */
  guint n_timers;
  guint64 occupied[GST_FEC_TIMER_LEVELS]; /**< a bit for each slot */
  GstFecTimer slots[GST_FEC_TIMER_LEVELS][GST_FEC_TIMER_SLOTS];
  GstFecTimer due; /**< taken from their slots, about to fire */
} GstFecTimerWheel;

/**
 * Called when @timer fires; it is no longer set, and any timer may be set or
 * removed.
 */
typedef void (*GstFecTimerFunc) (GstFecTimer *timer, gpointer user_data);

/**
 * An empty wheel at @now; @tick_us above 0. The wheel must not be moved while
 * timers are set.
 */
void gst_fec_timer_wheel_init (
    GstFecTimerWheel *wheel, gint64 tick_us, gint64 now);

/**
 * Sets @timer to @deadline (microseconds), whether it was set or not. What is
 * not after the current tick fires with the next one.
 */
void gst_fec_timer_wheel_set (
    GstFecTimerWheel *wheel, GstFecTimer *timer, gint64 deadline);
/** Removes @timer; one that is not set is left alone. */
void gst_fec_timer_wheel_remove (GstFecTimerWheel *wheel, GstFecTimer *timer);
gboolean gst_fec_timer_is_set (const GstFecTimer *timer);

/**
 * Fires what is due at @now, and goes on to the tick of @now. Takes time for
 * what fires, not for the ticks that passed. A @now before the last one is
 * ignored.
 */
void gst_fec_timer_wheel_advance (GstFecTimerWheel *wheel, gint64 now,
    GstFecTimerFunc func, gpointer user_data);

/**
 * When to advance again: no timer fires before, though at that time it may be
 * that none does. G_MAXINT64 when no timer is set.
 */
gint64 gst_fec_timer_wheel_next (const GstFecTimerWheel *wheel);

/**
 * Checks all invariants. FALSE with *@what telling the broken one (static). For
 * tests; takes time for all timers.
 */
gboolean gst_fec_timer_wheel_validate (
    const GstFecTimerWheel *wheel, const gchar **what);
/**
 * Adds a readable picture of the wheel to @out: a line for each slot in use.
 */
void gst_fec_timer_wheel_dump (const GstFecTimerWheel *wheel, GString *out);

G_END_DECLS
