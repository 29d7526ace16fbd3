/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clientlist.c: tests of client lists: snapshots, removal, error counters, churn beside a reader. */
#include <glib.h>
#include <string.h>

#include "transport/clientlist.h"

static GstFecAddress
make_address (guint n)
{
  const guint8 ip[4] = { 10, n >> 16, n >> 8, n };
  GstFecAddress address;

  gst_fec_address_set_ipv4 (&address, ip, 1000);
  return address;
}

static gboolean
has_client (GstFecClientSnapshot *snapshot, guint n)
{
  GstFecAddress address = make_address (n);
  guint i;

  for (i = 0; i < snapshot->n_clients; i++) {
    if (memcmp (&snapshot->clients[i].to.ipv6.sin6_addr, address.ip, 16) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
add (GstFecClientList *list, guint n)
{
  GstFecAddress address = make_address (n);

  g_assert_true (gst_fec_client_list_add (list, &address, NULL));
}

static void
take (GstFecClientList *list, guint n)
{
  GstFecAddress address = make_address (n);

  g_assert_true (gst_fec_client_list_remove (list, &address));
}

static void
test_a_snapshot_never_changes (void)
{
  GstFecClientList *list = gst_fec_client_list_new (AF_INET6);
  GstFecClientSnapshot *before, *same, *after;

  add (list, 1);
  add (list, 2);
  before = gst_fec_client_list_snapshot (list);
  same = gst_fec_client_list_snapshot (list);
  g_assert_true (before == same);
  take (list, 1);
  add (list, 3);
  after = gst_fec_client_list_snapshot (list);

  g_assert_cmpuint (before->n_clients, ==, 2);
  g_assert_true (has_client (before, 1) && has_client (before, 2));
  g_assert_cmpuint (after->n_clients, ==, 2);
  g_assert_true (has_client (after, 2) && has_client (after, 3));

  gst_fec_client_list_unref (list);
  g_assert_true (has_client (after, 3));
  gst_fec_client_snapshot_unref (before);
  gst_fec_client_snapshot_unref (same);
  gst_fec_client_snapshot_unref (after);
}

static void
test_a_client_is_there_once (void)
{
  GstFecClientList *list = gst_fec_client_list_new (AF_INET6);
  GstFecAddress address = make_address (7);

  add (list, 7);
  g_assert_false (gst_fec_client_list_add (list, &address, NULL));
  g_assert_cmpuint (gst_fec_client_list_get_size (list), ==, 1);
  take (list, 7);
  g_assert_false (gst_fec_client_list_remove (list, &address));
  g_assert_cmpuint (gst_fec_client_list_get_size (list), ==, 0);
  gst_fec_client_list_unref (list);
}

static void
test_removal_keeps_the_others (void)
{
  GstFecClientList *list = gst_fec_client_list_new (AF_INET6);
  GstFecClientSnapshot *snapshot;
  guint i;

  for (i = 0; i < 1000; i++)
    add (list, i);
  for (i = 0; i < 1000; i += 3)
    take (list, i);
  snapshot = gst_fec_client_list_snapshot (list);
  g_assert_cmpuint (snapshot->n_clients, ==, 666);
  for (i = 0; i < 1000; i++)
    g_assert_true (has_client (snapshot, i) == (i % 3 != 0));
  for (i = 0; i < 1000; i++) {
    if (i % 3 != 0)
      take (list, i);
  }
  g_assert_cmpuint (gst_fec_client_list_get_size (list), ==, 0);
  gst_fec_client_snapshot_unref (snapshot);
  gst_fec_client_list_unref (list);
}

static void
test_destinations_fit_the_socket (void)
{
  GstFecClientList *list = gst_fec_client_list_new (AF_INET);
  GstFecAddress client = make_address (5), source = make_address (6);
  GstFecClientSnapshot *snapshot;

  g_assert_true (gst_fec_client_list_add (list, &client, &source));
  snapshot = gst_fec_client_list_snapshot (list);
  g_assert_cmpint (snapshot->clients[0].to.ipv4.sin_family, ==, AF_INET);
  g_assert_cmpuint (g_ntohs (snapshot->clients[0].to.ipv4.sin_port), ==, 1000);
  g_assert_cmpmem (
      &snapshot->clients[0].to.ipv4.sin_addr, 4, client.ip + 12, 4);
  g_assert_cmpmem (snapshot->clients[0].source, 16, source.ip, 16);
  g_assert_cmpuint (sizeof (GstFecClient), ==, 48);
  gst_fec_client_snapshot_unref (snapshot);
  gst_fec_client_list_unref (list);
}

static void
test_errors_are_counted_for_each_client_anew (void)
{
  GstFecClientList *list = gst_fec_client_list_new (AF_INET6);
  GstFecAddress address = make_address (1);
  GstFecClientSnapshot *snapshot;
  GstFecClientCounters counters;
  guint32 slot;

  add (list, 1);
  snapshot = gst_fec_client_list_snapshot (list);
  slot = snapshot->clients[0].slot;
  g_assert_true (gst_fec_client_list_count_error (list, slot, 1));
  g_assert_false (gst_fec_client_list_count_error (list, slot, 11));
  g_assert_true (gst_fec_client_list_get_counters (list, &address, &counters));
  g_assert_cmpuint (counters.errors, ==, 2);
  g_assert_cmpint (counters.last_error, ==, 11);

  take (list, 1);
  g_assert_false (gst_fec_client_list_get_counters (list, &address, &counters));
  add (list, 1);
  g_assert_true (gst_fec_client_list_get_counters (list, &address, &counters));
  g_assert_cmpuint (counters.errors, ==, 0);
  gst_fec_client_snapshot_unref (snapshot);
  gst_fec_client_list_unref (list);
}

static gint stop_reading;

static gpointer
read_snapshots (gpointer data)
{
  GstFecClientList *list = data;

  while (!g_atomic_int_get (&stop_reading)) {
    GstFecClientSnapshot *snapshot = gst_fec_client_list_snapshot (list);
    guint i;

    for (i = 0; i < snapshot->n_clients; i++) {
      g_assert_cmpint (snapshot->clients[i].to.ipv6.sin6_family, ==, AF_INET6);
      gst_fec_client_list_count_error (list, snapshot->clients[i].slot, 1);
    }
    gst_fec_client_snapshot_unref (snapshot);
  }
  return NULL;
}

static void
test_churn_does_not_disturb_a_reader (void)
{
  GstFecClientList *list = gst_fec_client_list_new (AF_INET6);
  GThread *reader;
  guint i;

  g_atomic_int_set (&stop_reading, FALSE);
  reader = g_thread_new ("reader", read_snapshots, list);
  for (i = 0; i < 20000; i++) {
    add (list, i);
    if (i >= 50)
      take (list, i - 50);
  }
  g_atomic_int_set (&stop_reading, TRUE);
  g_thread_join (reader);
  g_assert_cmpuint (gst_fec_client_list_get_size (list), ==, 50);
  gst_fec_client_list_unref (list);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clientlist/snapshot", test_a_snapshot_never_changes);
  g_test_add_func ("/clientlist/once", test_a_client_is_there_once);
  g_test_add_func ("/clientlist/removal", test_removal_keeps_the_others);
  g_test_add_func (
      "/clientlist/destinations", test_destinations_fit_the_socket);
  g_test_add_func (
      "/clientlist/errors", test_errors_are_counted_for_each_client_anew);
  g_test_add_func ("/clientlist/churn", test_churn_does_not_disturb_a_reader);
  return g_test_run ();
}
