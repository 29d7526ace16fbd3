/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * encodeharness.h: for tests of fecencode: the element in a harness, with a
 * test clock for its timer, and input for it.
 */
#pragma once

#include "packets.h"

#define TS_CAPS "video/mpegts, systemstream=true, packetsize=188"
#define FRAME_CAPS "video/x-test, width=16, height=16"

/** fecencode in a harness and what it has put out. */
typedef struct
{
  GstHarness *harness;
  GstTestClock *clock;
  GArray *packets; /* filled by encode_pull() */
} EncodeHarness;

/**
 * Starts @launch (a fecencode with properties) with the clock at 0. Upstream
 * is live or not; @caps NULL: no caps event is sent.
 */
void encode_setup (EncodeHarness *encode, const gchar *launch,
    const gchar *caps, gboolean live);
void encode_teardown (EncodeHarness *encode);

/** A buffer with @size bytes counted up from @first. */
GstBuffer *encode_buffer (gsize size, guint8 first);
/** Pushes a buffer with timestamp @pts (or NONE). */
void encode_push (
    EncodeHarness *encode, gsize size, GstClockTime pts, gboolean delta);
/** Takes the packets that are there; returns their number. */
guint encode_pull (EncodeHarness *encode);
/** Lets the timer's times come until @n packets have been taken in all. */
void encode_crank_until (EncodeHarness *encode, guint n);
/** The clock's time. */
GstClockTime encode_now (EncodeHarness *encode);
/** Number @index of the packets taken so far. */
const GstFecAlcPacket *encode_packet (EncodeHarness *encode, guint index);
/** An unsigned field of the property stats. */
guint64 encode_stat (EncodeHarness *encode, const gchar *field);
