/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecmediatime.c: where media lie in time: the segment of a stream and the
 * timestamps its packets get.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecmediatime.h"

void
fec_media_time_reset (FecMediaTime *time)
{
  gst_segment_init (&time->segment, GST_FORMAT_UNDEFINED);
  time->position = GST_CLOCK_TIME_NONE;
}

void
fec_media_time_set_segment (FecMediaTime *time, GstEvent *event)
{
  gst_event_copy_segment (event, &time->segment);
  time->position = GST_CLOCK_TIME_NONE;
}

GstClockTimeDiff
fec_media_time_running (const FecMediaTime *time, GstClockTime timestamp)
{
  guint64 running_time;

  if (time->segment.format != GST_FORMAT_TIME ||
      !GST_CLOCK_TIME_IS_VALID (timestamp))
    return GST_CLOCK_STIME_NONE;
  switch (gst_segment_to_running_time_full (
      &time->segment, GST_FORMAT_TIME, timestamp, &running_time)) {
    case 1:
      return (GstClockTimeDiff) running_time;
    case -1:
      return -(GstClockTimeDiff) running_time;
    default:
      return GST_CLOCK_STIME_NONE;
  }
}

GstClockTime
fec_media_time_stamp (FecMediaTime *time, GstBuffer *buffer)
{
  const GstSegment *segment = &time->segment;
  GstClockTime position = GST_BUFFER_DTS_OR_PTS (buffer);

  if (segment->format != GST_FORMAT_TIME)
    return GST_CLOCK_TIME_NONE;
  if (!GST_CLOCK_TIME_IS_VALID (position))
    return time->position;
  if (GST_CLOCK_TIME_IS_VALID (time->position) && segment->rate > 0)
    position = MAX (position, time->position);
  if (GST_CLOCK_TIME_IS_VALID (segment->stop) && position >= segment->stop)
    position = MAX (segment->stop, 1) - 1;
  time->position = MAX (position, segment->start);
  return time->position;
}
