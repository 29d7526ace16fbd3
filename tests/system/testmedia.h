/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * testmedia.h: H.264 and AAC for the system tests, encoded beforehand into
 * memory, so that sending it live costs next to nothing. Knows GStreamer's
 * encoders, nothing of the project's elements.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  TEST_MEDIA_MPEGTS, /**< H.264 and AAC in an MPEG transport stream, 1316 bytes a buffer */
  TEST_MEDIA_H264, /**< H.264 access units with timestamps, flags and codec_data */
} TestMediaKind;

typedef struct
{
  GstCaps *caps;
  GPtrArray *buffers; /**< of GstBuffer, in the order to send them */
  GArray *times; /**< of GstClockTime: when to send each, the first at 0 */
  GstClockTime duration;
  GByteArray *bytes; /**< all of it in one piece */
  GArray *offsets; /**< of gsize: where each buffer begins in bytes */
} TestMedia;

/**
 * Encodes @seconds of moving pictures (and sound, in MPEG-TS) at about
 * @kilobits per second. NULL with @error set when an encoder is missing or fails.
 */
TestMedia *test_media_encode (
    TestMediaKind kind, guint seconds, guint kilobits, GError **error);
void test_media_free (TestMedia *media);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestMedia, test_media_free)

/** Told of each buffer before it is pushed; FALSE ends the sending. */
typedef gboolean (*TestMediaProgress) (guint index, gpointer user_data);

/**
 * Pushes all buffers into @appsrc, each at its time from now on, then EOS when
 * @eos. Returns FALSE when the pipeline did not take one or @progress ended it.
 */
gboolean test_media_send (const TestMedia *media, GstElement *appsrc,
    gboolean eos, TestMediaProgress progress, gpointer user_data);

G_END_DECLS
