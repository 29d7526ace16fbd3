/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control-write.c: control messages to bytes; see control.h and docs/protocol.md. libnice's STUN functions do the
 * framing and sign, this file knows the attributes.
 */
#include "wire/control-private.h"

#include <string.h>

#include "wire/bytes.h"

#define MAGIC_COOKIE 0x2112A442u

static gboolean
write_64 (StunMessage *stun, StunAttribute type, guint64 value)
{
  return value == 0 ||
      stun_message_append64 (stun, type, value) == STUN_MESSAGE_RETURN_SUCCESS;
}

static gboolean
write_32 (StunMessage *stun, StunAttribute type, guint32 value)
{
  return value == 0 ||
      stun_message_append32 (stun, type, value) == STUN_MESSAGE_RETURN_SUCCESS;
}

static gboolean
write_text (StunMessage *stun, StunAttribute type, const gchar *text)
{
  return text[0] == '\0' ||
      stun_message_append_bytes (stun, type, text, strlen (text)) ==
      STUN_MESSAGE_RETURN_SUCCESS;
}

/* libnice's own function for this knows only its phrases, and some of our numbers mean other things in TURN. */
static gboolean
write_error (StunMessage *stun, const GstFecControlMessage *message)
{
  const gchar *reason = message->reason[0] != '\0'
      ? message->reason
      : gst_fec_control_reason (message->error_code);
  gsize length = strlen (reason);
  guint8 *out;

  if (message->klass != GST_FEC_CLASS_ERROR)
    return TRUE;
  if (message->error_code < 300 || message->error_code > 699)
    return FALSE;
  out = stun_message_append (
      stun, STUN_ATTRIBUTE_ERROR_CODE, ERROR_FIELDS + length);
  if (out == NULL)
    return FALSE;
  out[0] = 0;
  out[1] = 0;
  out[2] = message->error_code / 100;
  out[3] = message->error_code % 100;
  memcpy (out + ERROR_FIELDS, reason, length);
  return TRUE;
}

static gboolean
write_unknown (StunMessage *stun, const GstFecControlMessage *message)
{
  guint8 *out;
  guint i;

  if (message->n_unknown == 0)
    return TRUE;
  if (message->n_unknown > GST_FEC_CONTROL_MAX_UNKNOWN)
    return FALSE;
  out = stun_message_append (
      stun, STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES, message->n_unknown * 2);
  for (i = 0; out != NULL && i < message->n_unknown; i++)
    gst_fec_write_be16 (out + 2 * i, message->unknown[i]);
  return out != NULL;
}

static gboolean
write_channels (StunMessage *stun, const GstFecControlMessage *message)
{
  guint8 *out;
  gsize size = 0;
  guint i;

  if (message->n_channels == 0)
    return TRUE;
  if (message->n_channels > GST_FEC_CONTROL_MAX_CHANNELS)
    return FALSE;
  for (i = 0; i < message->n_channels; i++)
    size += CHANNEL_FIELDS + strlen (message->channels[i].name);
  out = stun_message_append (stun, ATTRIBUTE_CHANNELS, size);
  if (out == NULL)
    return FALSE;
  for (i = 0; i < message->n_channels; i++) {
    const GstFecChannelRequest *channel = &message->channels[i];
    gsize length = strlen (channel->name);

    out = gst_fec_write_be32 (out, channel->tsi);
    out = gst_fec_write_be32 (out, channel->lease_seconds);
    out = gst_fec_write_be64 (out, channel->lease_end);
    *out++ = length;
    memcpy (out, channel->name, length);
    out += length;
  }
  return TRUE;
}

static gboolean
write_grants (StunMessage *stun, const GstFecControlMessage *message)
{
  guint8 *out;
  guint i;

  if (message->n_grants == 0)
    return TRUE;
  if (message->n_grants > GST_FEC_CONTROL_MAX_CHANNELS)
    return FALSE;
  out = stun_message_append (
      stun, ATTRIBUTE_GRANTS, message->n_grants * GRANT_SIZE);
  for (i = 0; out != NULL && i < message->n_grants; i++) {
    out = gst_fec_write_be32 (out, message->grants[i].tsi);
    out = gst_fec_write_be16 (out, message->grants[i].error);
    out = gst_fec_write_be16 (out, 0);
    out = gst_fec_write_be64 (out, message->grants[i].lease_end);
  }
  return out != NULL;
}

static gboolean
write_reports (StunMessage *stun, const GstFecControlMessage *message)
{
  guint8 *out;
  guint i;

  if (message->n_reports == 0)
    return TRUE;
  if (message->n_reports > GST_FEC_CONTROL_MAX_CHANNELS)
    return FALSE;
  out = stun_message_append (
      stun, ATTRIBUTE_REPORTS, message->n_reports * REPORT_SIZE);
  for (i = 0; out != NULL && i < message->n_reports; i++) {
    out = gst_fec_write_be32 (out, message->reports[i].tsi);
    out = gst_fec_write_be32 (out, message->reports[i].highest_seq);
    out = gst_fec_write_be32 (out, message->reports[i].received);
    out = gst_fec_write_be32 (out, message->reports[i].lost);
    out = gst_fec_write_be32 (out, message->reports[i].jitter_us);
  }
  return out != NULL;
}

static gboolean
write_missing (StunMessage *stun, const GstFecControlMessage *message)
{
  guint8 *out;
  guint i;

  if (message->n_missing == 0)
    return TRUE;
  if (message->n_missing > GST_FEC_CONTROL_MAX_MISSING)
    return FALSE;
  out = stun_message_append (
      stun, ATTRIBUTE_MISSING, message->n_missing * MISSING_SIZE);
  for (i = 0; out != NULL && i < message->n_missing; i++) {
    const GstFecMissing *missing = &message->missing[i];

    out = gst_fec_write_be32 (out, missing->tsi);
    out = gst_fec_write_be32 (out, missing->toi);
    *out++ = missing->sbn;
    *out++ = 0;
    out = gst_fec_write_be16 (out, missing->seq);
    out = gst_fec_write_be32 (out, missing->count);
  }
  return out != NULL;
}

static gboolean
write_alternate (StunMessage *stun, const GstFecControlMessage *message)
{
  const GstFecAddress *alternate = &message->alternate;
  gsize ip_size = gst_fec_address_is_ipv4 (alternate) ? 4 : 16;
  guint8 *out;

  if (!message->has_alternate)
    return TRUE;
  out =
      stun_message_append (stun, STUN_ATTRIBUTE_ALTERNATE_SERVER, 4 + ip_size);
  if (out == NULL)
    return FALSE;
  *out++ = 0;
  *out++ = ip_size == 4 ? 1 : 2;
  out = gst_fec_write_be16 (out, alternate->port);
  memcpy (out, alternate->ip + sizeof (alternate->ip) - ip_size, ip_size);
  return TRUE;
}

/* Fills a Connect request up, so that a server can answer it at any length up to its own. */
static gboolean
write_padding (StunMessage *stun, const GstFecControlMessage *message)
{
  gsize size = stun_message_length (stun) + ATTRIBUTE_HEADER +
      FINGERPRINT_SIZE + (message->key != NULL ? INTEGRITY_SIZE : 0);
  guint8 *out;

  if (message->method != GST_FEC_METHOD_CONNECT ||
      message->klass != GST_FEC_CLASS_REQUEST ||
      size > GST_FEC_CONTROL_CONNECT_SIZE)
    return TRUE;
  out = stun_message_append (
      stun, ATTRIBUTE_PADDING, GST_FEC_CONTROL_CONNECT_SIZE - size);
  if (out == NULL)
    return FALSE;
  memset (out, 0, GST_FEC_CONTROL_CONNECT_SIZE - size);
  return TRUE;
}

gsize
gst_fec_control_write (
    const GstFecControlMessage *message, guint8 *out, gsize max)
{
  StunAgent agent;
  StunMessage stun = { .agent = &agent,
    .buffer = out,
    .buffer_len = MIN (max, GST_FEC_CONTROL_MAX_SIZE) };
  StunTransactionId id;

  gst_fec_control_init_agent (&agent);
  gst_fec_write_be32 (id, MAGIC_COOKIE);
  memcpy (id + 4, message->transaction, sizeof (message->transaction));
  if (!stun_message_init (
          &stun, (StunClass) message->klass, (StunMethod) message->method, id))
    return 0;
  if (!write_error (&stun, message) || !write_unknown (&stun, message) ||
      !write_64 (&stun, ATTRIBUTE_SESSION_ID, message->session_id) ||
      !write_32 (&stun, STUN_ATTRIBUTE_LIFETIME, message->lifetime_seconds) ||
      !write_64 (&stun, ATTRIBUTE_SERVER_TIME, message->server_time) ||
      !write_text (&stun, STUN_ATTRIBUTE_USERNAME, message->username) ||
      !write_text (&stun, STUN_ATTRIBUTE_REALM, message->realm) ||
      !write_text (&stun, STUN_ATTRIBUTE_NONCE, message->nonce) ||
      !write_channels (&stun, message) || !write_grants (&stun, message) ||
      !write_reports (&stun, message) || !write_missing (&stun, message) ||
      !write_32 (&stun, ATTRIBUTE_REPORT_NUMBER, message->report_number) ||
      !write_alternate (&stun, message) ||
      !write_text (&stun, ATTRIBUTE_DESCRIPTION, message->description) ||
      !write_padding (&stun, message))
    return 0;
  return stun_agent_finish_message (&agent, &stun, message->key,
      message->key != NULL ? GST_FEC_CONTROL_KEY_SIZE : 0);
}
