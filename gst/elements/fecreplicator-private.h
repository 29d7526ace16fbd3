/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecreplicator-private.h: what the files of fecunicastreplicator share: gstfecunicastreplicator.c (channels and
 * packets), fecreplicatorhub.c (the hub, signals and actions), fecreplicatorfeedback.c (what listeners send back) and
 * fecreplicatorproperties.c.
 */
#pragma once

#include "fecreplicatoraccess.h"
#include "fecreplicatorchannel.h"
#include "fecreplicatorfixed.h"
#include "gstfecunicastreplicator.h"
#include "transport/hub.h"

G_BEGIN_DECLS

struct _GstFecUnicastReplicator
{
  GstBaseSink parent;

  /* under the object lock */
  gchar *address;
  guint port;
  gchar *channel;
  gchar *multicast_group;
  guint multicast_port;
  gchar *multicast_source;
  GstFecSessionSettings settings;
  GstFecReplicatorAccess access;
  GstFecOrderSettings order_settings;
  guint max_connections;
  gchar *initial_clients;
  GstFecHub *given_hub; /* the property */
  GstFecHub *context_hub; /* from a context */
  GstFecHub *hub; /* in use; NULL when stopped */
  GHashTable *tsis; /* TSIs of our channels, a set */
  guint64 packets;
  guint64 bytes;
  guint64 malformed;
  guint64 refused; /* packets of more TSIs than there may be */

  GstFecReplicatorFixed fixed; /* has a lock of its own */

  gboolean own_hub;
  gulong handlers[3];

  /* of the streaming thread */
  GHashTable *channels; /* TSI -> GstFecReplicatorChannel */
  GstFecReplicatorChannel *last; /* of the packet before */
  GstFecDescription description; /* from the caps, without name */
};

/** The hub in use with a reference, NULL when stopped. */
GstFecHub *gst_fec_unicast_replicator_ref_hub (GstFecUnicastReplicator *self);
/** The hub of the property or a context with a reference, NULL when there is none. */
GstFecHub *gst_fec_unicast_replicator_find_shared_hub (
    GstFecUnicastReplicator *self);
/** Clients of @hub wait for the element's channel from now on, or not any more. */
void gst_fec_unicast_replicator_expect_channel (
    GstFecUnicastReplicator *self, GstFecHub *hub, gboolean expected);
/** A hub of the element's own, started; NULL with @error set when it cannot be. */
GstFecHub *gst_fec_unicast_replicator_start_own_hub (
    GstFecUnicastReplicator *self, GError **error);
/** Passes the hub's signals on. */
void gst_fec_unicast_replicator_connect_hub (
    GstFecUnicastReplicator *self, GstFecHub *hub);
/** Ends that. */
void gst_fec_unicast_replicator_disconnect_hub (
    GstFecUnicastReplicator *self, GstFecHub *hub);
/** Adds signals and actions to the class. */
void gst_fec_unicast_replicator_install_signals (GType type);

/** What listeners of @channel, which is in the hub, send back goes upstream from now on. */
void gst_fec_unicast_replicator_listen (
    GstFecUnicastReplicator *self, GstFecReplicatorChannel *channel);
/** Adds to @stats what was asked for; @hub may be NULL. */
void gst_fec_unicast_replicator_add_order_stats (
    GstFecUnicastReplicator *self, GstFecHub *hub, GstStructure *stats);

/** What the property "stats" says; the caller owns it. */
GstStructure *gst_fec_unicast_replicator_get_stats (
    GstFecUnicastReplicator *self);
/** Sets the properties' defaults. */
void gst_fec_unicast_replicator_init_properties (GstFecUnicastReplicator *self);
/** Frees the properties' values. */
void gst_fec_unicast_replicator_clear_properties (
    GstFecUnicastReplicator *self);
/** Adds the properties to the class. */
void gst_fec_unicast_replicator_install_properties (GObjectClass *klass);

G_END_DECLS
