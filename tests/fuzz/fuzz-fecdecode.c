/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-fecdecode.c: packets from anywhere into fecdecode, through its pads.
 *
 * Input: first byte: bit 0 byte stream instead of packets, bit 1 live, bit 2 no media-caps, bit 3 sender's timestamps.
 * Then pieces: a 16-bit length (big endian) and that many bytes; a length of 0 is followed by a byte: 0 flushes, else
 * the clock goes on by so many 100 ms. What is stored must stay within max-memory. What it asks upstream for must make
 * sense; it is not asked without end.
 */
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>

#include <stdint.h>
#include <raptorq.h>
#include <stdlib.h>

#include "../../gst/elements/fecfeedback.h"

#define MAX_MEMORY (512u << 10)

int LLVMFuzzerInitialize (int *argc, char ***argv);
const char *__lsan_default_suppressions (void);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  /* only this plugin, loaded by the process that has the sanitizers */
  g_setenv ("GST_REGISTRY_FORK", "no", TRUE);
  g_setenv ("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
  gst_init (argc, argv);
  gst_debug_set_default_threshold (GST_LEVEL_NONE);
  return 0;
}

/* What GLib and GStreamer keep for the life of a process. */
const char *
__lsan_default_suppressions (void)
{
  return "leak:_dl_init\nleak:g_quark_init\nleak:gst_init_check\n";
}

static gboolean
not_live_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, FALSE, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

static GstHarness *
make_harness (GstTestClock *clock, uint8_t how)
{
  GstElement *element = gst_element_factory_make ("fecdecode", NULL);
  GstCaps *caps = gst_caps_new_empty_simple ("application/x-test");
  GstHarness *harness;
  GstSegment segment;

  if (!element)
    abort ();
  gst_object_ref_sink (element);
  g_object_set (element, "max-memory", MAX_MEMORY, NULL);
  if (!(how & 4))
    g_object_set (element, "media-caps", caps, NULL);
  if (how & 8)
    gst_util_set_object_arg (G_OBJECT (element), "timestamp-mode", "sender");
  gst_caps_unref (caps);
  harness = gst_harness_new_with_element (element, "sink", "src");
  gst_object_unref (element);
  gst_element_set_clock (harness->element, GST_CLOCK (clock));
  gst_harness_set_drop_buffers (harness, TRUE);
  if (!(how & 2))
    gst_pad_set_query_function (harness->srcpad, not_live_query);
  gst_harness_set_src_caps_str (harness, "application/x-fec-alc");
  if (how & 1) {
    gst_segment_init (&segment, GST_FORMAT_BYTES);
    gst_harness_push_event (harness, gst_event_new_segment (&segment));
  }
  return harness;
}

static void
check_memory (GstHarness *harness)
{
  GstStructure *stats;
  guint64 memory = 0;

  g_object_get (harness->element, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "memory-max-bytes", &memory);
  gst_structure_free (stats);
  if (memory > MAX_MEMORY)
    abort ();
}

/* A block is asked for 16 times at most, and needs a packet, of its own or of a later one, to be asked for. */
static void
check_requests (GstHarness *harness, size_t packets)
{
  size_t requests = 0;
  FecSymbolsWanted wanted;
  GstEvent *event;

  while ((event = gst_harness_try_pull_upstream_event (harness))) {
    if (fec_symbols_missing_event_parse (event, &wanted)) {
      requests++;
      if (wanted.count == 0 || wanted.count > RQ_K_MAX || wanted.sbn != 0 ||
          wanted.order != FEC_ORDER_ALL)
        abort ();
    }
    gst_event_unref (event);
  }
  if (requests > packets * 16 * 16)
    abort ();
}

static void
flush (GstHarness *harness)
{
  GstSegment segment;

  gst_harness_push_event (harness, gst_event_new_flush_start ());
  gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GstTestClock *clock;
  GstHarness *harness;
  size_t packets = 0;

  if (size < 1)
    return 0;
  clock = GST_TEST_CLOCK (gst_test_clock_new ());
  gst_system_clock_set_default (GST_CLOCK (clock));
  harness = make_harness (clock, data[0]);
  data++, size--;
  while (size >= 3) {
    size_t length = (size_t) data[0] << 8 | data[1];

    data += 2, size -= 2;
    if (length == 0) {
      if (data[0] == 0)
        flush (harness);
      else
        gst_test_clock_advance_time (clock, data[0] * 100 * GST_MSECOND);
      data++, size--;
      continue;
    }
    length = MIN (length, size);
    gst_harness_push (harness, gst_buffer_new_memdup (data, length));
    packets++;
    data += length, size -= length;
  }
  gst_harness_push_event (harness, gst_event_new_eos ());
  check_memory (harness);
  check_requests (harness, packets);
  gst_harness_teardown (harness);
  gst_system_clock_set_default (NULL);
  gst_object_unref (clock);
  return 0;
}
