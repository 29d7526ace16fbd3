/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resumption.h: leaving and coming back: gives the decoder what a reception before has left, keeps the packets of what
 * is not whole, and writes them down in the end. Sits between the elements of fec-get's pipeline.
 */
#pragma once

#include <gst/gst.h>

#include "output.h"

G_BEGIN_DECLS

typedef struct _Resumption Resumption;

/**
 * Reads file @name when there is one, and makes @output (borrowed) go on behind what was finished. @limit: bytes of
 * packets that are kept at most. NULL with @error set when the file cannot be used.
 */
Resumption *resumption_new (
    const gchar *name, guint64 limit, Output *output, GError **error);
void resumption_free (Resumption *resumption);

/**
 * Watches fecsrc, fecdecode and the sink behind it, linked and not started yet. What was read is given to the decoder
 * before the first packet. Where the server offers another channel or object, an ERROR message is posted.
 */
void resumption_watch (Resumption *resumption, GstElement *source,
    GstElement *decoder, GstElement *sink);

/** When the first packet came, monotonic, in microseconds; 0: not yet. Any thread. */
gint64 resumption_get_first_packet_time (Resumption *resumption);

/**
 * When the pipeline has stopped: writes the file, deletes it when nothing is missing, or leaves it as it is when
 * nothing came. *@unfinished tells whether there is a file now. FALSE with @error set when that failed.
 */
gboolean resumption_finish (
    Resumption *resumption, gboolean *unfinished, GError **error);
/** Packets. */
typedef struct
{
  guint64 resumed; /**< read and given to the decoder */
  guint64 fresh; /**< that came since */
  guint64 kept; /**< now */
  guint64 refused; /**< not kept for the limit */
} ResumptionCounts;

void resumption_get_counts (Resumption *resumption, ResumptionCounts *counts);

G_END_DECLS
