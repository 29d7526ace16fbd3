/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-clock.c: medians of runs. Knows benchreport's percentiles only.
 */
#include "codec-clock.h"

#include <time.h>

#include "benchreport.h"

gdouble
codec_now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (gdouble) time.tv_sec + 1e-9 * (gdouble) time.tv_nsec;
}

void
codec_clock_init (CodecClock *clock, gdouble least)
{
  clock->least = least;
  clock->seconds = 0;
  clock->each = g_array_new (FALSE, FALSE, sizeof (gdouble));
}

gboolean
codec_clock_add (CodecClock *clock, gdouble seconds, guint blocks)
{
  gdouble each = seconds / blocks;

  clock->seconds += seconds;
  g_array_append_val (clock->each, each);
  return clock->seconds < clock->least;
}

gdouble
codec_clock_end (CodecClock *clock)
{
  gdouble median = bench_percentile (clock->each, 50);

  g_array_unref (clock->each);
  return median;
}
