/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * capturefile.h: writes capture files (pcap), with Ethernet, IPv4, UDP and TCP headers of its own, so that nobody needs
 * the right to capture.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _CaptureFile CaptureFile;

/** NULL with errno set when @name cannot be written. */
CaptureFile *capture_file_new (const gchar *name);
/** A datagram from 192.0.2.1 to 233.252.0.1, port 6330 both. FALSE when it was not written. */
gboolean capture_file_put_udp (
    CaptureFile *file, const guint8 *data, gsize size);
/** The next segment of a connection from port 6330 of 192.0.2.1 to port 50000 of 192.0.2.2. @size: at most 65000. */
gboolean capture_file_put_tcp (
    CaptureFile *file, const guint8 *data, gsize size);
/** Frees @file; FALSE when not all was written. */
gboolean capture_file_close (CaptureFile *file);

G_END_DECLS
