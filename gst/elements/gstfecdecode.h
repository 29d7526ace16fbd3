/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecdecode.h: the element fecdecode: media out of ALC packets. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_FEC_DECODE (gst_fec_decode_get_type ())
G_DECLARE_FINAL_TYPE (GstFecDecode, gst_fec_decode, GST, FEC_DECODE, GstElement)

GST_ELEMENT_REGISTER_DECLARE (fecdecode);

G_END_DECLS
