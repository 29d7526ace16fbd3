/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hubfeedback.h: what listeners send back, handed to who makes the packets, and
 * packets that are for some listeners alone. Private to the hub; what
 * applications call is in hub.h.
 */
#pragma once

#include "transport/hub-private.h"

G_BEGIN_DECLS

/** A client lacks symbols; the hub has the lock. */
void gst_fec_hub_feedback_missing (GstFecHub *hub, GstFecHubChannel *channel,
    guint64 session, const GstFecAddress *client, const GstFecMissing *missing);
/** A listener has reported; the hub has the lock. */
void gst_fec_hub_feedback_reported (GstFecHub *hub, GstFecHubChannel *channel,
    guint64 session, const GstFecChannelReport *report);

/**
 * Tells what is due, without the lock, in the control thread. Returns when to
 * call again at the latest.
 */
gint64 gst_fec_hub_feedback_run (GstFecHub *hub);

G_END_DECLS
