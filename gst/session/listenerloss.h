/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listenerloss.h: what share of its packets the listeners of a channel lose,
 * by their reports of the last seconds. Bounded; no clock: times are
 * microseconds of a monotonic clock. One thread at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Listeners that are known at the same time; reports of more are not counted. */
#define GST_FEC_LOSS_MAX_LISTENERS 4096
/** A listener that has not reported for so long (three intervals) is forgotten. */
#define GST_FEC_LOSS_FORGET_US (15 * G_USEC_PER_SEC)
/** Reports that come closer to each other are taken together. */
#define GST_FEC_LOSS_GATHER_US (2 * G_USEC_PER_SEC)

typedef struct _GstFecListenerLoss GstFecListenerLoss;

GstFecListenerLoss *gst_fec_listener_loss_new (void);
void gst_fec_listener_loss_free (GstFecListenerLoss *loss);

/** Since its report before @session has had @received packets and lost @lost. */
void gst_fec_listener_loss_report (GstFecListenerLoss *loss, guint64 session,
    guint32 received, guint32 lost, gint64 now);

/**
 * The share, 0 to 1, that nine of ten listeners lose at most; 0 when there are
 * none. @listeners is set to how many are known at @now.
 */
gdouble gst_fec_listener_loss_worst_tenth (
    GstFecListenerLoss *loss, gint64 now, guint *listeners);

G_END_DECLS
