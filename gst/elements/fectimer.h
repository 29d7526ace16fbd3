/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fectimer.h: one deadline that one thread waits for and any thread moves.
 * Knows the GStreamer system clock and nothing of elements. Tests drive it
 * through gst_system_clock_set_default().
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GMutex lock;
  GCond cond;
  GstClock *clock; /* owned */
  GstClockID wait; /* what the waiting thread sleeps on, or NULL */
  GstClockTime wait_until; /* the time of @wait */
  GstClockTime deadline; /* GST_CLOCK_TIME_NONE: none */
  gboolean running;
} FecTimer;

/** Prepares zeroed memory; takes the system clock of this moment; the timer is stopped. */
void fec_timer_init (FecTimer *timer);
/** Frees what the timer holds; no thread may wait any more. */
void fec_timer_clear (FecTimer *timer);

/** Lets fec_timer_wait() wait; there is no deadline. */
void fec_timer_start (FecTimer *timer);
/** Makes fec_timer_wait() return FALSE, now and until the next start. */
void fec_timer_stop (FecTimer *timer);

/** The time of the timer's clock. */
GstClockTime fec_timer_now (FecTimer *timer);
/** Moves the deadline; GST_CLOCK_TIME_NONE for none. Any thread. */
void fec_timer_set (FecTimer *timer, GstClockTime deadline);
/**
 * Waits until the deadline has come, takes it away and returns TRUE; returns
 * FALSE when the timer is stopped. One thread at a time.
 */
gboolean fec_timer_wait (FecTimer *timer);

G_END_DECLS
