/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packets.h: for tests of elements: packets out of a harness, looked into with
 * the project's own parser, and blocks rebuilt from them.
 */
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include "wire/alc.h"

/** A packet and the buffer it came in. */
typedef struct
{
  GstFecAlcPacket alc; /* points into @map */
  GstBuffer *buffer;
  GstMapInfo map;
} TestPacket;

/** An array of TestPacket that frees them. */
GArray *test_packets_new (void);
/** Adds @buffer (transfer full), which must hold a right packet. */
void test_packets_add (GArray *packets, GstBuffer *buffer);
/** Appends all packets that wait in the harness; returns how many came. */
guint test_packets_pull (GArray *packets, GstHarness *harness);
TestPacket *test_packet (GArray *packets, guint index);

/** How many packets of block @toi there are with ESIs in [from, to). */
guint test_packets_count (
    GArray *packets, guint32 toi, guint32 from, guint32 to);
/** Packet numbers follow each other, all packets have one length and TSI. */
void test_packets_check_numbers (GArray *packets);
/** F of block @toi as its packets announce it; 0 when none does. */
guint64 test_packets_length (GArray *packets, guint32 toi);
/**
 * The bytes of block @toi, rebuilt without the source symbols whose ESI is
 * below @lost; NULL when that is not possible.
 */
GByteArray *test_packets_rebuild (GArray *packets, guint32 toi, guint32 lost);
