/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-clock.h: the time of something that is done again and again. Knows
 * nothing of what it is.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Seconds of a clock that only goes forward. */
gdouble codec_now (void);

/** Runs of one thing; a run may be several blocks. */
typedef struct
{
  gdouble least; /**< seconds to be timed in all */
  gdouble seconds; /**< timed so far */
  GArray *each; /**< gdouble: seconds for a block, of each run */
} CodecClock;

void codec_clock_init (CodecClock *clock, gdouble least);

/** Adds a run of @blocks blocks; TRUE when there is to be another one. */
gboolean codec_clock_add (CodecClock *clock, gdouble seconds, guint blocks);

/** The median of all runs, seconds for a block, so that one interruption does
    not count. Frees what @clock has. */
gdouble codec_clock_end (CodecClock *clock);

G_END_DECLS
