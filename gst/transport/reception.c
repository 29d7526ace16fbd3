/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reception.c: counts packets. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/reception.h"

#include <string.h>

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

static guint64 *
word_of (GstFecReception *reception, guint32 seq)
{
  return &reception->seen[seq % GST_FEC_RECEPTION_WINDOW / 64];
}

/* The window moves on: what enters it has not been seen. */
static void
advance (GstFecReception *reception, guint32 highest)
{
  guint32 seq = reception->highest;

  if (highest - seq > GST_FEC_RECEPTION_WINDOW)
    seq = highest - GST_FEC_RECEPTION_WINDOW;
  while (seq++ != highest)
    *word_of (reception, seq) &= ~(G_GUINT64_CONSTANT (1) << seq % 64);
  reception->highest = highest;
}

/* FALSE: it was seen before. What is too old to know counts as new. */
static gboolean
see (GstFecReception *reception, guint32 seq)
{
  guint64 bit = G_GUINT64_CONSTANT (1) << seq % 64;
  guint64 *word = word_of (reception, seq);

  if (reception->highest - seq >= GST_FEC_RECEPTION_WINDOW)
    return TRUE;
  if ((*word & bit) != 0)
    return FALSE;
  *word |= bit;
  return TRUE;
}

gboolean
gst_fec_reception_add (GstFecReception *reception, guint16 seq, gint64 arrival)
{
  gint16 jump = (gint16) (seq - (guint16) reception->highest);

  if (reception->started && ABS ((gint) jump) > MAX_JUMP)
    gst_fec_reception_resync (reception);
  if (!reception->started) {
    memset (reception->seen, 0, sizeof (reception->seen));
    reception->started = TRUE;
    reception->base = reception->highest = seq;
    reception->received++;
    reception->received_since_base = 1;
    reception->last_arrival = arrival;
    return see (reception, seq);
  }
  if (jump > 0)
    advance (reception, reception->highest + (guint32) jump);
  if (!see (reception, reception->highest + (guint32) (jump > 0 ? 0 : jump)))
    return FALSE;
  reception->received++;
  reception->received_since_base++;
  add_time (reception, arrival);
  return TRUE;
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
