/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecmcastsink.c: tests of the element with groups on the loopback interface. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/transport/testclient.h"
#include "elements/fecfeedback.h"
#include "transport/multicast.h"
#include "transport/udpsocket.h"
#include "wire/alc.h"

#define PACKET_SIZE 1384
#define GROUP "239.255.63.77"
#define GROUP_IPV6 "ff11::6330"
#define CAPS GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)5"

static GstBuffer *
make_buffer (guint16 seq)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, PACKET_SIZE, NULL);
  GstMapInfo map;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_WRITE));
  test_make_packet (map.data, map.size, 5, seq);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

/* A harness around the element alone, not a bin. */
static GstHarness *
harness_element (const gchar *line)
{
  GstElement *element = gst_parse_launch (line, NULL);
  GstHarness *harness;

  fail_unless (element != NULL);
  harness = gst_harness_new_with_element (element, "sink", NULL);
  gst_object_unref (element);
  return harness;
}

static GstHarness *
new_harness (const gchar *properties)
{
  gchar *line =
      g_strdup_printf ("fecmcastsink multicast-iface=lo %s", properties);
  GstHarness *h = harness_element (line);

  g_free (line);
  gst_harness_set_src_caps_str (h, CAPS);
  gst_harness_play (h);
  return h;
}

static gint
skip (GError *error)
{
  g_print ("SKIP: no multicast on the loopback: %s\n", error->message);
  g_error_free (error);
  return -1;
}

/* -1 after saying why when this machine cannot do it. */
static gint
join (const gchar *group, guint16 port)
{
  GstFecMulticastSettings settings = { .ttl = 1, .iface = "lo", .dscp = -1 };
  GstFecMulticastSender *sender;
  GError *error = NULL;
  gint fd;

  fail_unless (gst_fec_address_parse (&settings.group, group, port));
  sender = gst_fec_multicast_sender_new (&settings, &error);
  if (sender == NULL)
    return skip (error);
  gst_fec_multicast_sender_free (sender);
  fd = gst_fec_multicast_join (&settings.group, NULL, "lo", &error);
  if (fd < 0)
    return skip (error);
  gst_fec_udp_set_buffer (fd, SO_RCVBUF, 4 << 20);
  return fd;
}

static void
expect_packets (gint fd, guint n)
{
  guint8 data[PACKET_SIZE + 1];
  guint i;

  for (i = 0; i < n; i++) {
    struct pollfd pfd = { .fd = fd, .events = POLLIN };
    GstFecAlcPacket packet;
    gssize size;

    fail_unless_equals_int (poll (&pfd, 1, 10000), 1);
    size = recv (fd, data, sizeof (data), 0);
    fail_unless_equals_int (size, PACKET_SIZE);
    fail_unless_equals_int (
        gst_fec_alc_parse (&packet, data, size), GST_FEC_ALC_OK);
    fail_unless_equals_int (packet.seq, i);
  }
  fail_unless (recv (fd, data, sizeof (data), MSG_DONTWAIT) < 0);
}

static guint64
get_counter (GstHarness *h, const gchar *name)
{
  GstStructure *stats;
  guint64 value = 0;

  g_object_get (h->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  gst_structure_free (stats);
  return value;
}

static void
check_group (const gchar *group, guint16 port)
{
  gchar *properties = g_strdup_printf ("group=%s port=%u", group, port);
  GstBufferList *list = gst_buffer_list_new ();
  gint fd = join (group, port);
  GstHarness *h;
  guint i;

  if (fd >= 0) {
    h = new_harness (properties);
    for (i = 0; i < 10; i++)
      fail_unless_equals_int (
          gst_harness_push (h, make_buffer (i)), GST_FLOW_OK);
    for (i = 10; i < 200; i++)
      gst_buffer_list_add (list, make_buffer (i));
    fail_unless_equals_int (
        gst_pad_push_list (h->srcpad, gst_buffer_list_ref (list)), GST_FLOW_OK);
    expect_packets (fd, 200);
    fail_unless_equals_uint64 (get_counter (h, "packets-sent"), 200);
    fail_unless_equals_uint64 (
        get_counter (h, "bytes-sent"), 200 * PACKET_SIZE);
    gst_harness_teardown (h);
    close (fd);
  }
  gst_buffer_list_unref (list);
  g_free (properties);
}

GST_START_TEST (test_packets_reach_an_ipv4_group)
{
  check_group (GROUP, 17001);
}
GST_END_TEST;

GST_START_TEST (test_packets_reach_an_ipv6_group)
{
  check_group (GROUP_IPV6, 17002);
}
GST_END_TEST;

GST_START_TEST (test_what_is_no_packet_is_dropped)
{
  GstHarness *h = new_harness ("group=" GROUP " port=17003");
  GstBufferList *list = gst_buffer_list_new ();
  gint fd = join (GROUP, 17003);

  if (fd >= 0) {
    gst_buffer_list_add (list, make_buffer (0));
    gst_buffer_list_add (list, gst_buffer_new_allocate (NULL, 7, NULL));
    gst_buffer_list_add (list, gst_buffer_new ());
    gst_buffer_list_add (list, make_buffer (1));
    fail_unless_equals_int (
        gst_pad_push_list (h->srcpad, gst_buffer_list_ref (list)), GST_FLOW_OK);
    expect_packets (fd, 2);
    fail_unless_equals_uint64 (get_counter (h, "packets-malformed"), 2);
    close (fd);
  }
  gst_buffer_list_unref (list);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_what_is_for_some_clients_alone_is_dropped)
{
  gint fd = join (GROUP, 17010);
  GstBufferList *list = gst_buffer_list_new ();
  GstBuffer *buffer;
  GstHarness *h;

  if (fd >= 0) {
    h = new_harness ("group=" GROUP " port=17010");
    buffer = make_buffer (99);
    fec_order_mark (buffer, 3, 0);
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    gst_buffer_list_add (list, make_buffer (0));
    buffer = make_buffer (99);
    fec_order_mark (buffer, 3, 1);
    gst_buffer_list_add (list, buffer);
    gst_buffer_list_add (list, make_buffer (1));
    fail_unless_equals_int (
        gst_pad_push_list (h->srcpad, gst_buffer_list_ref (list)), GST_FLOW_OK);
    expect_packets (fd, 2);
    fail_unless_equals_uint64 (get_counter (h, "packets-for-others"), 2);
    fail_unless_equals_uint64 (get_counter (h, "packets-sent"), 2);
    fail_unless_equals_uint64 (get_counter (h, "packets-malformed"), 0);
    gst_harness_teardown (h);
    close (fd);
  }
  gst_buffer_list_unref (list);
}
GST_END_TEST;

GST_START_TEST (test_max_bitrate_holds_packets_back)
{
  /* 80 packets at 8 Mbit/s take 110 ms, of which the burst saves 20 ms. */
  GstHarness *h = new_harness ("group=" GROUP " port=17004 "
                               "max-bitrate=8000000 max-burst=20000");
  gint64 before = g_get_monotonic_time ();
  GstBufferList *list = gst_buffer_list_new ();
  guint i;

  for (i = 0; i < 80; i++)
    gst_buffer_list_add (list, make_buffer (i));
  fail_unless_equals_int (gst_pad_push_list (h->srcpad, list), GST_FLOW_OK);
  fail_unless (g_get_monotonic_time () - before >= 90000);
  fail_unless (get_counter (h, "pacing-wait-us") > 0);
  gst_harness_teardown (h);
}
GST_END_TEST;

static gpointer
push_two (gpointer data)
{
  GstHarness *h = data;

  gst_harness_push (h, make_buffer (0));
  return GINT_TO_POINTER (gst_harness_push (h, make_buffer (1)));
}

GST_START_TEST (test_a_held_back_packet_does_not_hang_a_flush)
{
  /* At one bit a second the first packet takes three hours. */
  GstHarness *h = new_harness ("group=" GROUP " port=17005 max-bitrate=1 "
                               "max-burst=1384");
  GThread *thread = g_thread_new ("pusher", push_two, h);
  gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (get_counter (h, "packets-sent") == 0)
    fail_unless (g_get_monotonic_time () < until);
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_start ()));
  fail_unless_equals_int (
      GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_FLUSHING);
  gst_harness_teardown (h);
}
GST_END_TEST;

static void
check_setting_fails (const gchar *name, const gchar *value, gint code)
{
  GstElement *sink = gst_element_factory_make ("fecmcastsink", NULL);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *error = NULL;

  gst_element_set_bus (sink, bus);
  gst_util_set_object_arg (G_OBJECT (sink), name, value);
  fail_unless_equals_int (
      gst_element_set_state (sink, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, code), "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_element_set_bus (sink, NULL);
  gst_object_unref (bus);
  gst_object_unref (sink);
}

GST_START_TEST (test_wrong_settings_fail_the_state_change)
{
  check_setting_fails ("group", "127.0.0.1", GST_RESOURCE_ERROR_OPEN_WRITE);
  check_setting_fails ("group", "nonsense", GST_RESOURCE_ERROR_SETTINGS);
  check_setting_fails (
      "multicast-iface", "nosuch0", GST_RESOURCE_ERROR_OPEN_WRITE);
}
GST_END_TEST;

static Suite *
fecmcastsink_suite (void)
{
  Suite *s = suite_create ("fecmcastsink");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_packets_reach_an_ipv4_group);
  tcase_add_test (tc, test_packets_reach_an_ipv6_group);
  tcase_add_test (tc, test_what_is_no_packet_is_dropped);
  tcase_add_test (tc, test_what_is_for_some_clients_alone_is_dropped);
  tcase_add_test (tc, test_max_bitrate_holds_packets_back);
  tcase_add_test (tc, test_a_held_back_packet_does_not_hang_a_flush);
  tcase_add_test (tc, test_wrong_settings_fail_the_state_change);
  return s;
}

GST_CHECK_MAIN (fecmcastsink);
