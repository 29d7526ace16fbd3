/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * output.h: where received bytes go: a file that is made when the first byte is there, or standard output. Plain file
 * descriptors, no media.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Output Output;

/**
 * @name: a file, "-" for standard output, NULL for nowhere. Checks, without making or changing anything, that @name can
 * be written; NULL with @error set when it cannot.
 */
Output *output_new (const gchar *name, GError **error);
/**
 * Before the first output_write(): keeps the first @bytes of the file and goes on behind them; standard output goes on
 * where it is. FALSE with @error set when the file has fewer.
 */
gboolean output_go_on (Output *output, guint64 bytes, GError **error);
/** Bytes up to the end of what was written, those that were kept included. */
guint64 output_get_bytes (const Output *output);
/** Writes all of @data; the file is made (or cut to what is kept of it) by the first call. FALSE with @error set when that failed. */
gboolean output_write (
    Output *output, const guint8 *data, gsize size, GError **error);
/** Ends the file; FALSE with @error set when the system tells only now that something could not be written. */
gboolean output_close (Output *output, GError **error);
void output_free (Output *output);

G_END_DECLS
