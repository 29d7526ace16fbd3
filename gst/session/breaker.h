/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * breaker.h: the circuit breaker (RFC 8084 in spirit): how much of what was
 * sent to a session got lost on average over a time, and which addresses have
 * to pause since it was too much. Knows addresses and times, no sessions.
 */
#pragma once

#include <glib.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** Addresses that a table of pauses can hold, 16 bytes each: 64 KiB. */
#define GST_FEC_PAUSES 4096

/** What a session's reports have said since @begin_ms; all zero: nothing. */
typedef struct
{
  guint32 begin_ms; /**< monotonic, modulo 2^32; 0: not begun */
  guint32 received;
  guint32 lost;
} GstFecLossWindow;

/**
 * Adds what a report says that came at @now (microseconds). TRUE when
 * @time_s or more have passed since the window began and more than @percent
 * of its packets were lost. After as long the window begins anew, whatever it
 * had.
 */
gboolean gst_fec_loss_window_add (GstFecLossWindow *window, guint64 received,
    guint64 lost, gint64 now, guint time_s, guint percent);

/** Addresses that have to wait, in a table that does not grow. */
typedef struct
{
  guint64 secret;
  struct
  {
    guint64 who; /**< hash of the address, 0: nobody */
    gint64 until;
  } places[GST_FEC_PAUSES];
} GstFecPauses;

void gst_fec_pauses_init (GstFecPauses *pauses);
/**
 * Whoever is at the IP address of @address, whichever its port, gets nothing by
 * this transport until @until. When its place in the table is taken, the address
 * that had it need not wait any more.
 */
void gst_fec_pauses_add (
    GstFecPauses *pauses, const GstFecAddress *address, gint64 until);
/** Whether @address has to wait at @now. */
gboolean gst_fec_pauses_contain (
    const GstFecPauses *pauses, const GstFecAddress *address, gint64 now);

G_END_DECLS
