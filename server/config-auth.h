/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config-auth.h: the sections [auth] and [user NAME] of the configuration: who may listen to what.
 */
#pragma once

#include "fecserver.h"

G_BEGIN_DECLS

/** Tells what is wrong with @key (NULL: with all) of @section; @message names no password. */
typedef void (*ConfigAuthReport) (gpointer user_data, const gchar *section,
    const gchar *key, const gchar *message);

/** Whether @section is one of these. */
gboolean config_auth_is_section (const gchar *section);

/** Puts what @section of @keys says into @auth, and reports what is wrong. */
void config_auth_read (GKeyFile *keys, const gchar *section, GstFecAuth *auth,
    ConfigAuthReport report, gpointer user_data);

G_END_DECLS
