/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * jsonline.h: one JSON object a line on standard output, from any thread.
 */
#pragma once

#include <gst/gst.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/** Begins an object with the member "event". Ends with json_line_print(). */
JsonBuilder *json_line_begin (const gchar *event);
/** Adds a text, number or structure; NULL is null. */
void json_line_text (JsonBuilder *line, const gchar *name, const gchar *text);
void json_line_number (JsonBuilder *line, const gchar *name, gint64 number);
void json_line_structure (
    JsonBuilder *line, const gchar *name, const GstStructure *structure);
/** Prints and frees @line. */
void json_line_print (JsonBuilder *line);

G_END_DECLS
