/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodesender.h: a queue and a thread behind it, for live pipelines: a sink
 * that waits for a buffer's time then blocks neither the reception of packets
 * nor the deadlines of blocks. Knows a pad and what is pushed out of it.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstFecDecodeSender GstFecDecodeSender;

/* @pad is borrowed. The sender is flushing. */
GstFecDecodeSender *gst_fec_decode_sender_new (GstPad *pad);
void gst_fec_decode_sender_free (GstFecDecodeSender *sender);

/* Starts the thread and takes things in. */
void gst_fec_decode_sender_start (GstFecDecodeSender *sender);
/* Ends the thread; pushes have to return, so the pad has to be flushing. */
void gst_fec_decode_sender_stop (GstFecDecodeSender *sender);

/*
 * TRUE: drops what waits; whoever waits in send() returns FLUSHING. FALSE:
 * begins anew, when a push that is under way has returned. Any thread.
 */
void gst_fec_decode_sender_set_flushing (
    GstFecDecodeSender *sender, gboolean flushing);
/*
 * Most bytes that wait; 0: there is no queue, send() itself pushes. A queue
 * that was begun is used until the next start or flush.
 */
void gst_fec_decode_sender_set_limit (
    GstFecDecodeSender *sender, guint64 bytes);

/*
 * Sends a buffer, buffer list or event (transfer full), after waiting for room.
 * Returns what the last push came to.
 */
GstFlowReturn gst_fec_decode_sender_send (
    GstFecDecodeSender *sender, GstMiniObject *object);

G_END_DECLS
