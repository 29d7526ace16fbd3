/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecmcastsink.h: the element that sends packets to a multicast group; see the .c file. */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_FEC_MCAST_SINK (gst_fec_mcast_sink_get_type ())
G_DECLARE_FINAL_TYPE (
    GstFecMcastSink, gst_fec_mcast_sink, GST, FEC_MCAST_SINK, GstBaseSink)

GST_ELEMENT_REGISTER_DECLARE (fecmcastsink);

G_END_DECLS
