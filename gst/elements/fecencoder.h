/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecencoder.h: media buffers and events to packets. Decides when a block
 * opens and closes, writes raw bytes or records into it, holds partial symbols
 * no longer than allowed and paces the repair. Has no thread and no clock of
 * its own: the element tells it the time and asks when to come again.
 *
 * One thread at a time. Times called "now" are of one clock, in nanoseconds.
 */
#pragma once

#include <gst/gst.h>

#include "fecblockwriter.h"
#include "fecfeedback.h"

G_BEGIN_DECLS

/** What takes effect with the next block. */
typedef struct
{
  FecRepairRule repair;
  GstClockTime block_duration;
  GstClockTime max_hold;
  GstClockTime history; /**< how long closed blocks stay for fresh symbols */
  guint64 history_bytes; /**< and how many bytes of them at most */
} FecBlockSettings;

/** What the encoder needs from its owner; called from within its functions. */
typedef struct
{
  /** Hands on packets; transfer full. */
  GstFlowReturn (*push) (GstBufferList *packets, gpointer user_data);
  /** Appends the records a block begins with; FALSE when they do not fit. */
  gboolean (*write_preamble) (GByteArray *out, gpointer user_data);
  /** The settings of this moment. */
  FecBlockSettings (*get_settings) (gpointer user_data);
  /** The stream cannot go on; @message says why and what to do. */
  void (*fail) (const gchar *message, gpointer user_data);
  gpointer user_data;
} FecEncoderOwner;

typedef struct _FecEncoder FecEncoder;

/** NULL when out of memory. Freed with fec_encoder_free(). */
FecEncoder *fec_encoder_new (const FecChannelConfig *config,
    const FecEncoderOwner *owner, guint32 first_toi, guint16 first_seq);
void fec_encoder_free (FecEncoder *encoder);

/** The packet maker, for numbers and counters. */
FecBlockWriter *fec_encoder_writer (FecEncoder *encoder);

/** What the input is; no block may be open when @records changes. */
void fec_encoder_set_records (FecEncoder *encoder, gboolean records);
void fec_encoder_set_live (FecEncoder *encoder, gboolean live);

/**
 * Takes in a buffer (not its ownership).
 *
 * @param running_time of the buffer, or GST_CLOCK_STIME_NONE
 * @param position     timestamp for the packets it completes
 */
GstFlowReturn fec_encoder_take_buffer (FecEncoder *encoder, GstBuffer *buffer,
    GstClockTimeDiff running_time, GstClockTime position, GstClockTime now);

/**
 * Takes in a segment, tag or gap event, when framing is records: it is written
 * in place when a block is open; a gap opens one.
 */
GstFlowReturn fec_encoder_take_event (FecEncoder *encoder, GstEvent *event,
    GstClockTimeDiff running_time, GstClockTime now);

/**
 * Takes in an object of another sender whole: @buffer has its bytes. Opens and
 * closes a block that has its number, flags and length.
 */
GstFlowReturn fec_encoder_take_object (FecEncoder *encoder, GstBuffer *buffer,
    const FecObject *object, GstClockTime position, GstClockTime now);

/**
 * Goes on as channel @config, numbers and counters going on too; what is left
 * of the old one is pushed first. No block may be open. FALSE when out of
 * memory: the old configuration stays.
 */
gboolean fec_encoder_configure (
    FecEncoder *encoder, const FecChannelConfig *config);

/** Closes the open block, if there is one, and pushes. */
GstFlowReturn fec_encoder_close_block (FecEncoder *encoder, GstClockTime now);
/** The stream is at its end: closes, protects, marks and pushes everything. */
GstFlowReturn fec_encoder_end (FecEncoder *encoder);
/** After a flush. */
void fec_encoder_reset (FecEncoder *encoder);

/** Does what is due at @now and pushes. */
GstFlowReturn fec_encoder_run (FecEncoder *encoder, GstClockTime now);
/**
 * Makes symbols of a closed block that nobody was sent before and pushes them;
 * repair that was planned and has not left goes first and counts.
 */
GstFlowReturn fec_encoder_make_fresh (
    FecEncoder *encoder, const FecSymbolsWanted *wanted, GstClockTime now);

/** When fec_encoder_run() has something to do next; GST_CLOCK_TIME_NONE: never. */
GstClockTime fec_encoder_deadline (const FecEncoder *encoder);

G_END_DECLS
