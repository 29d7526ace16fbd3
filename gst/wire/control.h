/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.h: control messages to and from bytes: STUN (RFC 8489) with methods and attributes of our own, written and
 * read with libnice's STUN functions. Pure functions, no I/O; docs/protocol.md is normative.
 */
#pragma once

#include <glib.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** Largest control message, in bytes. */
#define GST_FEC_CONTROL_MAX_SIZE 4096
/** Smallest Connect request: padded, so that no answer to an unproved address is longer than its request. */
#define GST_FEC_CONTROL_CONNECT_SIZE 512
/** Most entries of a channel list or a grant list. */
#define GST_FEC_CONTROL_MAX_CHANNELS 32
/** Longest channel name (path without leading slash), nonce and text, in bytes. */
#define GST_FEC_CONTROL_MAX_NAME 255
#define GST_FEC_CONTROL_MAX_NONCE 128
/** Longest description (SDP) that fits a message. */
#define GST_FEC_CONTROL_MAX_DESCRIPTION 3072
/** Most objects of which a report says what is missing. */
#define GST_FEC_CONTROL_MAX_MISSING 32
/** Bytes of the key that MESSAGE-INTEGRITY is made with. */
#define GST_FEC_CONTROL_KEY_SIZE 16
/** Most unknown attributes that are named in an error response 420. */
#define GST_FEC_CONTROL_MAX_UNKNOWN 16

/** STUN methods of ours (private use). */
typedef enum
{
  GST_FEC_METHOD_CONNECT = 0x0F1,
  GST_FEC_METHOD_JOIN = 0x0F2,
  GST_FEC_METHOD_LEAVE = 0x0F3,
  GST_FEC_METHOD_DESCRIBE = 0x0F4,
  GST_FEC_METHOD_REPORT = 0x0F5,
} GstFecMethod;

typedef enum
{
  GST_FEC_CLASS_REQUEST = 0,
  GST_FEC_CLASS_INDICATION = 1,
  GST_FEC_CLASS_SUCCESS = 2,
  GST_FEC_CLASS_ERROR = 3,
} GstFecClass;

/** Error codes: STUN's and TURN's own where there is one that fits. */
typedef enum
{
  GST_FEC_ERROR_TRY_ALTERNATE = 300,
  GST_FEC_ERROR_BAD_REQUEST = 400,
  /** carries a NONCE: send the request again with it */
  GST_FEC_ERROR_UNAUTHENTICATED = 401,
  GST_FEC_ERROR_FORBIDDEN = 403,
  GST_FEC_ERROR_NO_SUCH_CHANNEL = 404,
  GST_FEC_ERROR_UNKNOWN_ATTRIBUTE = 420, /**< carries the list of them */
  GST_FEC_ERROR_NO_SESSION = 437,
  GST_FEC_ERROR_STALE_NONCE = 438, /**< carries a fresh NONCE */
  GST_FEC_ERROR_BAD_LEASE = 440, /**< a time in the past or no length at all */
  GST_FEC_ERROR_TOO_MANY_CHANNELS = 441,
  /** too many sessions of this address or network */
  GST_FEC_ERROR_QUOTA = 486,
  GST_FEC_ERROR_SERVER = 500,
  GST_FEC_ERROR_FULL = 503, /**< too many sessions in all */
  GST_FEC_ERROR_NOT_BEGUN = 504, /**< the channel is going to be there */
  GST_FEC_ERROR_CAPACITY = 508, /**< no bandwidth left */
  /** the session was ended since too much got lost on the way to it */
  GST_FEC_ERROR_CONGESTED = 510,
} GstFecControlError;

/** A channel that a request names, by name (preferred) or TSI, and the lease asked for. */
typedef struct
{
  gchar name[GST_FEC_CONTROL_MAX_NAME + 1]; /**< "" when the TSI counts */
  guint32 tsi;
  guint32
      lease_seconds; /**< length asked for; 0 = leave (Join), or the server's default when lease_end is 0 too
                                   and the method is Connect */
  /** absolute end in microseconds of Unix time; 0 = use lease_seconds */
  guint64 lease_end;
} GstFecChannelRequest;

/** What a success says of a channel. */
typedef struct
{
  guint32 tsi;
  guint16 error; /**< 0, or a GstFecControlError for this channel alone */
  /** granted end, microseconds of Unix time, by the server's clock */
  guint64 lease_end;
} GstFecChannelGrant;

/** What a report says of a channel. */
typedef struct
{
  guint32 tsi;
  guint32 highest_seq; /**< extended highest sequence number received */
  guint32 received; /**< packets received since the last report */
  guint32 lost; /**< packets lost since the last report */
  guint32 jitter_us; /**< RFC 3550's interarrival jitter, microseconds */
} GstFecChannelReport;

/** What a report says of an object that cannot be decoded yet. */
typedef struct
{
  guint32 tsi;
  guint32 toi;
  guint8 sbn;
  /** of the newest packet of the channel that had come: later ones may still do */
  guint16 seq;
  guint32 count; /**< symbols that are missing, at least 1 */
} GstFecMissing;

/** One message, in host order. What a message does not carry is 0, "" or NULL. */
typedef struct
{
  GstFecMethod method;
  GstFecClass klass;
  guint8 transaction[12];
  guint64 session_id; /**< 0: none */
  /** of the session: it is forgotten when silent for this long */
  guint32 lifetime_seconds;
  guint64 server_time; /**< server's clock, microseconds of Unix time */
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];
  gchar realm[GST_FEC_CONTROL_MAX_NAME + 1];
  gchar username[GST_FEC_CONTROL_MAX_NAME + 1];
  /** a message that was read: it has a MESSAGE-INTEGRITY, right or wrong */
  gboolean has_integrity;
  /**
   * when writing: sign with this key (gst_fec_control_make_key()); owned by the
   * caller; NULL: do not sign
   */
  const guint8 *key;
  gboolean has_alternate;
  GstFecAddress alternate; /**< ALTERNATE-SERVER: ask there instead */
  guint error_code; /**< of an error response */
  /** of an error response; "" when writing: the default one */
  gchar reason[128];
  guint n_unknown;
  guint16 unknown
      [GST_FEC_CONTROL_MAX_UNKNOWN]; /**< of an error response 420; of a message that was refused with
                                                   UNKNOWN_ATTRIBUTE: what to answer */
  guint n_channels;
  GstFecChannelRequest channels[GST_FEC_CONTROL_MAX_CHANNELS];
  guint n_grants;
  GstFecChannelGrant grants[GST_FEC_CONTROL_MAX_CHANNELS];
  guint n_reports;
  GstFecChannelReport reports[GST_FEC_CONTROL_MAX_CHANNELS];
  /** of a Report: plus one with each of a session that is a new transaction; 0: none */
  guint32 report_number;
  guint n_missing;
  GstFecMissing missing[GST_FEC_CONTROL_MAX_MISSING];
  gchar description[GST_FEC_CONTROL_MAX_DESCRIPTION + 1]; /**< SDP, or "" */
} GstFecControlMessage;

typedef enum
{
  GST_FEC_CONTROL_OK = 0,
  /** no STUN message, or its length, padding or fingerprint is wrong */
  GST_FEC_CONTROL_NOT_STUN,
  GST_FEC_CONTROL_UNKNOWN_METHOD,
  /** a comprehension-required attribute we do not know (420) */
  GST_FEC_CONTROL_UNKNOWN_ATTRIBUTE,
  /** an attribute of ours that is malformed (400) */
  GST_FEC_CONTROL_BAD_ATTRIBUTE,
  GST_FEC_CONTROL_N_ERRORS
} GstFecControlStatus;

/**
 * Reads a message strictly; any bytes are allowed, nothing is allocated. After UNKNOWN_METHOD (whose number is in
 * @message then), UNKNOWN_ATTRIBUTE and BAD_ATTRIBUTE method, klass and transaction are valid. Whether a response
 * answers a request of ours is for the caller to see, by the transaction.
 */
GstFecControlStatus gst_fec_control_parse (
    GstFecControlMessage *message, const guint8 *data, gsize size);

/**
 * Writes @message to @out of @max bytes; a Connect request is padded to GST_FEC_CONTROL_CONNECT_SIZE; every message
 * ends with a FINGERPRINT. Returns the size, or 0 when it does not fit.
 */
gsize gst_fec_control_write (
    const GstFecControlMessage *message, guint8 *out, gsize max);

/** The key of RFC 8489's long-term credentials: MD5 (@username ":" @realm ":" @password). */
void gst_fec_control_make_key (const gchar *username, const gchar *realm,
    const gchar *password, guint8 key[GST_FEC_CONTROL_KEY_SIZE]);
/** Whether @data, a message that was parsed without error, is signed with @key. */
gboolean gst_fec_control_check_integrity (
    const guint8 *data, gsize size, const guint8 key[GST_FEC_CONTROL_KEY_SIZE]);

/** Makes @message an empty one of @method and @klass with @transaction (NULL: an unpredictable one). */
void gst_fec_control_init (GstFecControlMessage *message, GstFecMethod method,
    GstFecClass klass, const guint8 *transaction);

/** The default reason phrase of @error_code; static. */
const gchar *gst_fec_control_reason (guint error_code);

/** Whether a datagram's first byte can be a control message's (below 0x10). */
gboolean gst_fec_control_is_message (const guint8 *data, gsize size);

G_END_DECLS
