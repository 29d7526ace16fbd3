/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * breaker.c: windows of loss and a table of pauses; see breaker.h.
 */
#include "breaker.h"
#include "entropy.h"

#include <string.h>

static guint32
add_saturated (guint32 sum, guint64 more)
{
  return (guint32) MIN (sum + MIN (more, G_MAXUINT32), G_MAXUINT32);
}

gboolean
gst_fec_loss_window_add (GstFecLossWindow *window, guint64 received,
    guint64 lost, gint64 now, guint time_s, guint percent)
{
  guint32 now_ms = (guint32) (now / 1000);
  gboolean tripped;

  if (window->begin_ms == 0)
    window->begin_ms = MAX (now_ms, 1);
  window->received = add_saturated (window->received, received);
  window->lost = add_saturated (window->lost, lost);
  if ((guint64) (guint32) (now_ms - window->begin_ms) < time_s * (guint64) 1000)
    return FALSE;
  tripped = (guint64) window->lost * 100 >
      ((guint64) window->lost + window->received) * percent;
  memset (window, 0, sizeof (*window));
  window->begin_ms = MAX (now_ms, 1);
  return tripped;
}

void
gst_fec_pauses_init (GstFecPauses *pauses)
{
  memset (pauses, 0, sizeof (*pauses));
  gst_fec_entropy_fill (&pauses->secret, sizeof (pauses->secret));
}

/* A new port is the same path; TCP, which slows down by itself, is another. */
static guint64
hash_of (const GstFecPauses *pauses, const GstFecAddress *address)
{
  GstFecAddress host = *address;

  host.port = 0;
  return MAX (gst_fec_entropy_hash (pauses->secret, &host, sizeof (host)), 1);
}

void
gst_fec_pauses_add (
    GstFecPauses *pauses, const GstFecAddress *address, gint64 until)
{
  guint64 who = hash_of (pauses, address);

  pauses->places[who % GST_FEC_PAUSES].who = who;
  pauses->places[who % GST_FEC_PAUSES].until = until;
}

gboolean
gst_fec_pauses_contain (
    const GstFecPauses *pauses, const GstFecAddress *address, gint64 now)
{
  guint64 who = hash_of (pauses, address);

  return pauses->places[who % GST_FEC_PAUSES].who == who &&
      now < pauses->places[who % GST_FEC_PAUSES].until;
}
