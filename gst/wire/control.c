/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.c: reads control messages and says what their parts mean; see control.h and docs/protocol.md. libnice does the
 * framing, this file knows the attributes. It keeps no transactions: each call has a StunAgent of its own.
 */
#include "wire/control-private.h"

#include <string.h>

#include "wire/bytes.h"

static const uint16_t known_attributes[] = { STUN_ATTRIBUTE_ERROR_CODE,
  STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES, STUN_ATTRIBUTE_LIFETIME,
  STUN_ATTRIBUTE_REALM, STUN_ATTRIBUTE_NONCE, STUN_ATTRIBUTE_USERNAME,
  STUN_ATTRIBUTE_MESSAGE_INTEGRITY, 0x0026, 0x7F01, 0x7F02, 0x7F03, 0x7F04,
  0x7F05, 0x7F06, 0x7F07, 0x7F08, 0 };

void
gst_fec_control_init_agent (StunAgent *agent)
{
  stun_agent_init (agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
      STUN_AGENT_USAGE_USE_FINGERPRINT | STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
}

const gchar *
gst_fec_control_reason (guint error_code)
{
  switch (error_code) {
    case GST_FEC_ERROR_TRY_ALTERNATE:
      return "Try Alternate";
    case GST_FEC_ERROR_BAD_REQUEST:
      return "Bad Request";
    case GST_FEC_ERROR_UNAUTHENTICATED:
      return "Unauthenticated";
    case GST_FEC_ERROR_FORBIDDEN:
      return "Forbidden";
    case GST_FEC_ERROR_NO_SUCH_CHANNEL:
      return "No Such Channel";
    case GST_FEC_ERROR_UNKNOWN_ATTRIBUTE:
      return "Unknown Attribute";
    case GST_FEC_ERROR_NO_SESSION:
      return "No Such Session";
    case GST_FEC_ERROR_STALE_NONCE:
      return "Stale Nonce";
    case GST_FEC_ERROR_BAD_LEASE:
      return "Lease Is Not In The Future";
    case GST_FEC_ERROR_TOO_MANY_CHANNELS:
      return "Too Many Channels";
    case GST_FEC_ERROR_QUOTA:
      return "Too Many Sessions";
    case GST_FEC_ERROR_SERVER:
      return "Server Error";
    case GST_FEC_ERROR_FULL:
      return "Server Is Full";
    case GST_FEC_ERROR_NOT_BEGUN:
      return "Channel Has Not Begun";
    case GST_FEC_ERROR_CAPACITY:
      return "Insufficient Capacity";
    case GST_FEC_ERROR_CONGESTED:
      return "Too Much Loss";
    default:
      return "Error";
  }
}

gboolean
gst_fec_control_is_message (const guint8 *data, gsize size)
{
  return size > 0 && data[0] < 0x10;
}

void
gst_fec_control_init (GstFecControlMessage *message, GstFecMethod method,
    GstFecClass klass, const guint8 *transaction)
{
  memset (message, 0, sizeof (*message));
  message->method = method;
  message->klass = klass;
  if (transaction != NULL) {
    memcpy (message->transaction, transaction, sizeof (message->transaction));
  } else {
    /* libnice's IDs come from a cryptographic generator; GLib's do not. */
    StunAgent agent;
    StunMessage stun;
    StunTransactionId id;
    uint8_t buffer[STUN_MESSAGE_HEADER_LENGTH];

    gst_fec_control_init_agent (&agent);
    stun_agent_init_request (
        &agent, &stun, buffer, sizeof (buffer), (StunMethod) method);
    stun_message_id (&stun, id);
    memcpy (message->transaction, id + 4, sizeof (message->transaction));
  }
}

/* Copies text that may be shown: UTF-8 without NUL and, but for those of lines, without control characters. */
static gboolean
copy_text (
    gchar *out, gsize max, const guint8 *text, gsize length, gboolean lines)
{
  gsize i;

  if (length >= max ||
      !g_utf8_validate_len ((const gchar *) text, length, NULL))
    return FALSE;
  for (i = 0; i < length; i++) {
    if (g_ascii_iscntrl (text[i]) &&
        !(lines && (text[i] == '\r' || text[i] == '\n' || text[i] == '\t')))
      return FALSE;
  }
  if (length > 0)
    memcpy (out, text, length);
  out[length] = '\0';
  return TRUE;
}

static gboolean
read_text (const StunMessage *stun, StunAttribute type, gchar *out, gsize max,
    gboolean lines)
{
  uint16_t length = 0;
  const guint8 *value = stun_message_find (stun, type, &length);

  return value == NULL || copy_text (out, max, value, length, lines);
}

static gboolean
read_32 (const StunMessage *stun, StunAttribute type, guint32 *value)
{
  return stun_message_find32 (stun, type, value) != STUN_MESSAGE_RETURN_INVALID;
}

static gboolean
read_64 (const StunMessage *stun, StunAttribute type, guint64 *value)
{
  uint64_t found = 0;

  if (stun_message_find64 (stun, type, &found) == STUN_MESSAGE_RETURN_INVALID)
    return FALSE;
  *value = found;
  return TRUE;
}

static gboolean
read_error (const StunMessage *stun, GstFecControlMessage *message)
{
  uint16_t length = 0;
  const guint8 *value =
      stun_message_find (stun, STUN_ATTRIBUTE_ERROR_CODE, &length);
  int code;

  if (message->klass != GST_FEC_CLASS_ERROR)
    return TRUE;
  if (stun_message_find_error (stun, &code) != STUN_MESSAGE_RETURN_SUCCESS ||
      value == NULL || length < ERROR_FIELDS)
    return FALSE;
  message->error_code = code;
  return copy_text (message->reason, sizeof (message->reason),
      value + ERROR_FIELDS, length - ERROR_FIELDS, FALSE);
}

static gboolean
read_unknown (const StunMessage *stun, GstFecControlMessage *message)
{
  uint16_t length = 0;
  const guint8 *value =
      stun_message_find (stun, STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES, &length);
  guint i;

  if (value == NULL)
    return TRUE;
  if (length % 2 != 0)
    return FALSE;
  message->n_unknown = MIN (length / 2, GST_FEC_CONTROL_MAX_UNKNOWN);
  for (i = 0; i < message->n_unknown; i++)
    message->unknown[i] = gst_fec_read_be16 (value + 2 * i);
  return TRUE;
}

static gboolean
read_channels (const StunMessage *stun, GstFecControlMessage *message)
{
  uint16_t length = 0;
  const guint8 *value = stun_message_find (stun, ATTRIBUTE_CHANNELS, &length);

  while (value != NULL && length > 0) {
    GstFecChannelRequest *channel = &message->channels[message->n_channels];
    guint name_length;

    if (message->n_channels == GST_FEC_CONTROL_MAX_CHANNELS ||
        length < CHANNEL_FIELDS)
      return FALSE;
    channel->tsi = gst_fec_read_be32 (value);
    channel->lease_seconds = gst_fec_read_be32 (value + 4);
    channel->lease_end = gst_fec_read_be64 (value + 8);
    name_length = value[16];
    value += CHANNEL_FIELDS;
    length -= CHANNEL_FIELDS;
    if (name_length > length ||
        !copy_text (
            channel->name, sizeof (channel->name), value, name_length, FALSE))
      return FALSE;
    value += name_length;
    length -= name_length;
    message->n_channels++;
  }
  return TRUE;
}

/* Finds a list of entries of one size; FALSE when it is broken. */
static gboolean
find_list (const StunMessage *stun, StunAttribute type, gsize entry_size,
    const guint8 **value, guint *n_entries)
{
  uint16_t length = 0;

  *value = stun_message_find (stun, type, &length);
  *n_entries = *value != NULL ? length / entry_size : 0;
  return *value == NULL ||
      (length % entry_size == 0 && *n_entries <= GST_FEC_CONTROL_MAX_CHANNELS);
}

static gboolean
read_grants (const StunMessage *stun, GstFecControlMessage *message)
{
  const guint8 *value;
  guint i, n;

  if (!find_list (stun, ATTRIBUTE_GRANTS, GRANT_SIZE, &value, &n))
    return FALSE;
  message->n_grants = n;
  for (i = 0; i < n; i++, value += GRANT_SIZE) {
    message->grants[i].tsi = gst_fec_read_be32 (value);
    message->grants[i].error = gst_fec_read_be16 (value + 4);
    message->grants[i].lease_end = gst_fec_read_be64 (value + 8);
  }
  return TRUE;
}

static gboolean
read_reports (const StunMessage *stun, GstFecControlMessage *message)
{
  const guint8 *value;
  guint i, n;

  if (!find_list (stun, ATTRIBUTE_REPORTS, REPORT_SIZE, &value, &n))
    return FALSE;
  message->n_reports = n;
  for (i = 0; i < n; i++, value += REPORT_SIZE) {
    message->reports[i].tsi = gst_fec_read_be32 (value);
    message->reports[i].highest_seq = gst_fec_read_be32 (value + 4);
    message->reports[i].received = gst_fec_read_be32 (value + 8);
    message->reports[i].lost = gst_fec_read_be32 (value + 12);
    message->reports[i].jitter_us = gst_fec_read_be32 (value + 16);
  }
  return TRUE;
}

static gboolean
read_missing (const StunMessage *stun, GstFecControlMessage *message)
{
  const guint8 *value;
  guint i, n;

  if (!find_list (stun, ATTRIBUTE_MISSING, MISSING_SIZE, &value, &n))
    return FALSE;
  message->n_missing = n;
  for (i = 0; i < n; i++, value += MISSING_SIZE) {
    message->missing[i].tsi = gst_fec_read_be32 (value);
    message->missing[i].toi = gst_fec_read_be32 (value + 4);
    message->missing[i].sbn = value[8];
    message->missing[i].seq = gst_fec_read_be16 (value + 10);
    message->missing[i].count = gst_fec_read_be32 (value + 12);
    if (message->missing[i].count == 0)
      return FALSE;
  }
  return TRUE;
}

/* zero:8 | family:8 (1 IPv4, 2 IPv6) | port:16 | address */
static gboolean
read_alternate (const StunMessage *stun, GstFecControlMessage *message)
{
  uint16_t length = 0;
  const guint8 *value =
      stun_message_find (stun, STUN_ATTRIBUTE_ALTERNATE_SERVER, &length);
  guint16 port;

  if (value == NULL)
    return TRUE;
  if (length < 4)
    return FALSE;
  port = gst_fec_read_be16 (value + 2);
  if (value[1] == 1 && length == 8)
    gst_fec_address_set_ipv4 (&message->alternate, value + 4, port);
  else if (value[1] == 2 && length == 20)
    gst_fec_address_set_ipv6 (&message->alternate, value + 4, port, 0);
  else
    return FALSE;
  message->has_alternate = TRUE;
  return TRUE;
}

static gboolean
read_attributes (const StunMessage *stun, GstFecControlMessage *message)
{
  return read_64 (stun, ATTRIBUTE_SESSION_ID, &message->session_id) &&
      read_32 (stun, STUN_ATTRIBUTE_LIFETIME, &message->lifetime_seconds) &&
      read_64 (stun, ATTRIBUTE_SERVER_TIME, &message->server_time) &&
      read_text (stun, STUN_ATTRIBUTE_NONCE, message->nonce,
          sizeof (message->nonce), FALSE) &&
      read_text (stun, STUN_ATTRIBUTE_REALM, message->realm,
          sizeof (message->realm), FALSE) &&
      read_text (stun, ATTRIBUTE_DESCRIPTION, message->description,
          sizeof (message->description), TRUE) &&
      read_error (stun, message) && read_unknown (stun, message) &&
      read_channels (stun, message) && read_grants (stun, message) &&
      read_reports (stun, message) && read_missing (stun, message) &&
      read_32 (stun, ATTRIBUTE_REPORT_NUMBER, &message->report_number) &&
      read_text (stun, STUN_ATTRIBUTE_USERNAME, message->username,
          sizeof (message->username), FALSE) &&
      read_alternate (stun, message);
}

static gboolean
is_known (guint16 type)
{
  guint i;

  for (i = 0; known_attributes[i] != 0; i++) {
    if (known_attributes[i] == type)
      return TRUE;
  }
  return FALSE;
}

/* Lists what made libnice refuse the message; it has checked the attributes' lengths before. */
static void
list_unknown (GstFecControlMessage *message, const guint8 *data, gsize size)
{
  gsize offset = STUN_MESSAGE_HEADER_LENGTH;

  while (offset + ATTRIBUTE_HEADER <= size &&
      message->n_unknown < GST_FEC_CONTROL_MAX_UNKNOWN) {
    guint16 type = gst_fec_read_be16 (data + offset);

    if (!stun_optional (type) && !is_known (type))
      message->unknown[message->n_unknown++] = type;
    offset +=
        ATTRIBUTE_HEADER + ((gst_fec_read_be16 (data + offset + 2) + 3u) & ~3u);
  }
}

/* libnice takes a response only for a request that its agent has sent: tell it that this one was. */
static void
expect_answer (StunAgent *agent, StunMessage *header)
{
  stun_message_id (header, agent->sent_ids[0].id);
  agent->sent_ids[0].method = stun_message_get_method (header);
  agent->sent_ids[0].key = NULL;
  agent->sent_ids[0].key_len = 0;
  agent->sent_ids[0].long_term_valid = false;
  agent->sent_ids[0].valid = true;
}

static StunValidationStatus
validate (StunAgent *agent, StunMessage *stun, const guint8 *data, gsize size)
{
  StunMessage header = {
    .agent = agent, .buffer = (uint8_t *) data, .buffer_len = size
  };

  expect_answer (agent, &header);
  return stun_agent_validate (agent, stun, data, size, NULL, NULL);
}

GstFecControlStatus
gst_fec_control_parse (
    GstFecControlMessage *message, const guint8 *data, gsize size)
{
  StunAgent agent;
  StunMessage stun;
  StunTransactionId id;
  StunValidationStatus status;

  memset (message, 0, sizeof (*message));
  if (size < STUN_MESSAGE_HEADER_LENGTH || size > GST_FEC_CONTROL_MAX_SIZE)
    return GST_FEC_CONTROL_NOT_STUN;
  gst_fec_control_init_agent (&agent);
  status = validate (&agent, &stun, data, size);
  if (status != STUN_VALIDATION_SUCCESS &&
      status != STUN_VALIDATION_UNKNOWN_ATTRIBUTE &&
      status != STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE)
    return GST_FEC_CONTROL_NOT_STUN;

  message->method = (GstFecMethod) stun_message_get_method (&stun);
  message->klass = (GstFecClass) stun_message_get_class (&stun);
  stun_message_id (&stun, id);
  memcpy (message->transaction, id + 4, sizeof (message->transaction));
  if (message->method < GST_FEC_METHOD_CONNECT ||
      message->method > GST_FEC_METHOD_REPORT)
    return GST_FEC_CONTROL_UNKNOWN_METHOD;
  if (status != STUN_VALIDATION_SUCCESS) {
    list_unknown (message, data, size);
    return GST_FEC_CONTROL_UNKNOWN_ATTRIBUTE;
  }
  message->has_integrity =
      stun_message_has_attribute (&stun, STUN_ATTRIBUTE_MESSAGE_INTEGRITY);
  if (!read_attributes (&stun, message))
    return GST_FEC_CONTROL_BAD_ATTRIBUTE;
  return GST_FEC_CONTROL_OK;
}

void
gst_fec_control_make_key (const gchar *username, const gchar *realm,
    const gchar *password, guint8 key[GST_FEC_CONTROL_KEY_SIZE])
{
  GChecksum *md5 = g_checksum_new (G_CHECKSUM_MD5);
  gsize size = GST_FEC_CONTROL_KEY_SIZE;

  g_checksum_update (md5, (const guchar *) username, -1);
  g_checksum_update (md5, (const guchar *) ":", 1);
  g_checksum_update (md5, (const guchar *) realm, -1);
  g_checksum_update (md5, (const guchar *) ":", 1);
  g_checksum_update (md5, (const guchar *) password, -1);
  g_checksum_get_digest (md5, key, &size);
  g_checksum_free (md5);
}

/* Where MESSAGE-INTEGRITY is in a message that was parsed; 0: nowhere. */
static gsize
find_integrity (const guint8 *data, gsize size)
{
  gsize offset = STUN_MESSAGE_HEADER_LENGTH;

  while (offset + INTEGRITY_SIZE <= size) {
    guint16 length = gst_fec_read_be16 (data + offset + 2);

    if (gst_fec_read_be16 (data + offset) == STUN_ATTRIBUTE_MESSAGE_INTEGRITY)
      return length == INTEGRITY_SIZE - ATTRIBUTE_HEADER ? offset : 0;
    offset += ATTRIBUTE_HEADER + ((length + 3u) & ~3u);
  }
  return 0;
}

/* Not by libnice, which compares with memcmp(): how long that takes tells how much of a forged code is right. */
gboolean
gst_fec_control_check_integrity (
    const guint8 *data, gsize size, const guint8 key[GST_FEC_CONTROL_KEY_SIZE])
{
  guint8 header[STUN_MESSAGE_HEADER_LENGTH], code[INTEGRITY_SIZE];
  gsize offset = find_integrity (data, size), code_size = sizeof (code), i;
  volatile guint8 difference = 0;
  GHmac *hmac;

  if (offset == 0 || size > GST_FEC_CONTROL_MAX_SIZE)
    return FALSE;
  memcpy (header, data, sizeof (header));
  gst_fec_write_be16 (header + 2, offset + INTEGRITY_SIZE - sizeof (header));
  hmac = g_hmac_new (G_CHECKSUM_SHA1, key, GST_FEC_CONTROL_KEY_SIZE);
  g_hmac_update (hmac, header, sizeof (header));
  g_hmac_update (hmac, data + sizeof (header), offset - sizeof (header));
  g_hmac_get_digest (hmac, code, &code_size);
  g_hmac_unref (hmac);
  for (i = 0; i < code_size; i++)
    difference |= code[i] ^ data[offset + ATTRIBUTE_HEADER + i];
  return difference == 0;
}
