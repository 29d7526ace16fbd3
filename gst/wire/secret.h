/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.h: text that shall not stay in memory: passwords, and whatever holds them. */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/** Overwrites @text with zeros and frees it; NULL is allowed. */
static inline void
gst_fec_secret_free (gchar *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

G_END_DECLS
