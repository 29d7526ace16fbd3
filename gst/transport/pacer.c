/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pacer.c: the bucket is kept as the time at which it is full again; taking bytes moves that time by what they cost.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/pacer.h"

#include <gst/gst.h>

static gint64
cost_ns (guint64 bitrate, guint64 bytes)
{
  guint64 ns = gst_util_uint64_scale (bytes, 8 * GST_SECOND, bitrate);

  return MIN (ns, (guint64) G_MAXINT64 / 4);
}

void
gst_fec_pacer_init (GstFecPacer *pacer, guint64 bitrate, guint64 burst)
{
  pacer->bitrate = bitrate;
  pacer->burst_ns = bitrate == 0 ? 0 : cost_ns (bitrate, burst);
  pacer->full_ns = 0;
}

gint64
gst_fec_pacer_take (GstFecPacer *pacer, gsize bytes, gint64 now)
{
  gint64 now_ns = now * 1000;
  gint64 wait_ns;

  if (pacer->bitrate == 0)
    return 0;
  pacer->full_ns =
      MAX (pacer->full_ns, now_ns) + cost_ns (pacer->bitrate, bytes);
  wait_ns = pacer->full_ns - now_ns - pacer->burst_ns;
  return wait_ns <= 0 ? 0 : (wait_ns + 999) / 1000;
}
