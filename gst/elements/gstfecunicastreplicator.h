/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecunicastreplicator.h: the element that serves channels to clients; see the .c file. */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_FEC_UNICAST_REPLICATOR (gst_fec_unicast_replicator_get_type ())
G_DECLARE_FINAL_TYPE (GstFecUnicastReplicator, gst_fec_unicast_replicator, GST,
    FEC_UNICAST_REPLICATOR, GstBaseSink)

GST_ELEMENT_REGISTER_DECLARE (fecunicastreplicator);

G_END_DECLS
