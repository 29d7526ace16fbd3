/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeproperties.h: the properties of fecdecode: their ranges, defaults and
 * documentation. Knows settings and statistics, no locks: the element has them.
 */
#pragma once

#include "decodereceiver.h"

G_BEGIN_DECLS

void gst_fec_decode_properties_install (GObjectClass *klass);
/* The defaults. */
void gst_fec_decode_properties_init (GstFecDecodeSettings *settings);
void gst_fec_decode_properties_clear (GstFecDecodeSettings *settings);
/* FALSE: no such property. */
gboolean gst_fec_decode_properties_set (
    GstFecDecodeSettings *settings, guint prop_id, const GValue *value);
gboolean gst_fec_decode_properties_get (const GstFecDecodeSettings *settings,
    const GstFecDecodeStats *stats, guint prop_id, GValue *value);

G_END_DECLS
