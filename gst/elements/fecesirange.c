/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecesirange.c: which repair ESIs a sender uses. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecesirange.h"

#include <raptorq.h>

guint32
fec_esi_range_size (const FecEsiRange *range, guint32 symbols)
{
  return (RQ_ESI_MAX + 1 - symbols) / MAX (range->count, 1);
}

guint32
fec_esi_range_first (const FecEsiRange *range, guint32 symbols)
{
  return symbols + range->index * fec_esi_range_size (range, symbols);
}

gboolean
fec_esi_range_parse (FecEsiRange *range, const gchar *text)
{
  gchar **parts = g_strsplit (text != NULL ? text : "", "/", 3);
  guint64 index, count;
  gboolean ok = g_strv_length (parts) == 2 &&
      g_ascii_string_to_unsigned (
          parts[1], 10, 1, FEC_ESI_MAX_SENDERS, &count, NULL) &&
      g_ascii_string_to_unsigned (parts[0], 10, 0, count - 1, &index, NULL);

  if (ok)
    *range = (FecEsiRange){ .index = (guint) index, .count = (guint) count };
  g_strfreev (parts);
  return ok;
}

gchar *
fec_esi_range_format (const FecEsiRange *range)
{
  return g_strdup_printf ("%u/%u", range->index, MAX (range->count, 1));
}
