/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fectimer.c: one deadline that one thread waits for and any thread moves.
 *
 * A deadline that moves to a later time does not wake the waiting thread: it
 * wakes at the old one and sleeps again, which is cheaper than waking it at
 * every media buffer.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fectimer.h"

void
fec_timer_init (FecTimer *timer)
{
  g_mutex_init (&timer->lock);
  g_cond_init (&timer->cond);
  timer->clock = gst_system_clock_obtain ();
  timer->deadline = GST_CLOCK_TIME_NONE;
}

void
fec_timer_clear (FecTimer *timer)
{
  gst_clear_object (&timer->clock);
  g_cond_clear (&timer->cond);
  g_mutex_clear (&timer->lock);
}

static void
wake (FecTimer *timer)
{
  g_cond_signal (&timer->cond);
  if (timer->wait)
    gst_clock_id_unschedule (timer->wait);
}

void
fec_timer_start (FecTimer *timer)
{
  g_mutex_lock (&timer->lock);
  timer->deadline = GST_CLOCK_TIME_NONE;
  timer->running = TRUE;
  g_mutex_unlock (&timer->lock);
}

void
fec_timer_stop (FecTimer *timer)
{
  g_mutex_lock (&timer->lock);
  timer->running = FALSE;
  wake (timer);
  g_mutex_unlock (&timer->lock);
}

GstClockTime
fec_timer_now (FecTimer *timer)
{
  return gst_clock_get_time (timer->clock);
}

void
fec_timer_set (FecTimer *timer, GstClockTime deadline)
{
  g_mutex_lock (&timer->lock);
  timer->deadline = deadline;
  if (deadline != GST_CLOCK_TIME_NONE &&
      (timer->wait == NULL || deadline < timer->wait_until))
    wake (timer);
  g_mutex_unlock (&timer->lock);
}

/* Sleeps until the deadline or until somebody wakes it; the lock is held. */
static void
sleep_until_deadline (FecTimer *timer)
{
  GstClockID id = gst_clock_new_single_shot_id (timer->clock, timer->deadline);

  timer->wait = id;
  timer->wait_until = timer->deadline;
  g_mutex_unlock (&timer->lock);
  gst_clock_id_wait (id, NULL);
  g_mutex_lock (&timer->lock);
  timer->wait = NULL;
  gst_clock_id_unref (id);
}

gboolean
fec_timer_wait (FecTimer *timer)
{
  gboolean due = FALSE;

  g_mutex_lock (&timer->lock);
  while (timer->running && !due) {
    if (timer->deadline == GST_CLOCK_TIME_NONE) {
      g_cond_wait (&timer->cond, &timer->lock);
    } else if (gst_clock_get_time (timer->clock) < timer->deadline) {
      sleep_until_deadline (timer);
    } else {
      timer->deadline = GST_CLOCK_TIME_NONE;
      due = TRUE;
    }
  }
  g_mutex_unlock (&timer->lock);
  return due;
}
