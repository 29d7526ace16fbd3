/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * patternsink.h: a sink that checks the bytes of pattern.h. What it found is in its `stats`.
 */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define TYPE_PATTERN_SINK (pattern_sink_get_type ())
G_DECLARE_FINAL_TYPE (PatternSink, pattern_sink, PATTERN, SINK, GstBaseSink)

G_END_DECLS
