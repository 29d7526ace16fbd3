/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * patternsrc.h: a live source of the bytes of pattern.h, as many a second as `bitrate` says.
 */
#pragma once

#include <gst/base/gstpushsrc.h>

G_BEGIN_DECLS

#define TYPE_PATTERN_SRC (pattern_src_get_type ())
G_DECLARE_FINAL_TYPE (PatternSrc, pattern_src, PATTERN, SRC, GstPushSrc)

G_END_DECLS
