/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * setting-check.c: values from text.
 */
#include "setting-check.h"

#include <gio/gio.h>
#include <net/if.h>
#include <string.h>

gchar *
setting_check_number (
    const gchar *text, guint64 min, guint64 max, guint64 *value)
{
  if (g_ascii_string_to_unsigned (text, 10, min, max, value, NULL))
    return NULL;
  return g_strdup_printf ("“%s” is not a whole number from %" G_GUINT64_FORMAT
                          " to %" G_GUINT64_FORMAT,
      text, min, max);
}

gchar *
setting_check_number_or_auto (const gchar *text, guint64 min, guint64 max)
{
  guint64 ignored;

  if (strcmp (text, "auto") == 0 ||
      g_ascii_string_to_unsigned (text, 10, min, max, &ignored, NULL))
    return NULL;
  return g_strdup_printf ("“%s” is neither auto nor a whole number from "
                          "%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
      text, min, max);
}

gchar *
setting_check_boolean (const gchar *text, gboolean *value)
{
  static const gchar *const yes[] = { "true", "yes", "on", "1", NULL };
  static const gchar *const no[] = { "false", "no", "off", "0", NULL };

  *value = g_strv_contains (yes, text);
  if (*value || g_strv_contains (no, text))
    return NULL;
  return g_strdup_printf ("“%s” is neither true nor false", text);
}

gchar *
setting_check_word (const gchar *text, const gchar *const *words)
{
  gchar *list, *message;

  if (g_strv_contains (words, text))
    return NULL;
  list = g_strjoinv (", ", (gchar **) words);
  message = g_strdup_printf ("“%s” is none of %s", text, list);
  g_free (list);
  return message;
}

gchar *
setting_check_range (const gchar *text, guint64 max)
{
  const gchar *slash = strchr (text, '/');
  gchar *first = slash != NULL ? g_strndup (text, slash - text) : NULL;
  guint64 index, count;
  gboolean good = slash != NULL &&
      g_ascii_string_to_unsigned (slash + 1, 10, 1, max, &count, NULL) &&
      g_ascii_string_to_unsigned (first, 10, 0, count - 1, &index, NULL);

  g_free (first);
  if (good)
    return NULL;
  return g_strdup_printf (
      "“%s” is not a range such as 1/2, of at most %" G_GUINT64_FORMAT, text,
      max);
}

gchar *
setting_check_address (const gchar *text)
{
  if (g_hostname_is_ip_address (text))
    return NULL;
  return g_strdup_printf ("“%s” is not a numeric address", text);
}

gchar *
setting_check_group (const gchar *text, gchar **group, guint *port)
{
  GInetAddress *address = NULL;
  const gchar *colon = strrchr (text, ':');
  guint64 number;
  gchar *host;

  *group = NULL;
  if (colon == NULL ||
      !g_ascii_string_to_unsigned (
          colon + 1, 10, 1, G_MAXUINT16, &number, NULL))
    goto bad;
  host = g_strndup (text, colon - text);
  if (host[0] == '[' && g_str_has_suffix (host, "]")) {
    memmove (host, host + 1, strlen (host));
    host[strlen (host) - 1] = '\0';
  }
  address = g_inet_address_new_from_string (host);
  g_free (host);
  if (address == NULL || !g_inet_address_get_is_multicast (address))
    goto bad;
  *group = g_inet_address_to_string (address);
  *port = (guint) number;
  g_object_unref (address);
  return NULL;

  /* ERRORS */
bad : {
  g_clear_object (&address);
  return g_strdup_printf ("“%s” is not a multicast group and port such as "
                          "239.255.0.1:6331 or [ff15::1]:6331",
      text);
}
}

gchar *
setting_check_interface (const gchar *text)
{
  if (if_nametoindex (text) != 0)
    return NULL;
  return g_strdup_printf ("there is no network interface “%s”", text);
}
