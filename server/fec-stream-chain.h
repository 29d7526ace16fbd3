/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-stream-chain.h: what has to be done to one stream before mpegtsmux can take it: parse it or, when a transport
 * stream cannot carry it, encode it anew.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** What becomes of a stream. */
typedef enum
{
  GST_FEC_STREAM_COPY, /**< goes into the transport stream as it is */
  GST_FEC_STREAM_ENCODE, /**< audio or video that has to be encoded anew */
  GST_FEC_STREAM_DROP, /**< neither audio nor video */
} GstFecStreamFate;

/** What becomes of a stream of @caps. */
GstFecStreamFate gst_fec_stream_fate (const GstCaps *caps);

/**
 * Returns: (transfer floating): a bin with pads "sink" and "src" for streams of @caps; NULL with @error set when they
 * cannot be carried or an element that it takes is missing.
 */
GstElement *gst_fec_stream_chain_new (const GstCaps *caps, GError **error);

G_END_DECLS
