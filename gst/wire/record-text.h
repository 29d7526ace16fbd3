/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record-text.h: caps and tag lists to and from text that may be hostile. Private to the room wire.
 *
 * GStreamer's own parser of such text recurses without a limit, accepts types that hold further text and leaks arrays
 * that it cannot finish, so what comes from the network has to keep a narrow grammar before it is handed to it.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** Longest text of caps or of a tag list, in bytes. */
#define GST_FEC_TEXT_MAX (1u << 20)
/** Most fields of such a text. */
#define GST_FEC_TEXT_MAX_FIELDS 256
/** Most names of fields and media types, unknown to the process before, that are let in during its life. */
#define GST_FEC_TEXT_MAX_NEW_NAMES 4096

/** Fixed caps from @size bytes of UTF-8 at @text, not terminated; NULL when they are none or not safe to parse. */
GstCaps *gst_fec_text_to_caps (const gchar *text, gsize size);
/** The text of fixed @caps; NULL when gst_fec_text_to_caps() would refuse it. Freed with g_free(). */
gchar *gst_fec_text_from_caps (const GstCaps *caps);
/** A tag list from @size bytes of UTF-8: known tags with values of the right type; NULL when nothing is left. */
GstTagList *gst_fec_text_to_tags (const gchar *text, gsize size);
/** The text of @tags without images and other samples; NULL when nothing is left. Freed with g_free(). */
gchar *gst_fec_text_from_tags (const GstTagList *tags);

G_END_DECLS
