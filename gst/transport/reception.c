/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reception.c: counts packets. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/reception.h"

/* A jump by more than this is a sender that began anew, not loss. */
#define MAX_JUMP 8192

static guint64
lost_since_base (const GstFecReception *reception)
{
  guint64 expected = (guint64) (reception->highest - reception->base) + 1;

  if (reception->received_since_base >= expected)
    return 0;
  return expected - reception->received_since_base;
}

void
gst_fec_reception_resync (GstFecReception *reception)
{
  if (!reception->started)
    return;
  reception->lost_before_base += lost_since_base (reception);
  reception->started = FALSE;
}

static void
add_time (GstFecReception *reception, gint64 arrival)
{
  gint64 spacing = arrival - reception->last_arrival;
  gint64 deviation;

  reception->last_arrival = arrival;
  if (spacing < 0)
    return;
  deviation = ABS (spacing - reception->spacing_q4 / 16);
  reception->spacing_q4 += spacing - reception->spacing_q4 / 16;
  reception->jitter_q4 += deviation - reception->jitter_q4 / 16;
}

void
gst_fec_reception_add (GstFecReception *reception, guint16 seq, gint64 arrival)
{
  gint16 jump = (gint16) (seq - (guint16) reception->highest);

  if (reception->started && ABS ((gint) jump) > MAX_JUMP)
    gst_fec_reception_resync (reception);
  reception->received++;
  if (!reception->started) {
    reception->started = TRUE;
    reception->base = reception->highest = seq;
    reception->received_since_base = 1;
    reception->last_arrival = arrival;
    return;
  }
  reception->received_since_base++;
  if (jump > 0)
    reception->highest += jump;
  add_time (reception, arrival);
}

guint64
gst_fec_reception_get_lost (const GstFecReception *reception)
{
  if (!reception->started)
    return reception->lost_before_base;
  return reception->lost_before_base + lost_since_base (reception);
}

guint32
gst_fec_reception_get_jitter_us (const GstFecReception *reception)
{
  return (guint32) MIN (reception->jitter_q4 / 16, (gint64) G_MAXUINT32);
}
