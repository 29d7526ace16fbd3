/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hubstatic.h: clients that have no session: fixed receivers, added by the application. With the hub's lock. */
#pragma once

#include "transport/hub-private.h"

G_BEGIN_DECLS

gboolean gst_fec_hub_is_static (
    GstFecHubChannel *channel, const GstFecAddress *client);
/** Sends to them from now on: the hub has been started, or the channel been added. */
void gst_fec_hub_begin_statics (GstFecHub *hub, GstFecHubChannel *channel);
/** Tells that nothing is sent to them any more; the channel still knows them. */
void gst_fec_hub_end_statics (GstFecHub *hub, GstFecHubChannel *channel);
/** Removes those at @ip (and its port, when not 0) or with NULL all; returns how many. */
guint gst_fec_hub_remove_statics (GstFecHub *hub, const GstFecAddress *ip);
/** Appends @channel's to @clients, as structures like gst_fec_hub_get_clients()'s. */
void gst_fec_hub_list_statics (GstFecHubChannel *channel, GValue *clients);

G_END_DECLS
