/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecmediatime.h: where media lie in time: the segment of a stream and the
 * timestamps its packets get. Knows GstSegment and buffers only.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GstSegment segment;
  GstClockTime position; /* of the last packet, or NONE */
} FecMediaTime;

/** Before there is a segment. */
void fec_media_time_reset (FecMediaTime *time);
/** Takes the segment of @event. */
void fec_media_time_set_segment (FecMediaTime *time, GstEvent *event);

/**
 * The running time of @timestamp, also when it is outside the segment;
 * GST_CLOCK_STIME_NONE when there is none.
 */
GstClockTimeDiff fec_media_time_running (
    const FecMediaTime *time, GstClockTime timestamp);

/**
 * The timestamp for packets that @buffer completes, in the segment of the
 * input. It follows decoding order, does not lead back, and lies in the
 * segment: sinks drop what is outside. GST_CLOCK_TIME_NONE when there is none.
 */
GstClockTime fec_media_time_stamp (FecMediaTime *time, GstBuffer *buffer);

G_END_DECLS
