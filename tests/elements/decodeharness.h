/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeharness.h: for tests of fecdecode: the element in a harness with a test
 * clock, and packets of blocks made for it with the project's own writer and
 * codec.
 */
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include "wire/alc.h"
#include "wire/record.h"

#define TEST_TSI 7
#define TEST_T 64
#define RAW_CAPS "application/x-test"

/** A block to make packets of. */
typedef struct
{
  guint32 toi;
  guint32 t;
  guint8 flags; /* GstFecBlockFlags */
  GByteArray *bytes; /* owned */
} TestBlock;

/** A raw block of @size bytes that differ from those of other blocks. */
TestBlock *test_block_new (guint32 toi, gsize size);
/** A block that holds @bytes (transfer full). */
TestBlock *test_block_new_with (guint32 toi, GByteArray *bytes, guint8 flags);
void test_block_free (TestBlock *block);
/** K. */
guint32 test_block_k (const TestBlock *block);
/**
 * The packet with symbol @esi. @fti: with EXT_FTI; the last source symbol when
 * it is padded and repair symbols have it in any case. Sequence numbers count
 * up over all calls.
 */
GstBuffer *test_block_packet (
    const TestBlock *block, guint32 esi, gboolean fti);
/**
 * The same, made on request: it has EXT_FTI, the flag, and the sequence number
 * of the last packet of test_block_packet().
 */
GstBuffer *test_block_replacement (const TestBlock *block, guint32 esi);
/** A packet with @alc's header and @size zero bytes of symbol. */
GstBuffer *test_packet_raw (const GstFecAlcPacket *alc, gsize size);

/** fecdecode in a harness. */
typedef struct
{
  GstHarness *harness;
  GstTestClock *clock;
  GstBus *bus;
} DecodeHarness;

/**
 * Starts fecdecode with @properties ("" for none); the clock is at 1 s. Nothing
 * is asked for unless @properties say so.
 */
void decode_setup (
    DecodeHarness *decode, const gchar *properties, gboolean live);
void decode_teardown (DecodeHarness *decode);
GstFlowReturn decode_push (DecodeHarness *decode, GstBuffer *packet);
/** Pushes the symbols [from, to) of @block without EXT_FTI where it can. */
void decode_push_range (
    DecodeHarness *decode, const TestBlock *block, guint32 from, guint32 to);
/** Pushes all source symbols, the last one with EXT_FTI. */
void decode_push_block (DecodeHarness *decode, const TestBlock *block);
/** Takes the bytes that came out. */
GByteArray *decode_pull_bytes (DecodeHarness *decode);
/** Fails unless just these bytes came out: [from, to) of @block's. */
void decode_expect (
    DecodeHarness *decode, const TestBlock *block, gsize from, gsize to);
/** The same, all of the block. */
void decode_expect_block (DecodeHarness *decode, const TestBlock *block);
/** Fails unless nothing came out. */
void decode_expect_nothing (DecodeHarness *decode);
/** Lets the timer's next deadline come. */
void decode_crank (DecodeHarness *decode);
/** Waits until all that the element has handed on has arrived. */
void decode_settle (DecodeHarness *decode);
guint64 decode_stat (DecodeHarness *decode, const gchar *field);
/** The next warning message, or NULL. */
GstMessage *decode_pop_warning (DecodeHarness *decode);
