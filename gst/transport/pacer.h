/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pacer.h: a token bucket that says when the next bytes may leave. Time is a parameter; no memory, no threads.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 bitrate; /**< bits per second, 0: no limit */
  gint64 burst_ns; /**< the burst as the time it takes at @bitrate */
  gint64 full_ns; /**< when the bucket is full again */
} GstFecPacer;

/** @bitrate: bits per second, 0 for no limit; @burst: bytes that may leave at once after a pause. */
void gst_fec_pacer_init (GstFecPacer *pacer, guint64 bitrate, guint64 burst);

/**
 * Takes @bytes at @now (monotonic, microseconds). Returns how many microseconds to wait before they may be sent, 0 for
 * at once. They count as sent: wait, and do not ask for them again.
 */
gint64 gst_fec_pacer_take (GstFecPacer *pacer, gsize bytes, gint64 now);

G_END_DECLS
