/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hubclients.h: what the hub knows of clients beyond the session server. Private to the hub. */
#pragma once

#include <gst/gst.h>
#include "transport/clientlist.h"

G_BEGIN_DECLS

/** Keeps in @clients (of gst_fec_session_server_get_clients()) those that listen to @tsi. */
void gst_fec_hub_clients_filter (GValue *clients, guint32 tsi);
/** Adds send-errors and send-error to the clients that @list had errors for. */
void gst_fec_hub_clients_add_errors (GValue *clients, GstFecClientList *list);
/** Appends to @found (of GstFecAddress) the clients of @list that are at @ip and (when not 0) @port. */
void gst_fec_hub_clients_match (GArray *found, GstFecClientList *list,
    const GstFecAddress *ip, guint16 port);

/** Says in @clients by what transport each is served ("udp", "tcp"), and takes that out of the addresses. */
void gst_fec_hub_clients_set_transport (GValue *clients);

G_END_DECLS
