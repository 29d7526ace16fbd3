/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecreplicatoraccess.h: the properties of fecunicastreplicator that say who may listen, and to how many: logins,
 * limits, other servers.
 */
#pragma once

#include <gst/gst.h>
#include "session/sessionserver.h"

G_BEGIN_DECLS

/** Numbers of the properties, behind all others of the element. */
enum
{
  GST_FEC_PROP_USERS = 100,
  GST_FEC_PROP_SECRET,
  GST_FEC_PROP_REALM,
  GST_FEC_PROP_ALLOW_ANONYMOUS,
  GST_FEC_PROP_ANONYMOUS_CHANNELS,
  GST_FEC_PROP_MAX_SESSIONS_PER_PREFIX,
  GST_FEC_PROP_MAX_EGRESS,
  GST_FEC_PROP_BREAKER_LOSS,
  GST_FEC_PROP_BREAKER_TIME,
  GST_FEC_PROP_BREAKER_PAUSE,
  GST_FEC_PROP_ALTERNATES,
  GST_FEC_PROP_REDIRECT,
};

/** Their values, as far as they are no session settings. */
typedef struct
{
  gchar *users;
  gchar *secret;
  gchar *realm;
  gboolean allow_anonymous;
  gchar *anonymous_channels;
  gchar *alternates;
} GstFecReplicatorAccess;

void gst_fec_replicator_access_install (GObjectClass *klass);
void gst_fec_replicator_access_init (GstFecReplicatorAccess *access);
void gst_fec_replicator_access_clear (GstFecReplicatorAccess *access);

/** FALSE: @id is none of these properties. */
gboolean gst_fec_replicator_access_set (GstFecReplicatorAccess *access,
    GstFecSessionSettings *settings, guint id, const GValue *value);
gboolean gst_fec_replicator_access_get (const GstFecReplicatorAccess *access,
    const GstFecSessionSettings *settings, guint id, GValue *value);

/**
 * What the properties come to: *@credentials is the caller's, NULL when nobody has to log in, and @settings gets the
 * alternate servers. FALSE with @error set when a text is none.
 */
gboolean gst_fec_replicator_access_apply (const GstFecReplicatorAccess *access,
    GstFecSessionSettings *settings, GstFecCredentials **credentials,
    GError **error);

G_END_DECLS
