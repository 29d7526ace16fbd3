/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecpreamble.h: the records every block begins with in framing=records, so
 * that one block is enough to begin with. Knows records and sticky events.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * Appends the records of the sticky events of @pad (stream-start, caps,
 * segment, tags) and a clock record with @running_time (or
 * GST_CLOCK_TIME_NONE) and the wall clock to @out, for stream number 0.
 * Tags that are too large are left out. FALSE when another event does not fit
 * a record.
 */
gboolean fec_preamble_write (
    GByteArray *out, GstPad *pad, GstClockTime running_time);

G_END_DECLS
