/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecreplicatorfixed.h: the fixed clients of a replicator: receivers that never ask, added by the application for all
 * channels of the element, those that come later too.
 */
#pragma once

#include <gst/gst.h>
#include "transport/hub.h"

G_BEGIN_DECLS

typedef struct
{
  GRecMutex
      lock; /* taken before the hub's; recursive because handlers may add and remove */
  GArray *clients;
} GstFecReplicatorFixed;

void gst_fec_replicator_fixed_init (GstFecReplicatorFixed *fixed);
void gst_fec_replicator_fixed_clear (GstFecReplicatorFixed *fixed);

/**
 * Takes the clients of @text ("192.0.2.1:5000,[2001:db8::1]:5000") until gst_fec_replicator_fixed_stop(). FALSE with
 * @error (G_IO_ERROR) set when one cannot be.
 */
gboolean gst_fec_replicator_fixed_start (
    GstFecReplicatorFixed *fixed, const gchar *text, GError **error);
void gst_fec_replicator_fixed_stop (GstFecReplicatorFixed *fixed);

/** Gives channel @tsi, which is new, to all of them. */
void gst_fec_replicator_fixed_begin (
    GstFecReplicatorFixed *fixed, GstFecHub *hub, guint32 tsi);
/**
 * Adds a client that gets the channels @tsis (GUINT_TO_POINTER()) of @hub (NULL: not started) and all later ones. FALSE
 * with @error set when it cannot be.
 */
gboolean gst_fec_replicator_fixed_add (GstFecReplicatorFixed *fixed,
    GstFecHub *hub, GList *tsis, const gchar *address, gint port,
    GError **error);
/** Removes those at @address and @port (0: all there), NULL: all, and all other clients of @hub (may be NULL) there. */
void gst_fec_replicator_fixed_remove (GstFecReplicatorFixed *fixed,
    GstFecHub *hub, const gchar *address, gint port);

G_END_DECLS
