/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-reports.c: what is told of a report, and that nothing is done for it
 * twice.
 */
#include "harness.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct
{
  Harness *h;
  GstFecAddress a;
  guint64 id;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->h = harness_new (NULL);
  harness_add_channels (f->h, 2);
  f->a = harness_ipv4 (10, 0, 0, 1, 1000);
  f->id = harness_connect_to (f->h, &f->a, "one");
  g_string_truncate (f->h->told, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  harness_free (f->h);
}

static void
report_missing (Fixture *f, guint32 number, guint32 tsi, guint32 count)
{
  GstFecControlMessage request, answer;

  harness_begin (&request, GST_FEC_METHOD_REPORT, f->id);
  request.report_number = number;
  request.n_missing = 1;
  request.missing[0] = (GstFecMissing){ .tsi = tsi, .count = count };
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
}

#define assert_told(f, text)                                                   \
  G_STMT_START                                                                 \
  {                                                                            \
    g_assert_cmpstr ((f)->h->told->str, ==, text);                             \
    g_string_truncate ((f)->h->told, 0);                                       \
  }                                                                            \
  G_STMT_END

static void
test_missing_symbols_are_told_once_a_number (Fixture *f, gconstpointer data)
{
  report_missing (f, 5, 1, 3);
  assert_told (f, "1:3 ");
  report_missing (f, 5, 1, 3);
  report_missing (f, 4, 1, 3);
  report_missing (f, 1, 1, 3);
  assert_told (f, "");
  report_missing (f, 6, 1, 3);
  assert_told (f, "1:3 ");
  report_missing (f, G_MAXUINT32, 1, 2);
  assert_told (f, "1:2 ");
  report_missing (f, G_MAXUINT32, 1, 2);
  report_missing (f, 7, 1, 2);
  assert_told (f, "");
}

static void
test_a_report_without_number_asks_for_nothing (Fixture *f, gconstpointer data)
{
  report_missing (f, 0, 1, 3);
  assert_told (f, "");
}

static void
test_a_new_session_counts_anew (Fixture *f, gconstpointer data)
{
  report_missing (f, 9, 1, 3);
  assert_told (f, "1:3 ");
  gst_fec_session_server_remove_client (f->h->server, NULL, f->h->now);
  f->id = harness_connect_to (f->h, &f->a, "one");
  g_string_truncate (f->h->told, 0);
  report_missing (f, 1, 1, 4);
  assert_told (f, "1:4 ");
}

static void
test_numbers_move_with_their_session (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  GstFecAddress b = harness_ipv4 (10, 0, 0, 2, 2000);

  report_missing (f, 9, 1, 3);
  assert_told (f, "1:3 ");
  harness_begin (&request, GST_FEC_METHOD_CONNECT, f->id);
  harness_prove (f->h, &request, &b);
  g_assert_true (harness_ask (f->h, &request, &b, &answer));
  g_assert_cmpuint (answer.session_id, ==, f->id);
  f->a = b;
  report_missing (f, 9, 1, 3);
  assert_told (f, "");
  report_missing (f, 10, 1, 3);
  assert_told (f, "1:3 ");
}

static void
test_who_may_not_join_gets_no_symbols (Fixture *f, gconstpointer data)
{
  /* Without a lease, as a listener of the group is: asked for. */
  report_missing (f, 1, 2, 3);
  assert_told (f, "?2 2:3 ");
  f->h->allow = FALSE;
  report_missing (f, 2, 2, 3);
  assert_told (f, "?2 ");
  report_missing (f, 3, 1, 3);
  assert_told (f, "1:3 ");
  report_missing (f, 4, 77, 3);
  assert_told (f, "");
}

/* A listener of the group alone has no lease; a channel that is not there has no listeners. */
static void
test_losses_count_with_and_without_a_lease (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint i;

  harness_begin (&request, GST_FEC_METHOD_REPORT, f->id);
  request.report_number = 1;
  request.n_reports = 3;
  for (i = 0; i < 3; i++)
    request.reports[i] =
        (GstFecChannelReport){ .tsi = 1 + i, .received = 90, .lost = 10 + i };
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpstr (f->h->losses->str, ==, "1:10 2:11 ");
  /* It is no reason to ask whether it may join. */
  assert_told (f, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/reports/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (missing_symbols_are_told_once_a_number);
  ADD (a_report_without_number_asks_for_nothing);
  ADD (a_new_session_counts_anew);
  ADD (numbers_move_with_their_session);
  ADD (who_may_not_join_gets_no_symbols);
  ADD (losses_count_with_and_without_a_lease);
  return g_test_run ();
}
