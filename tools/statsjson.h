/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * statsjson.h: GStreamer structures as JSON.
 */
#pragma once

#include <gst/gst.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * Adds @structure as an object to @builder: numbers, booleans, strings, lists and structures become what JSON has for
 * them, anything else a string.
 */
void stats_json_add_structure (
    JsonBuilder *builder, const GstStructure *structure);

G_END_DECLS
