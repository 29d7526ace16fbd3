/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * multicast.h: sending to a group and joining one. Sockets only: knows nothing of channels and pacing.
 */
#pragma once

#include <gio/gio.h>
#include <sys/uio.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** How packets leave for a group. */
typedef struct
{
  GstFecAddress group; /**< with the port */
  guint ttl; /**< hops, 1 to 255 */
  gboolean loop; /**< listeners on this machine get them too */
  const gchar
      *iface; /**< name of the interface; NULL or "": as the routes say */
  gint dscp; /**< 0 to 63; -1: as the system has it */
} GstFecMulticastSettings;

typedef struct _GstFecMulticastSender GstFecMulticastSender;

/** NULL with @error set when there is no such interface, no route, or the address is no group. */
GstFecMulticastSender *gst_fec_multicast_sender_new (
    const GstFecMulticastSettings *settings, GError **error);
void gst_fec_multicast_sender_free (GstFecMulticastSender *sender);

/**
 * Sends @n packets, one each of @packets, waiting for a full socket for some milliseconds at most. Returns how many
 * the kernel took; *@last_error (may be NULL) is the errno of the last one it did not.
 */
guint gst_fec_multicast_sender_send (GstFecMulticastSender *sender,
    const struct iovec *packets, guint n, gint *last_error);

/**
 * A non-blocking socket that gets what is sent to @group, from @source alone when that is not NULL, on @iface (NULL
 * or "": as the system chooses). The caller closes it. -1 with @error set on failure.
 */
gint gst_fec_multicast_join (const GstFecAddress *group,
    const GstFecAddress *source, const gchar *iface, GError **error);

G_END_DECLS
