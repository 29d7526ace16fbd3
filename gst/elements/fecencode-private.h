/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecencode-private.h: what the files of the element `fecencode` share: gstfecencode.c (data, states, threads) and
 * fecencodeevents.c (events and queries of both pads).
 */
#pragma once

#include <gst/gst.h>

#include "fecencodeproperties.h"
#include "fecencoder.h"
#include "fecmediatime.h"
#include "fectimer.h"
#include "fecwishes.h"
#include "gstfecencode.h"

G_BEGIN_DECLS

struct _GstFecEncode
{
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;
  FecTimer timer;
  GstTask *task;
  GRecMutex task_lock;

  FecEncodeProperties properties; /* OBJECT_LOCK */
  FecWishes wishes; /* of any thread */

  /* set while no streaming thread runs */
  gboolean started_before;
  guint32 next_toi;
  guint16 next_seq;

  /* stream_lock */
  GMutex stream_lock;
  FecEncoder *encoder; /* from READY to PAUSED and back */
  FecMediaTime time;
  GstCaps *media_caps;
  gboolean negotiated;
  FecChannelConfig config; /* the channel that was settled */
  gboolean recoding; /* the input is objects of another sender */
  gboolean records; /* the framing that was settled, when it is media */
  gboolean knows_live;
  gboolean ended; /* nothing may follow the end of the stream */
  GstFlowReturn task_flow; /* what the task's last push came to */
};

/** Publishes the counters and sets the timer, after whatever was done with the encoder. With stream_lock. */
void gst_fec_encode_settle (GstFecEncode *self);
/** Chooses framing and channel, and tells downstream. With stream_lock. */
gboolean gst_fec_encode_negotiate (GstFecEncode *self);
/** The settings of the next block. */
FecBlockSettings gst_fec_encode_get_settings (GstFecEncode *self);

/* The functions of the pads in fecencodeevents.c. */
gboolean gst_fec_encode_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_fec_encode_src_event (
    GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_fec_encode_sink_query (
    GstPad *pad, GstObject *parent, GstQuery *query);
gboolean gst_fec_encode_src_query (
    GstPad *pad, GstObject *parent, GstQuery *query);

G_END_DECLS
