/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecsrc.c: tests of the element with a hub in the same process, over the loopback. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <string.h>

#include "../unit/transport/testclient.h"
#include "transport/hub.h"
#include "transport/multicast.h"
#include "transport/udpsocket.h"
#include "wire/alc.h"

#define TSI 9
#define PACKET_SIZE 1384
#define GROUP "239.255.63.78"
#define TIMEOUT (10 * GST_SECOND)

static GstFecHub *hub;
static GstFecHubChannel *channel;
static guint16 port;
static guint16 seq;
static GstHarness *h;
static GstBus *bus;

/* A harness around the element alone, not a bin. */
static GstHarness *
harness_element (const gchar *line)
{
  GstElement *element = gst_parse_launch (line, NULL);
  GstHarness *harness;

  fail_unless (element != NULL);
  harness = gst_harness_new_with_element (element, NULL, "src");
  gst_object_unref (element);
  return harness;
}

static void
add_channel (const gchar *group, guint16 group_port)
{
  GstFecDescription description = {
    .name = (gchar *) "live",
    .tsi = TSI,
    .symbol_size = PACKET_SIZE - GST_FEC_ALC_HEADER_SIZE,
    .alignment = 4,
    .media_caps = (gchar *) "video/mpegts",
  };

  if (group != NULL) {
    description.has_group = TRUE;
    gst_fec_address_parse (&description.group, group, group_port);
  }
  channel = gst_fec_hub_add_channel (hub, &description, NULL);
  fail_unless (channel != NULL);
}

static void
setup (void)
{
  hub = gst_fec_hub_new ();
  fail_unless (gst_fec_hub_start (hub, "127.0.0.1", 0, NULL));
  port = gst_fec_hub_get_port (hub);
  channel = NULL;
  seq = 0;
  h = NULL;
  bus = gst_bus_new ();
}

/* At the end of each test: gst-check waits for streaming threads before it calls teardown(). */
static void
stop_source (void)
{
  if (h == NULL)
    return;
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
  h = NULL;
}

static void
teardown (void)
{
  gst_fec_hub_stop (hub);
  gst_object_unref (hub);
  gst_object_unref (bus);
}

static void
start_source (const gchar *name, const gchar *properties)
{
  gchar *line = g_strdup_printf (
      "fecsrc uri=fec://127.0.0.1:%u/%s %s", port, name, properties);

  h = harness_element (line);
  g_free (line);
  gst_harness_use_systemclock (h);
  gst_element_set_bus (h->element, bus);
  gst_harness_play (h);
}

static void
write_to (GstFecHubChannel *to, guint32 tsi, guint n, gboolean last)
{
  guint8 packet[PACKET_SIZE];
  guint i;

  for (i = 0; i < n; i++) {
    test_make_packet (packet, sizeof (packet), tsi, seq++);
    if (last)
      packet[1] |= 0x02;
    gst_fec_hub_write (hub, to, packet, sizeof (packet));
  }
  gst_fec_hub_flush (hub, to);
}

static void
wait_listeners (guint n)
{
  gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (gst_fec_hub_channel_get_listeners (hub, channel) != n) {
    fail_unless (g_get_monotonic_time () < until);
    g_thread_yield ();
  }
}

/* Waits for the element message that says @state. */
static void
wait_state (const gchar *state)
{
  GstMessage *message;
  gboolean found = FALSE;

  while (!found) {
    message = gst_bus_timed_pop_filtered (bus, TIMEOUT, GST_MESSAGE_ELEMENT);
    fail_unless (message != NULL, "no state %s", state);
    found = gst_message_has_name (message, "fec-session") &&
        g_strcmp0 (gst_structure_get_string (
                       gst_message_get_structure (message), "state"),
            state) == 0;
    gst_message_unref (message);
  }
}

static void
wait_error (gint code)
{
  GstMessage *message =
      gst_bus_timed_pop_filtered (bus, TIMEOUT, GST_MESSAGE_ERROR);
  GError *error = NULL;

  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, code), "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
}

static void
expect_packets (guint n)
{
  guint i;

  for (i = 0; i < n; i++) {
    GstBuffer *buffer = gst_harness_pull (h);

    fail_unless (buffer != NULL);
    fail_unless_equals_int (gst_buffer_get_size (buffer), PACKET_SIZE);
    fail_unless (GST_BUFFER_PTS_IS_VALID (buffer));
    gst_buffer_unref (buffer);
  }
}

static guint64
get_counter (const gchar *name)
{
  GstStructure *stats;
  guint64 value = 0;

  g_object_get (h->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  gst_structure_free (stats);
  return value;
}

GST_START_TEST (test_packets_come_with_caps_and_times)
{
  GstCaps *caps, *expected;

  add_channel (NULL, 0);
  start_source ("live", "");
  wait_listeners (1);
  write_to (channel, TSI, 200, FALSE);
  expect_packets (200);
  caps = gst_pad_get_current_caps (h->sinkpad);
  expected = gst_caps_from_string (GST_FEC_ALC_MEDIA_TYPE
      ", tsi=(uint)9, symbol-size=(int)1344, media-caps=(string)video/mpegts");
  fail_unless (gst_caps_is_subset (caps, expected), "%" GST_PTR_FORMAT, caps);
  gst_caps_unref (caps);
  gst_caps_unref (expected);
  fail_unless_equals_uint64 (get_counter ("packets-received"), 200);
  fail_unless_equals_uint64 (get_counter ("packets-lost"), 0);
  wait_state ("unicast");
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_losses_are_counted)
{
  add_channel (NULL, 0);
  start_source ("live", "");
  wait_listeners (1);
  write_to (channel, TSI, 10, FALSE);
  seq += 7;
  write_to (channel, TSI, 10, FALSE);
  expect_packets (20);
  fail_unless_equals_uint64 (get_counter ("packets-lost"), 7);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_stopping_leaves)
{
  add_channel (NULL, 0);
  start_source ("live", "");
  wait_listeners (1);
  stop_source ();
  wait_listeners (0);
}
GST_END_TEST;

GST_START_TEST (test_the_lease_outlives_a_pause)
{
  add_channel (NULL, 0);
  start_source ("live", "");
  wait_listeners (1);
  write_to (channel, TSI, 1, FALSE);
  expect_packets (1);
  gst_element_set_state (h->element, GST_STATE_PAUSED);
  write_to (channel, TSI, 5, FALSE);
  while (get_counter ("packets-received") < 6)
    g_thread_yield ();
  fail_unless_equals_int (gst_fec_hub_channel_get_listeners (hub, channel), 1);
  gst_element_set_state (h->element, GST_STATE_PLAYING);
  write_to (channel, TSI, 3, FALSE);
  expect_packets (3);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_an_unknown_channel_is_an_error)
{
  add_channel (NULL, 0);
  start_source ("nosuch", "");
  wait_error (GST_RESOURCE_ERROR_NOT_FOUND);
  stop_source ();
}
GST_END_TEST;

static gboolean
refuse (GstFecHub *from, const gchar *address, gint client_port, guint tsi,
    gpointer data)
{
  return FALSE;
}

GST_START_TEST (test_a_refusal_is_an_error)
{
  g_signal_connect (hub, "client-connecting", G_CALLBACK (refuse), NULL);
  add_channel (NULL, 0);
  start_source ("live", "protocols=udp");
  wait_error (GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_no_answer_is_an_error_after_the_timeout)
{
  gst_fec_hub_stop (hub);
  start_source ("live", "timeout=200");
  wait_error (GST_RESOURCE_ERROR_NOT_FOUND);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_a_host_without_address_is_an_error)
{
  h = harness_element ("fecsrc uri=fec://nosuch.invalid/live");
  gst_element_set_bus (h->element, bus);
  gst_harness_play (h);
  wait_error (GST_RESOURCE_ERROR_NOT_FOUND);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_packets_of_other_channels_are_dropped)
{
  add_channel (NULL, 0);
  start_source ("live", "");
  wait_listeners (1);
  wait_state ("described");
  write_to (channel, TSI + 1, 5, FALSE);
  write_to (channel, TSI, 2, FALSE);
  expect_packets (2);
  fail_unless_equals_uint64 (get_counter ("packets-foreign"), 5);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_the_end_of_the_stream_is_eos)
{
  GstEvent *event;
  GstEventType type;

  add_channel (NULL, 0);
  start_source ("live", "");
  wait_listeners (1);
  write_to (channel, TSI, 5, FALSE);
  write_to (channel, TSI, 5, TRUE);
  expect_packets (10);
  do {
    event = gst_harness_pull_event (h);
    fail_unless (event != NULL);
    type = GST_EVENT_TYPE (event);
    gst_event_unref (event);
  } while (type != GST_EVENT_EOS);
  wait_state ("ended");
  wait_listeners (0);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_a_server_that_begins_anew_is_found_again)
{
  add_channel (NULL, 0);
  start_source ("live", "udp-timeout=100");
  wait_listeners (1);
  write_to (channel, TSI, 5, FALSE);
  expect_packets (5);
  gst_fec_hub_stop (hub);
  fail_unless (gst_fec_hub_start (hub, "127.0.0.1", port, NULL));
  wait_state ("lost");
  wait_listeners (1);
  write_to (channel, TSI, 5, FALSE);
  expect_packets (5);
  wait_state ("unicast");
  stop_source ();
}
GST_END_TEST;

static GstFecMulticastSender *
new_sender (guint16 group_port)
{
  GstFecMulticastSettings settings = {
    .ttl = 1,
    .loop = TRUE,
    .iface = "lo",
    .dscp = -1,
  };
  GstFecMulticastSender *sender;
  GError *error = NULL;

  fail_unless (gst_fec_address_parse (&settings.group, GROUP, group_port));
  sender = gst_fec_multicast_sender_new (&settings, &error);
  if (sender == NULL) {
    g_print ("SKIP: no multicast on the loopback: %s\n", error->message);
    g_error_free (error);
  }
  return sender;
}

GST_START_TEST (test_a_group_that_delivers_needs_no_lease)
{
  GstFecMulticastSender *sender = new_sender (17101);
  guint8 packet[PACKET_SIZE];
  struct iovec iov = { .iov_base = packet, .iov_len = sizeof (packet) };
  gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  if (sender == NULL)
    return;
  add_channel (GROUP, 17101);
  start_source ("live", "multicast-iface=lo multicast-timeout=3000");
  wait_state ("described");
  /* The group is joined a moment after the message: send until it came. */
  do {
    test_make_packet (packet, sizeof (packet), TSI, seq++);
    gst_fec_multicast_sender_send (sender, &iov, 1, NULL);
  } while (get_counter ("packets-received") == 0);
  wait_state ("multicast");
  expect_packets (1);
  /* Once the group has delivered for a while, unicast is left. */
  while (gst_fec_hub_channel_get_listeners (hub, channel) > 0) {
    fail_unless (g_get_monotonic_time () < until);
    test_make_packet (packet, sizeof (packet), TSI, seq++);
    gst_fec_multicast_sender_send (sender, &iov, 1, NULL);
    g_usleep (5000);
  }
  gst_fec_multicast_sender_free (sender);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_a_silent_group_leads_to_unicast)
{
  add_channel (GROUP, 17102);
  start_source ("live", "multicast-iface=lo multicast-timeout=100");
  wait_listeners (1);
  write_to (channel, TSI, 5, FALSE);
  expect_packets (5);
  wait_state ("unicast");
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_without_unicast_a_missing_group_is_an_error)
{
  add_channel (NULL, 0);
  start_source ("live", "protocols=udp-mcast");
  wait_error (GST_RESOURCE_ERROR_NOT_FOUND);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_state_changes_never_hang)
{
  guint i;

  add_channel (NULL, 0);
  start_source ("live", "");
  for (i = 0; i < 20; i++) {
    fail_if (gst_element_set_state (h->element, GST_STATE_PLAYING) ==
        GST_STATE_CHANGE_FAILURE);
    if (i % 2 == 0)
      wait_listeners (1);
    fail_if (gst_element_set_state (
                 h->element, i % 3 == 0 ? GST_STATE_NULL : GST_STATE_READY) ==
        GST_STATE_CHANGE_FAILURE);
    wait_listeners (0);
  }
  stop_source ();
}
GST_END_TEST;

static void
check_uri (const gchar *uri, const gchar *address, guint uri_port,
    const gchar *name, const gchar *canonical)
{
  GstElement *src = gst_element_make_from_uri (GST_URI_SRC, uri, NULL, NULL);
  gchar *got_address, *got_channel, *got_uri;
  guint got_port;

  fail_unless (src != NULL, "%s", uri);
  g_object_get (src, "address", &got_address, "port", &got_port, "channel",
      &got_channel, "uri", &got_uri, NULL);
  fail_unless_equals_string (got_address, address);
  fail_unless_equals_int (got_port, uri_port);
  fail_unless_equals_string (got_channel, name);
  fail_unless_equals_string (got_uri, canonical);
  g_free (got_address);
  g_free (got_channel);
  g_free (got_uri);
  gst_object_unref (src);
}

GST_START_TEST (test_uris_are_taken_apart)
{
  check_uri ("fec://example.org/live", "example.org", 6330, "live",
      "fec://example.org/live");
  check_uri ("fec://192.0.2.1:7000/a/b", "192.0.2.1", 7000, "a/b",
      "fec://192.0.2.1:7000/a/b");
  check_uri ("fec://[2001:db8::1]:7000/live", "2001:db8::1", 7000, "live",
      "fec://[2001:db8::1]:7000/live");
  check_uri ("fec://host", "host", 6330, "", "fec://host/");
  check_uri ("fec://host/", "host", 6330, "", "fec://host/");
  check_uri ("fec://host/two%20words", "host", 6330, "two words",
      "fec://host/two%20words");
}
GST_END_TEST;

GST_START_TEST (test_wrong_uris_are_refused)
{
  static const gchar *const uris[] = { "fec:live", "fec:///live",
    "fec://host:0/live", "fec://host:99999/live", "fec://host/live?x=1",
    "fec://host/live#x", "http://host/live", "fec://[::1/live" };
  GstElement *src = gst_element_factory_make ("fecsrc", NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (uris); i++) {
    GError *error = NULL;

    fail_if (gst_uri_handler_set_uri (GST_URI_HANDLER (src), uris[i], &error),
        "%s", uris[i]);
    fail_unless (error != NULL);
    g_error_free (error);
  }
  gst_object_unref (src);
}
GST_END_TEST;

GST_START_TEST (test_the_uri_is_fixed_while_running)
{
  GError *error = NULL;

  add_channel (NULL, 0);
  start_source ("live", "");
  fail_if (gst_uri_handler_set_uri (
      GST_URI_HANDLER (h->element), "fec://127.0.0.1/other", &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE));
  g_error_free (error);
  stop_source ();
}
GST_END_TEST;

static Suite *
fecsrc_suite (void)
{
  Suite *s = suite_create ("fecsrc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_packets_come_with_caps_and_times);
  tcase_add_test (tc, test_losses_are_counted);
  tcase_add_test (tc, test_stopping_leaves);
  tcase_add_test (tc, test_the_lease_outlives_a_pause);
  tcase_add_test (tc, test_an_unknown_channel_is_an_error);
  tcase_add_test (tc, test_a_refusal_is_an_error);
  tcase_add_test (tc, test_no_answer_is_an_error_after_the_timeout);
  tcase_add_test (tc, test_a_host_without_address_is_an_error);
  tcase_add_test (tc, test_packets_of_other_channels_are_dropped);
  tcase_add_test (tc, test_the_end_of_the_stream_is_eos);
  tcase_add_test (tc, test_a_server_that_begins_anew_is_found_again);
  tcase_add_test (tc, test_a_group_that_delivers_needs_no_lease);
  tcase_add_test (tc, test_a_silent_group_leads_to_unicast);
  tcase_add_test (tc, test_without_unicast_a_missing_group_is_an_error);
  tcase_add_test (tc, test_state_changes_never_hang);
  tcase_add_test (tc, test_uris_are_taken_apart);
  tcase_add_test (tc, test_wrong_uris_are_refused);
  tcase_add_test (tc, test_the_uri_is_fixed_while_running);
  return s;
}

GST_CHECK_MAIN (fecsrc);
