/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeobject.h: whole objects out of finished blocks, for an encoder that makes other symbols of them: their bytes
 * as they are, with number, flags and OTI. Knows blocks and the output, nothing of packets, records or deadlines.
 */
#pragma once

#include "decodeblock.h"
#include "decodeoutput.h"

G_BEGIN_DECLS

typedef struct
{
  GstFecDecodeOutput *output; /* borrowed */
  GstCaps *caps; /* pushed last, or NULL */
  GstClockTime last_pts;
} GstFecDecodeObjects;

/* What the receiver knows of the objects' stream; all borrowed. */
typedef struct
{
  guint32 tsi;
  const GstCaps *media_caps; /* or NULL */
  gboolean arrival; /* buffers have the time of arrival, else none */
  GstEvent *stream_start; /* upstream's, or NULL */
} GstFecDecodeObjectsStream;

/* Whether what is linked to @srcpad would rather have objects than media. */
gboolean gst_fec_decode_objects_wanted (GstPad *srcpad);

/* Stream-start, caps and segment are pushed again. */
void gst_fec_decode_objects_reset (GstFecDecodeObjects *objects);
/* Hands on @block, which is complete. */
void gst_fec_decode_objects_take (GstFecDecodeObjects *objects,
    const GstFecDecodeBlock *block, const GstFecDecodeObjectsStream *stream);

G_END_DECLS
