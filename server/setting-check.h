/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * setting-check.h: reading single values of the configuration strictly: whole numbers within a range, groups,
 * interfaces. An error says what is allowed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The message of an error is a whole sentence about @text; free it. NULL: fine. */

/** A decimal number from @min to @max. */
gchar *setting_check_number (
    const gchar *text, guint64 min, guint64 max, guint64 *value);
/** "auto" or a decimal number from @min to @max. */
gchar *setting_check_number_or_auto (
    const gchar *text, guint64 min, guint64 max);
/** true, yes, on, 1 or false, no, off, 0. */
gchar *setting_check_boolean (const gchar *text, gboolean *value);
/** One of @words (NULL-terminated). */
gchar *setting_check_word (const gchar *text, const gchar *const *words);
/** I/N: N from 1 to @max, I from 0 to N - 1. */
gchar *setting_check_range (const gchar *text, guint64 max);
/** A numeric address of this machine or of all its interfaces. */
gchar *setting_check_address (const gchar *text);
/** GROUP:PORT or [GROUP]:PORT with a multicast address; @group is to be freed. */
gchar *setting_check_group (const gchar *text, gchar **group, guint *port);
/** The name of an interface of this machine. */
gchar *setting_check_interface (const gchar *text);

G_END_DECLS
