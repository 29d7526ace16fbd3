/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * description.c: channel descriptions to and from SDP and caps; see description.h and docs/protocol.md. The lines are
 * GstSDPMessage's work, this file knows which of them a description needs.
 */
#include "wire/description.h"

#include <arpa/inet.h>
#include <string.h>
#include <gst/sdp/gstsdpmessage.h>

#include "wire/alc.h"
#include "wire/control.h"
#include "wire/record-text.h"

#define PROTOCOL "ALC/UDP"
#define ATTRIBUTE_TSI "alc-tsi"
#define ATTRIBUTE_FEC_DECLARATION "FEC-declaration"
#define ATTRIBUTE_FEC "FEC"
#define ATTRIBUTE_PARAMETERS "gst-fec"
#define ATTRIBUTE_CAPS "gst-fec-caps"
#define ATTRIBUTE_SOURCE_FILTER "source-filter"
#define FEC_DECLARATION "0 encoding-id=6"
#define MULTICAST_TTL 127

void
gst_fec_description_clear (GstFecDescription *description)
{
  g_free (description->name);
  g_free (description->media_caps);
  memset (description, 0, sizeof (*description));
}

void
gst_fec_description_copy (GstFecDescription *dest, const GstFecDescription *src)
{
  *dest = *src;
  dest->name = g_strdup (src->name);
  dest->media_caps = g_strdup (src->media_caps);
}

/* ---- SDP: writing -------------------------------------------------------------------------------------------- */

/* The address's text for SDP: without port and scope. */
static const gchar *
format_ip (const GstFecAddress *address, gchar text[INET6_ADDRSTRLEN])
{
  if (gst_fec_address_is_ipv4 (address))
    inet_ntop (AF_INET, address->ip + 12, text, INET6_ADDRSTRLEN);
  else
    inet_ntop (AF_INET6, address->ip, text, INET6_ADDRSTRLEN);
  return text;
}

static const gchar *
address_type (const GstFecAddress *address)
{
  return gst_fec_address_is_ipv4 (address) ? "IP4" : "IP6";
}

static void
add_source_filter (GstSDPMedia *media, const GstFecDescription *description)
{
  gchar group[INET6_ADDRSTRLEN], source[INET6_ADDRSTRLEN];
  gchar *value;

  value =
      g_strdup_printf (" incl IN %s %s %s", address_type (&description->group),
          format_ip (&description->group, group),
          format_ip (&description->source, source));
  gst_sdp_media_add_attribute (media, ATTRIBUTE_SOURCE_FILTER, value);
  g_free (value);
}

static void
add_parameters (GstSDPMedia *media, const GstFecDescription *description)
{
  gchar *tsi = g_strdup_printf ("%u", description->tsi);
  GString *parameters = g_string_new (NULL);

  g_string_append_printf (
      parameters, "framing=%s", description->records ? "records" : "raw");
  if (description->symbol_size != 0)
    g_string_append_printf (parameters, ";symbol-size=%u;alignment=%u",
        description->symbol_size, description->alignment);
  gst_sdp_media_add_attribute (media, ATTRIBUTE_TSI, tsi);
  gst_sdp_media_add_attribute (
      media, ATTRIBUTE_FEC_DECLARATION, FEC_DECLARATION);
  gst_sdp_media_add_attribute (media, ATTRIBUTE_FEC, "0");
  gst_sdp_media_add_attribute (media, ATTRIBUTE_PARAMETERS, parameters->str);
  g_string_free (parameters, TRUE);
  g_free (tsi);
}

static GstSDPMedia *
make_media (const GstFecDescription *description, const GstFecAddress *origin,
    gboolean with_caps)
{
  const GstFecAddress *target =
      description->has_group ? &description->group : origin;
  gchar ip[INET6_ADDRSTRLEN];
  GstSDPMedia *media;

  gst_sdp_media_new (&media);
  gst_sdp_media_set_media (media, "application");
  gst_sdp_media_set_port_info (media, target->port, 1);
  gst_sdp_media_set_proto (media, PROTOCOL);
  gst_sdp_media_add_format (media, "0");
  /* IPv6 has no TTL in SDP (RFC 8866 section 5.7). */
  gst_sdp_media_add_connection (media, "IN", address_type (target),
      format_ip (target, ip),
      description->has_group && gst_fec_address_is_ipv4 (target) ? MULTICAST_TTL
                                                                 : 0,
      0);
  if (description->bitrate != 0)
    gst_sdp_media_add_bandwidth (media, "TIAS", description->bitrate);
  if (description->has_group && description->has_source)
    add_source_filter (media, description);
  add_parameters (media, description);
  if (with_caps) {
    gchar *caps = g_base64_encode ((const guchar *) description->media_caps,
        strlen (description->media_caps));

    gst_sdp_media_add_attribute (media, ATTRIBUTE_CAPS, caps);
    g_free (caps);
  }
  return media;
}

static gchar *
make_sdp (const GstFecDescription *description, const GstFecAddress *origin,
    gboolean with_caps)
{
  GstSDPMedia *media = make_media (description, origin, with_caps);
  GstSDPMessage *message;
  gchar ip[INET6_ADDRSTRLEN];
  gchar *session_id = g_strdup_printf ("%u", description->tsi);
  gchar *name = NULL, *sdp;

  if (description->name != NULL && description->name[0] != '\0')
    name = g_uri_escape_string (
        description->name, G_URI_RESERVED_CHARS_ALLOWED_IN_PATH, TRUE);
  gst_sdp_message_new (&message);
  gst_sdp_message_set_version (message, "0");
  gst_sdp_message_set_origin (message, "-", session_id, "0", "IN",
      address_type (origin), format_ip (origin, ip));
  gst_sdp_message_set_session_name (message, name != NULL ? name : "-");
  gst_sdp_message_add_time (message, "0", "0", NULL);
  gst_sdp_message_add_media (message, media);
  gst_sdp_media_free (media);
  sdp = gst_sdp_message_as_text (message);
  gst_sdp_message_free (message);
  g_free (session_id);
  g_free (name);
  return sdp;
}

gchar *
gst_fec_description_to_sdp (
    const GstFecDescription *description, const GstFecAddress *origin)
{
  gchar *sdp = make_sdp (description, origin, description->media_caps != NULL);

  if (description->media_caps != NULL &&
      strlen (sdp) > GST_FEC_CONTROL_MAX_DESCRIPTION) {
    g_free (sdp);
    sdp = make_sdp (description, origin, FALSE);
  }
  return sdp;
}

/* ---- SDP: reading -------------------------------------------------------------------------------------------- */

static gboolean
parse_ip (
    const gchar *type, const gchar *text, guint port, GstFecAddress *address)
{
  guint8 ip[16];

  if (text == NULL || port > G_MAXUINT16)
    return FALSE;
  if (g_strcmp0 (type, "IP4") == 0 && inet_pton (AF_INET, text, ip) == 1) {
    gst_fec_address_set_ipv4 (address, ip, port);
    return TRUE;
  }
  if (g_strcmp0 (type, "IP6") == 0 && inet_pton (AF_INET6, text, ip) == 1) {
    gst_fec_address_set_ipv6 (address, ip, port, 0);
    return TRUE;
  }
  return FALSE;
}

static gboolean
is_multicast (const GstFecAddress *address)
{
  if (gst_fec_address_is_ipv4 (address))
    return address->ip[12] >> 4 == 14;
  return address->ip[0] == 0xff;
}

/* " incl IN IP4 group source": RFC 4570 section 3. Filters of another kind are not ours. */
static void
read_source_filter (GstFecDescription *description, const gchar *value)
{
  gchar **words;
  GstFecAddress group;

  if (value == NULL)
    return;
  words = g_strsplit (value + strspn (value, " "), " ", 6);
  if (g_strv_length (words) == 5 && g_str_equal (words[0], "incl") &&
      g_str_equal (words[1], "IN") &&
      parse_ip (words[2], words[3], description->group.port, &group) &&
      gst_fec_address_equal (&group, &description->group))
    description->has_source =
        parse_ip (words[2], words[4], 0, &description->source);
  g_strfreev (words);
}

static gboolean
read_uint (const gchar *text, guint64 min, guint64 max, guint64 *value)
{
  return text != NULL &&
      g_ascii_string_to_unsigned (text, 10, min, max, value, NULL);
}

static gboolean
read_parameter (GstFecDescription *description, const gchar *parameter)
{
  guint64 value;

  if (g_str_has_prefix (parameter, "framing=")) {
    description->records = g_str_equal (parameter, "framing=records");
    return description->records || g_str_equal (parameter, "framing=raw");
  }
  if (g_str_has_prefix (parameter, "symbol-size=")) {
    if (!read_uint (
            strchr (parameter, '=') + 1, 1, GST_FEC_ALC_MAX_SYMBOL, &value))
      return FALSE;
    description->symbol_size = value;
  }
  if (g_str_has_prefix (parameter, "alignment=")) {
    if (!read_uint (strchr (parameter, '=') + 1, 1, G_MAXUINT8, &value))
      return FALSE;
    description->alignment = value;
  }
  return TRUE;
}

static gboolean
read_parameters (GstFecDescription *description, const gchar *value)
{
  gchar **parameters;
  gboolean sound = TRUE;
  guint i;

  if (value == NULL)
    return FALSE;
  parameters = g_strsplit (value, ";", 16);
  for (i = 0; sound && parameters[i] != NULL; i++)
    sound = read_parameter (description, parameters[i]);
  g_strfreev (parameters);
  if (description->symbol_size == 0)
    return sound && description->alignment == 0;
  return sound && description->alignment != 0 &&
      description->symbol_size % description->alignment == 0;
}

/* Caps are a help, not a need: those that are no safe caps here are left out. */
static void
take_media_caps (GstFecDescription *description, const gchar *text, gsize size)
{
  GstCaps *caps = gst_fec_text_to_caps (text, size);

  if (caps == NULL)
    return;
  description->media_caps = gst_caps_to_string (caps);
  gst_caps_unref (caps);
}

static void
read_media_caps (GstFecDescription *description, const gchar *value)
{
  guchar *text;
  gsize size;

  if (value == NULL)
    return;
  text = g_base64_decode (value, &size);
  take_media_caps (description, (const gchar *) text, size);
  g_free (text);
}

static gboolean
read_media (GstFecDescription *description, const GstSDPMedia *media)
{
  const GstSDPConnection *connection;
  GstFecAddress address;
  guint64 value;
  guint i;

  if (!read_uint (gst_sdp_media_get_attribute_val (media, ATTRIBUTE_TSI), 0,
          G_MAXUINT32, &value) ||
      g_strcmp0 (
          gst_sdp_media_get_attribute_val (media, ATTRIBUTE_FEC_DECLARATION),
          FEC_DECLARATION) != 0 ||
      gst_sdp_media_connections_len (media) == 0)
    return FALSE;
  description->tsi = value;

  connection = gst_sdp_media_get_connection (media, 0);
  if (!parse_ip (connection->addrtype, connection->address,
          gst_sdp_media_get_port (media), &address))
    return FALSE;
  if (is_multicast (&address)) {
    description->has_group = TRUE;
    description->group = address;
    read_source_filter (description,
        gst_sdp_media_get_attribute_val (media, ATTRIBUTE_SOURCE_FILTER));
  }
  for (i = 0; i < gst_sdp_media_bandwidths_len (media); i++) {
    const GstSDPBandwidth *bandwidth = gst_sdp_media_get_bandwidth (media, i);

    if (g_strcmp0 (bandwidth->bwtype, "TIAS") == 0)
      description->bitrate = bandwidth->bandwidth;
  }
  read_media_caps (
      description, gst_sdp_media_get_attribute_val (media, ATTRIBUTE_CAPS));
  return read_parameters (description,
      gst_sdp_media_get_attribute_val (media, ATTRIBUTE_PARAMETERS));
}

/* A name as control messages may carry it: UTF-8 without control characters. */
static gboolean
is_sound_name (const gchar *name)
{
  const gchar *p;

  if (strlen (name) > GST_FEC_CONTROL_MAX_NAME ||
      !g_utf8_validate (name, -1, NULL))
    return FALSE;
  for (p = name; *p != '\0'; p++) {
    if (g_ascii_iscntrl (*p))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_name (GstFecDescription *description, const gchar *session_name)
{
  if (session_name == NULL)
    return FALSE;
  if (session_name[0] == '\0' || g_str_equal (session_name, "-"))
    return TRUE;
  description->name = g_uri_unescape_string (session_name, NULL);
  return description->name != NULL && is_sound_name (description->name);
}

static gboolean
read_message (GstFecDescription *description, const GstSDPMessage *message)
{
  guint i;

  if (!read_name (description, gst_sdp_message_get_session_name (message)))
    return FALSE;
  for (i = 0; i < gst_sdp_message_medias_len (message); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (message, i);

    if (g_strcmp0 (gst_sdp_media_get_proto (media), PROTOCOL) == 0)
      return read_media (description, media);
  }
  return FALSE;
}

gboolean
gst_fec_description_from_sdp (
    GstFecDescription *description, const gchar *sdp, gsize size)
{
  GstSDPMessage *message;
  gboolean sound;

  memset (description, 0, sizeof (*description));
  if (size == 0 || size > GST_FEC_CONTROL_MAX_DESCRIPTION ||
      !g_utf8_validate_len (sdp, size, NULL))
    return FALSE;
  gst_sdp_message_new (&message);
  sound = gst_sdp_message_parse_buffer ((const guint8 *) sdp, size, message) ==
          GST_SDP_OK &&
      read_message (description, message);
  gst_sdp_message_free (message);
  if (!sound)
    gst_fec_description_clear (description);
  return sound;
}

/* ---- Caps ------------------------------------------------------------------------------------------------------ */

GstCaps *
gst_fec_description_to_caps (const GstFecDescription *description)
{
  GstCaps *caps = gst_caps_new_simple (GST_FEC_ALC_MEDIA_TYPE, "tsi",
      G_TYPE_UINT, description->tsi, "framing", G_TYPE_STRING,
      description->records ? "records" : "raw", NULL);

  if (description->symbol_size != 0)
    gst_caps_set_simple (caps, "symbol-size", G_TYPE_INT,
        (gint) description->symbol_size, "packet-size", G_TYPE_INT,
        (gint) description->symbol_size + GST_FEC_ALC_HEADER_SIZE, NULL);
  if (description->media_caps != NULL)
    gst_caps_set_simple (
        caps, "media-caps", G_TYPE_STRING, description->media_caps, NULL);
  return caps;
}

gboolean
gst_fec_description_from_caps (
    GstFecDescription *description, const GstCaps *caps)
{
  const GstStructure *structure;
  const gchar *text;
  gint symbol_size = 0;

  memset (description, 0, sizeof (*description));
  if (caps == NULL || !gst_caps_is_fixed (caps))
    return FALSE;
  structure = gst_caps_get_structure (caps, 0);
  if (!gst_structure_has_name (structure, GST_FEC_ALC_MEDIA_TYPE))
    return FALSE;
  if (gst_structure_get_int (structure, "symbol-size", &symbol_size) &&
      (symbol_size < 1 || symbol_size > GST_FEC_ALC_MAX_SYMBOL))
    return FALSE;
  description->symbol_size = symbol_size;
  if (symbol_size != 0)
    description->alignment = gst_fec_alc_alignment (symbol_size);
  gst_structure_get_uint (structure, "tsi", &description->tsi);
  description->records =
      g_strcmp0 (gst_structure_get_string (structure, "framing"), "records") ==
      0;
  text = gst_structure_get_string (structure, "media-caps");
  if (text != NULL)
    take_media_caps (description, text, strlen (text));
  return TRUE;
}
