/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecalccaps.h: the caps of packets between elements, and which media are byte streams. */
#pragma once

#include <gst/gst.h>

#include "fecblockwriter.h"

G_BEGIN_DECLS

/** The caps of a channel's packets; @media_caps may be NULL. Transfer full. */
GstCaps *fec_alc_caps_new (const FecChannelConfig *config, gboolean records,
    const GstCaps *media_caps);

/**
 * Whether @caps (or none, NULL) are of a stream of bytes that can be cut
 * anywhere and carries its times in itself.
 */
gboolean fec_caps_are_byte_stream (const GstCaps *caps);

G_END_DECLS
