/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-media-source.h: a bin that reads a media file or URI, again and again if wanted, and gives one MPEG transport
 * stream whose clock never steps. Streams are copied; only what a transport stream cannot carry is re-encoded.
 * Not paced: it gives as fast as it is taken, with timestamps.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_FEC_MEDIA_SOURCE (gst_fec_media_source_get_type ())
G_DECLARE_FINAL_TYPE (
    GstFecMediaSource, gst_fec_media_source, GST, FEC_MEDIA_SOURCE, GstBin)

/**
 * @uri: what to read; @loop: begin anew at the end, else EOS.
 * Returns: (transfer floating): a bin with a pad "src"; NULL with @error set when an element it needs is missing.
 */
GstElement *gst_fec_media_source_new (
    const gchar *uri, gboolean loop, GError **error);

G_END_DECLS
