/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-auth.h: who may listen to which channels of a server. A server without one lets anybody have anything.
 *
 * |[<!-- language="C" -->
 *   static const gchar *const live[] = { "live-*", "news", NULL };
 *   GstFecAuth *auth = gst_fec_auth_new ();
 *
 *   gst_fec_auth_add_user (auth, "ann", "sesame", NULL);
 *   gst_fec_auth_add_user (auth, "bob", "open", live);
 *   gst_fec_server_set_auth (server, auth);
 *   g_object_unref (auth);
 * ]|
 *
 * Channels are named by patterns of their paths, in NULL-terminated arrays: "*" stands for any characters, a slash among
 * them, "?" for one. NULL: all channels; an empty array: none.
 *
 * What is changed counts at once, also in a server that runs: sessions stay, but a listener whose login is no good any
 * more cannot renew them.
 *
 * Signal "changed": something else is allowed now; from the thread that changed it.
 *
 * Functions may be called from any thread.
 */
#pragma once

#include "fec-server-prelude.h"

G_BEGIN_DECLS

#define GST_TYPE_FEC_AUTH (gst_fec_auth_get_type ())
GST_FEC_SERVER_API
G_DECLARE_FINAL_TYPE (GstFecAuth, gst_fec_auth, GST, FEC_AUTH, GObject)

/**
 * gst_fec_auth_new:
 *
 * Returns: (transfer full): an object that lets nobody in, with the realm "gst-fec"
 */
GST_FEC_SERVER_API
GstFecAuth *gst_fec_auth_new (void);

/**
 * gst_fec_auth_set_realm:
 * @self: a #GstFecAuth
 * @realm: (nullable): 1 to 255 bytes of UTF-8 without control characters; %NULL, or anything else: "gst-fec"
 *
 * The realm is a part of what passwords are checked with, and is told to clients.
 */
GST_FEC_SERVER_API
void gst_fec_auth_set_realm (GstFecAuth *self, const gchar *realm);

/**
 * gst_fec_auth_get_realm:
 * @self: a #GstFecAuth
 *
 * Returns: (transfer full): the realm
 */
GST_FEC_SERVER_API
gchar *gst_fec_auth_get_realm (GstFecAuth *self);

/**
 * gst_fec_auth_add_user:
 * @self: a #GstFecAuth
 * @name: 1 to 255 bytes of UTF-8 without control characters
 * @password: its password
 * @channels: (nullable) (array zero-terminated=1): patterns of the channels the user may have, %NULL: all
 *
 * Adds a user, or replaces the one of that name.
 *
 * Returns: %FALSE when @name is none; nothing has changed then
 */
GST_FEC_SERVER_API
gboolean gst_fec_auth_add_user (GstFecAuth *self, const gchar *name,
    const gchar *password, const gchar *const *channels);

/**
 * gst_fec_auth_remove_user:
 * @self: a #GstFecAuth
 * @name: a name
 *
 * Returns: %FALSE when there is no such user
 */
GST_FEC_SERVER_API
gboolean gst_fec_auth_remove_user (GstFecAuth *self, const gchar *name);

/**
 * gst_fec_auth_set_secret:
 * @self: a #GstFecAuth
 * @secret: (nullable): a secret shared with whoever makes passwords, %NULL: none
 * @channels: (nullable) (array zero-terminated=1): patterns of the channels they may have, %NULL: all
 *
 * Also lets in names "expiry:anything", expiry being the second of Unix time when the name stops being good, whose
 * password is base64 (HMAC-SHA-1 (@secret, name)): the convention of coturn and of WebRTC's TURN servers.
 */
GST_FEC_SERVER_API
void gst_fec_auth_set_secret (
    GstFecAuth *self, const gchar *secret, const gchar *const *channels);

/**
 * gst_fec_auth_set_anonymous:
 * @self: a #GstFecAuth
 * @allowed: whether clients that do not log in may listen
 * @channels: (nullable) (array zero-terminated=1): patterns of the channels they may have, %NULL: all
 */
GST_FEC_SERVER_API
void gst_fec_auth_set_anonymous (
    GstFecAuth *self, gboolean allowed, const gchar *const *channels);

G_END_DECLS
