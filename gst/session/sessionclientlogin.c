/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionclientlogin.c: the client's nonce and login: RFC 8489's long-term
 * credentials. Requests are signed as soon as a challenge has named a realm,
 * and answers to them must be.
 */
#include "sessionclient-private.h"

#include <string.h>

/* A nonce younger than this is not why a server refuses a request. */
#define FRESH (10 * (gint64) G_USEC_PER_SEC)
/* Refusals in a row until the login is taken for wrong. */
#define REFUSALS_BEFORE_GIVING_UP 3
/* Answers without a signature until a server is taken for one without logins. */
#define UNSIGNED_BEFORE_GIVING_UP 5

void
gst_fec_session_client_take_challenge (
    GstFecSessionClient *client, const GstFecControlMessage *answer, gint64 now)
{
  g_strlcpy (client->nonce, answer->nonce, sizeof (client->nonce));
  client->nonce_time = now;
  if (answer->realm[0] == '\0' || client->user == NULL)
    return;
  g_strlcpy (client->realm, answer->realm, sizeof (client->realm));
  gst_fec_control_make_key (
      client->user, client->realm, client->password, client->key);
  client->has_key = TRUE;
}

void
gst_fec_session_client_choose_key (
    const GstFecSessionClient *client, GstFecSlot *slot)
{
  slot->with_nonce = client->nonce[0] != '\0';
  slot->with_key = slot->with_nonce && client->has_key;
  if (slot->with_key)
    memcpy (slot->key, client->key, sizeof (slot->key));
}

void
gst_fec_session_client_sign (const GstFecSessionClient *client,
    const GstFecSlot *slot, GstFecControlMessage *message)
{
  if (slot->with_nonce)
    g_strlcpy (message->nonce, client->nonce, sizeof (message->nonce));
  if (!slot->with_key)
    return;
  g_strlcpy (message->username, client->user, sizeof (message->username));
  g_strlcpy (message->realm, client->realm, sizeof (message->realm));
  message->key = slot->key;
}

static gboolean
is_challenge (const GstFecControlMessage *answer)
{
  return answer->klass == GST_FEC_CLASS_ERROR &&
      (answer->error_code == GST_FEC_ERROR_UNAUTHENTICATED ||
          answer->error_code == GST_FEC_ERROR_STALE_NONCE);
}

/* A server without logins signs nothing; waiting for it would have no end. One
   that has signed before is not believed to have stopped. */
static void
note_unsigned (GstFecSessionClient *client)
{
  client->unsigned_answers++;
  if (client->unsigned_answers >= UNSIGNED_BEFORE_GIVING_UP &&
      !client->server_signs)
    gst_fec_session_client_refuse (
        client, GST_FEC_ERROR_UNAUTHENTICATED, "Server does not know logins");
}

gboolean
gst_fec_session_client_is_signed_right (GstFecSessionClient *client,
    const GstFecSlot *slot, const GstFecControlMessage *answer,
    const guint8 *data, gsize size)
{
  if (!slot->with_key || is_challenge (answer))
    return TRUE;
  if (!answer->has_integrity) {
    note_unsigned (client);
    return FALSE;
  }
  if (!gst_fec_control_check_integrity (data, size, slot->key))
    return FALSE;
  client->server_signs = TRUE;
  return TRUE;
}

gboolean
gst_fec_session_client_is_wrong_login (const GstFecSessionClient *client,
    GstFecSlot *slot, guint error, gint64 now)
{
  if (error == GST_FEC_ERROR_UNAUTHENTICATED && slot->with_key &&
      slot->challenges > 0 && now - client->nonce_time < FRESH)
    slot->refusals++;
  else
    slot->refusals = 0;
  return slot->refusals >= REFUSALS_BEFORE_GIVING_UP;
}
