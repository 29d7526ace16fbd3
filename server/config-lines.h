/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config-lines.h: on which line of a key file a section or key stands, and what GKeyFile passes over in silence:
 * repeated sections and keys. Knows the syntax, not the meaning.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ConfigLines ConfigLines;

/** Tells of something wrong on @line (from 1). */
typedef void (*ConfigLinesReport) (
    gpointer user_data, guint line, const gchar *message);

/** Reads @text (zero-terminated), reports what is no key file syntax and what is there twice. */
ConfigLines *config_lines_new (
    const gchar *text, ConfigLinesReport report, gpointer user_data);
void config_lines_free (ConfigLines *lines);
/** The line of @key in @section, or of the section itself when @key is NULL; 0 when there is none. */
guint config_lines_find (
    ConfigLines *lines, const gchar *section, const gchar *key);

G_END_DECLS
