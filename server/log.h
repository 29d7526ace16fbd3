/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log.h: how fec-server writes GLib's messages to standard error.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Takes GLib's log over. When standard error is the journal, a line begins with its priority, "<4>" (sd-daemon(3)), and
 * the journal adds the time; else it begins with the time. @verbose: messages of level debug too.
 */
void log_init (gboolean verbose);

G_END_DECLS
