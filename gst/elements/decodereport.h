/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodereport.h: warnings about blocks that could not be rebuilt, with numbers,
 * at most one message a second: what is lost in between is summed up. Knows
 * messages, nothing of how blocks are decoded.
 */
#pragma once

#include "decodewindow.h"

G_BEGIN_DECLS

/* Losses that were not told yet; all zero at first. */
typedef struct
{
  guint blocks;
  guint32 first_toi;
  guint32 last_toi;
  guint64 received;
  guint64 needed;
  gint64 posted; /* monotonic time of the last message */
} GstFecDecodeReport;

/* Adds the loss of @item; posts when the last message is a second old. */
void gst_fec_decode_report_lost (GstFecDecodeReport *report,
    GstElement *element, const GstFecDecodeItem *item);
/* Posts what was not told yet; @force: also within the second. */
void gst_fec_decode_report_post (
    GstFecDecodeReport *report, GstElement *element, gboolean force);

G_END_DECLS
