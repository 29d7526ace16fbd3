/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecsrc.h: the element that gets a channel's packets from a server; see the .c file. */
#pragma once

#include <gst/base/gstpushsrc.h>

G_BEGIN_DECLS

#define GST_TYPE_FEC_SRC (gst_fec_src_get_type ())
G_DECLARE_FINAL_TYPE (GstFecSrc, gst_fec_src, GST, FEC_SRC, GstPushSrc)

GST_ELEMENT_REGISTER_DECLARE (fecsrc);

G_END_DECLS
