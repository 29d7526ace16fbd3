/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * addresslist.c: reads lists of numeric addresses; see addresslist.h.
 */
#include "transport/addresslist.h"

#include <string.h>

static gboolean
parse_ip (const gchar *text, guint16 port, GstFecAddress *out)
{
  GInetAddress *address = g_inet_address_new_from_string (text);

  if (address == NULL)
    return FALSE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    gst_fec_address_set_ipv4 (out, g_inet_address_to_bytes (address), port);
  else
    gst_fec_address_set_ipv6 (out, g_inet_address_to_bytes (address), port, 0);
  g_object_unref (address);
  return TRUE;
}

/* Splits @text, which is changed, into an address without brackets and a port. */
static gboolean
parse_one (gchar *text, guint16 port, GstFecAddress *out)
{
  gchar *end = strchr (text, ']');
  gchar *colon = end != NULL ? end + 1 : strchr (text, ':');
  guint64 number = port;

  if ((text[0] == '[') != (end != NULL))
    return FALSE;
  if (end == NULL && colon != NULL && strchr (colon + 1, ':') != NULL)
    return parse_ip (text, port, out); /* IPv6 alone needs no brackets */
  if (colon != NULL && *colon != '\0') {
    if (*colon != ':' ||
        !g_ascii_string_to_unsigned (
            colon + 1, 10, 1, G_MAXUINT16, &number, NULL))
      return FALSE;
    *colon = '\0';
  }
  if (end != NULL)
    *end = '\0';
  return parse_ip (end != NULL ? text + 1 : text, (guint16) number, out);
}

gint
gst_fec_address_list_parse (const gchar *text, guint16 port, GstFecAddress *out,
    guint max, GError **error)
{
  gchar **parts = g_strsplit (text != NULL ? text : "", ",", -1);
  guint n = g_strv_length (parts), i;
  gint found = (gint) n;

  if (n > max) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "There are %u addresses, and there may be %u", n, max);
    found = -1;
  }
  for (i = 0; i < n && found >= 0; i++) {
    gchar *copy = g_strdup (g_strstrip (parts[i]));

    if (!parse_one (copy, port, &out[i])) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          "“%s” is not a numeric address and port such as 192.0.2.1:6330 or "
          "[2001:db8::1]:6330",
          parts[i]);
      found = -1;
    }
    g_free (copy);
  }
  g_strfreev (parts);
  return found;
}
