/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * credentials.h: who may listen to what: users with a password, names that
 * are good until a time (coturn's convention), and nobody in particular.
 * Checks how a control message is signed; keeps no sessions, knows no clock.
 *
 * Filled by one thread; once it is handed to a server it must not be changed,
 * and any thread may use it.
 */
#pragma once

#include <glib.h>
#include "wire/control.h"

G_BEGIN_DECLS

/** The realm when none is named. */
#define GST_FEC_DEFAULT_REALM "gst-fec"

typedef struct _GstFecCredentials GstFecCredentials;

/**
 * Nobody may log in, nobody may listen. @realm: NULL or "": the default;
 * at most GST_FEC_CONTROL_MAX_NAME bytes of UTF-8 without control characters,
 * anything else becomes the default too.
 */
GstFecCredentials *gst_fec_credentials_new (const gchar *realm);
GstFecCredentials *gst_fec_credentials_ref (GstFecCredentials *credentials);
/** Overwrites keys and secret with the last reference; NULL is allowed. */
void gst_fec_credentials_unref (GstFecCredentials *credentials);

const gchar *gst_fec_credentials_get_realm (
    const GstFecCredentials *credentials);

/*
 * In the functions below @channels is a NULL-terminated array of patterns of
 * channel names, where "*" stands for any characters, "/" among them, and "?"
 * for one; NULL: all channels. An empty array: none.
 */

/**
 * Adds a user, or replaces the one of that name. FALSE when @name is empty,
 * longer than GST_FEC_CONTROL_MAX_NAME, no UTF-8 or has control characters. The
 * password is not kept, only the key that is made of it.
 */
gboolean gst_fec_credentials_add_user (GstFecCredentials *credentials,
    const gchar *name, const gchar *password, const gchar *const *channels);
/**
 * Adds users from a text: "name:password[:pattern]...", several of them
 * separated by commas; "%3A", "%2C" and "%25" stand for ":", "," and "%". An
 * empty text adds nobody. FALSE with @error (G_KEY_FILE_ERROR_INVALID_VALUE) set,
 * and some of them perhaps added, when it is anything else. The message names
 * no password.
 */
gboolean gst_fec_credentials_add_users (
    GstFecCredentials *credentials, const gchar *text, GError **error);
/**
 * Accepts names "expiry" or "expiry:anything", where expiry is the second of
 * Unix time after which the name is no good any more, whose password is
 * base64 (HMAC-SHA-1 (@secret, name)). NULL or "": none.
 */
void gst_fec_credentials_set_secret (GstFecCredentials *credentials,
    const gchar *secret, const gchar *const *channels);
/** Lets clients in that do not log in. */
void gst_fec_credentials_allow_anonymous (
    GstFecCredentials *credentials, const gchar *const *channels);

/** Whether a client that does not log in is let in. */
gboolean gst_fec_credentials_is_anonymous_allowed (
    const GstFecCredentials *credentials);

/**
 * Whether @data, a request that was parsed as @message, is signed by the user
 * that it names; then @key is what its answer is signed with. @wall: Unix time
 * in microseconds. Takes as long for a user there is not as for a wrong
 * password.
 */
gboolean gst_fec_credentials_check (const GstFecCredentials *credentials,
    const GstFecControlMessage *message, const guint8 *data, gsize size,
    gint64 wall, guint8 key[GST_FEC_CONTROL_KEY_SIZE]);

/**
 * Whether @user (NULL: a client that did not log in) may have the channel
 * @name.
 */
gboolean gst_fec_credentials_may (
    const GstFecCredentials *credentials, const gchar *user, const gchar *name);

G_END_DECLS
