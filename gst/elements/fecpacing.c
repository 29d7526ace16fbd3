/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecpacing.c: when a block closes and when its repair symbols leave. Pure
 * arithmetic on times.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecpacing.h"

void
fec_block_times_open (FecBlockTimes *times, GstClockTime now)
{
  times->opened_at = now;
  times->start = GST_CLOCK_STIME_NONE;
  times->held_since = GST_CLOCK_TIME_NONE;
  times->stalled_since = GST_CLOCK_TIME_NONE;
}

/*
 * How long the block shall become. It waits for a key frame that is expected
 * soon after its time: otherwise the key frame would find a block of a few
 * symbols and close that, and short blocks stand little loss.
 */
static GstClockTimeDiff
wanted_length (const FecBlockTimes *times)
{
  GstClockTimeDiff duration = (GstClockTimeDiff) times->duration;
  GstClockTimeDiff to_sync;

  if (!GST_CLOCK_STIME_IS_VALID (times->start) ||
      !GST_CLOCK_STIME_IS_VALID (times->next_sync))
    return duration;
  to_sync = times->next_sync - times->start;
  if (to_sync > duration && to_sync < duration + duration / 2)
    return to_sync;
  return duration;
}

gboolean
fec_block_times_is_over (
    const FecBlockTimes *times, GstClockTimeDiff running_time, GstClockTime now)
{
  GstClockTimeDiff duration = (GstClockTimeDiff) times->duration;

  if (GST_CLOCK_STIME_IS_VALID (times->start) &&
      GST_CLOCK_STIME_IS_VALID (running_time)) {
    GstClockTimeDiff elapsed = running_time - times->start;

    /* A long step back is a new timeline; a short one is reordering. */
    return elapsed >= wanted_length (times) || elapsed <= -duration;
  }
  return times->live && now >= times->opened_at + times->duration;
}

GstClockTime
fec_block_times_close_deadline (const FecBlockTimes *times)
{
  GstClockTime deadline = GST_CLOCK_TIME_NONE;

  if (times->live) {
    deadline = times->opened_at + (GstClockTime) wanted_length (times);
    /* Timed input closes the block itself; the clock does it only when that
     * input is late, so that jitter does not decide where blocks end. */
    if (GST_CLOCK_STIME_IS_VALID (times->start))
      deadline += MIN (times->max_hold, times->duration);
  }
  /* GST_CLOCK_TIME_NONE is the largest of all times. */
  if (times->stalled_since != GST_CLOCK_TIME_NONE)
    deadline = MIN (deadline, times->stalled_since + times->duration);
  return deadline;
}

GstClockTime
fec_block_times_hold_deadline (const FecBlockTimes *times)
{
  if (times->held_since == GST_CLOCK_TIME_NONE)
    return GST_CLOCK_TIME_NONE;
  return times->held_since + times->max_hold;
}

GstClockTime
fec_block_times_elapsed (
    const FecBlockTimes *times, GstClockTimeDiff running_time)
{
  if (!GST_CLOCK_STIME_IS_VALID (times->start) ||
      !GST_CLOCK_STIME_IS_VALID (running_time) || running_time < times->start)
    return 0;
  return (GstClockTime) (running_time - times->start);
}

guint32
fec_repair_plan_due (const FecRepairPlan *plan, GstClockTime now,
    GstClockTime elapsed, guint32 next_symbols)
{
  GstClockTime since = now > plan->closed_at ? now - plan->closed_at : 0;
  guint64 by_time, by_symbols;

  if (plan->count == 0)
    return 0;
  by_time =
      gst_util_uint64_scale (plan->count, MAX (since, elapsed), plan->duration);
  by_symbols = (guint64) plan->count * next_symbols / MAX (plan->symbols, 1);
  return (guint32) MIN (plan->count, MAX (by_time, by_symbols));
}

GstClockTime
fec_repair_plan_deadline (const FecRepairPlan *plan)
{
  guint64 step, next;

  if (plan->sent >= plan->count)
    return GST_CLOCK_TIME_NONE;
  step = gst_util_uint64_scale (plan->count, GST_MSECOND, plan->duration);
  step = MAX (step, 1);
  next = MIN ((plan->sent / step + 1) * step, plan->count);
  return plan->closed_at +
      gst_util_uint64_scale_ceil (plan->duration, next, plan->count);
}
