/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hubevents.h: the signals of a hub, and the changes that wait to be told by them until no lock is held. Private to
 * the hub.
 */
#pragma once

#include <glib-object.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** Adds the signals to the hub's class. */
void gst_fec_hub_events_install (GObjectClass *klass);

/** An empty list of changes. */
GArray *gst_fec_hub_events_new (void);
/** Notes that @client got @tsi (@reason NULL), or lost it for @reason, a static string. */
void gst_fec_hub_event_append (GArray *events, const GstFecAddress *client,
    guint32 tsi, const gchar *reason);
/** Emits the signals of @events and frees it. */
void gst_fec_hub_events_emit (GObject *hub, GArray *events);
/** Emits "client-connecting". */
gboolean gst_fec_hub_event_may_join (
    GObject *hub, const GstFecAddress *client, guint32 tsi);

G_END_DECLS
