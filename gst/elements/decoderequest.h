/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoderequest.h: asks upstream for what is missing, by an event for each
 * block, and counts. Knows the sink pad; what is missing is decodemissing's.
 */
#pragma once

#include "decodemissing.h"

G_BEGIN_DECLS

/* Pushes what is due at @now out of @sinkpad; counts in @stats what is taken. */
void gst_fec_decode_request_missing (GstFecDecodeMissing *missing,
    const GstFecDecodeWindow *window, GstPad *sinkpad, guint32 tsi,
    GstClockTime now, GstFecDecodeStats *stats);

G_END_DECLS
