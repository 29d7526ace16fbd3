/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hubtcp.c: what the hub's TCP port asks and tells: messages for the session server, connections that are no more. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/hub-private.h"

static gint64
get_now (gpointer user_data)
{
  return gst_fec_hub_get_now (user_data);
}

static gsize
on_message (gpointer user_data, const guint8 *data, gsize size,
    const GstFecAddress *from, const GstFecAddress *to, guint8 *reply,
    gsize max, gboolean *has_session)
{
  GstFecHub *hub = user_data;
  gsize reply_size;

  gst_fec_hub_lock (hub);
  hub->arrival = *to;
  hub->in_server = TRUE;
  reply_size = gst_fec_session_server_handle (hub->server, data, size, from, to,
      gst_fec_hub_get_now (hub), g_get_real_time (), reply, max);
  *has_session = gst_fec_session_server_has_session (hub->server, from);
  hub->in_server = FALSE;
  gst_fec_hub_reschedule (hub);
  gst_fec_hub_unlock (hub);
  return reply_size;
}

static gboolean
has_session (gpointer user_data, const GstFecAddress *client)
{
  GstFecHub *hub = user_data;
  gboolean found;

  gst_fec_hub_lock (hub);
  found = gst_fec_session_server_has_session (hub->server, client);
  gst_fec_hub_unlock (hub);
  return found;
}

static void
on_closed (gpointer user_data, const GstFecAddress *client)
{
  GstFecHub *hub = user_data;

  gst_fec_hub_lock (hub);
  hub->in_server = TRUE;
  gst_fec_session_server_disconnect (
      hub->server, client, gst_fec_hub_get_now (hub));
  hub->in_server = FALSE;
  gst_fec_hub_unlock (hub);
}

GstFecTcpPort *
gst_fec_hub_new_tcp_port (GstFecHub *hub)
{
  const GstFecTcpCallbacks callbacks = {
    .get_now = get_now,
    .message = on_message,
    .has_session = has_session,
    .closed = on_closed,
  };

  return gst_fec_tcp_port_new (&callbacks, hub);
}
