/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * entropy.h: bytes nobody can guess, from the kernel, for keys and session ids,
 * and the hash that is keyed with them. Knows nothing else.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Fills @data with @size (at most 256) random bytes of the kernel. Ends the
 * program when the kernel has none to give: anything else could be guessed.
 */
void gst_fec_entropy_fill (gpointer data, gsize size);

/**
 * Hash of @size bytes under @secret, so that whoever chooses the data cannot
 * choose the bucket it falls into. Not a message authentication code.
 */
guint64 gst_fec_entropy_hash (guint64 secret, gconstpointer data, gsize size);

G_END_DECLS
