/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * addresslist.h: numeric addresses with ports, as users write them.
 */
#pragma once

#include <gio/gio.h>
#include "wire/address.h"

G_BEGIN_DECLS

/**
 * Reads "192.0.2.1:6330,[2001:db8::1]:6330,192.0.2.2": at most @max addresses
 * to @out, @port where none is named. Blanks around commas are allowed; an
 * empty text or NULL is none. Returns how many, or -1 with @error
 * (G_IO_ERROR_INVALID_ARGUMENT) set.
 */
gint gst_fec_address_list_parse (const gchar *text, guint16 port,
    GstFecAddress *out, guint max, GError **error);

G_END_DECLS
