/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecencode-repair.c: tests of when fecencode makes the repair packets of a live
 * block, and how long it keeps the source packets for that. A source packet
 * that is kept has one reference more than the test's own.
 */
#include "encodeharness.h"

#define T 100
#define K 100
#define R 20
#define DURATION 200
#define MS(n) ((n) *GST_MSECOND)

static EncodeHarness enc;
static guint32 toi; /* of the block last closed */
static gboolean in_portions; /* what is cheaper here, as the codec says */

/* Sends a block of K symbols, and lets all of its repair go when @finish. */
static void
send_block (gboolean finish)
{
  guint before = enc.packets->len;

  encode_push (&enc, (gsize) K * T, GST_CLOCK_TIME_NONE, FALSE);
  encode_pull (&enc);
  fail_unless (enc.packets->len >= before + K);
  /* What was left of the block before has left in front of it. */
  toi = encode_packet (&enc, enc.packets->len - 1)->toi;
  if (finish)
    encode_crank_until (&enc, before + K + R);
}

/*
 * Only after some blocks of a size it is known whether portions pay: they do
 * with kernels that multiply fast.
 */
static void
start (void)
{
  RqEncoder *encoder = rq_encoder_new (NULL, K, T, NULL);
  guint8 source[K * T] = { 0 };

  encode_setup (&enc,
      "fecencode symbol-size=100 first-toi=0 history=0 repair=20 "
      "repair-min-symbols=0 "
      "max-symbols=100 block-duration=200000000",
      TS_CAPS, TRUE);
  for (guint i = 0; i < 20; i++)
    send_block (TRUE);
  rq_encoder_set_source_block (encoder, source, sizeof source, T);
  in_portions = rq_encoder_portion (encoder, R) < R;
  rq_encoder_free (encoder);
}

static guint
n_repair (void)
{
  return test_packets_count (enc.packets, toi, K, K + R);
}

static guint
n_kept (void)
{
  guint n = 0;

  for (guint i = 0; i < enc.packets->len; i++) {
    const TestPacket *packet = test_packet (enc.packets, i);

    n += packet->alc.toi == toi && packet->alc.esi < K &&
        GST_MINI_OBJECT_REFCOUNT_VALUE (packet->buffer) > 1;
  }
  return n;
}

/* The packets that the repair still to be made needs are there, and no more. */
static void
check_kept (void)
{
  if (in_portions) {
    fail_unless_equals_int (n_kept (), K);
  } else {
    fail_unless (n_kept () <= 1); /* the last one may be sent again */
  }
}

/* All repair packets of the block are there and are what the codec makes. */
static void
check_repair (void)
{
  RqEncoder *encoder = rq_encoder_new (NULL, K, T, NULL);
  const guint8 *source[K], *repair[R] = { NULL };
  guint8 expected[R][T], *out[R];

  for (guint i = 0; i < enc.packets->len; i++) {
    const GstFecAlcPacket *alc = encode_packet (&enc, i);

    if (alc->toi == toi && alc->esi < K)
      source[alc->esi] = alc->symbol;
    else if (alc->toi == toi)
      repair[alc->esi - K] = alc->symbol;
  }
  for (guint i = 0; i < R; i++)
    out[i] = expected[i];
  fail_unless_equals_int (rq_encoder_set_source (encoder, source), RQ_OK);
  fail_unless_equals_int (rq_encoder_write (encoder, K, R, out), RQ_OK);
  for (guint i = 0; i < R; i++)
    fail_unless (repair[i] && memcmp (repair[i], expected[i], T) == 0);
  rq_encoder_free (encoder);
}

GST_START_TEST (source_stays_until_the_last_repair_is_made)
{
  guint before;
  GstClockTime closed;

  start ();
  before = enc.packets->len;
  send_block (FALSE);
  closed = encode_now (&enc);
  fail_unless_equals_int (n_repair (), 0);
  fail_unless_equals_uint64 (encode_stat (&enc, "last-repair-symbols"), R);
  check_kept ();
  while (n_repair () < R) {
    guint sent = n_repair ();

    encode_crank_until (&enc, before + K + sent + 1);
    fail_unless (encode_now (&enc) >= closed + MS (DURATION) * n_repair () / R);
    /* Ten are made at a time: the last ones soon before they leave. */
    if (n_repair () <= R - 10)
      check_kept ();
  }
  fail_unless (encode_now (&enc) >= closed + MS (DURATION));
  fail_unless (n_kept () <= 1);
  check_repair ();
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (the_rest_comes_at_the_end_of_the_stream)
{
  guint before;

  start ();
  before = enc.packets->len;
  send_block (FALSE);
  encode_crank_until (&enc, before + K + 3);
  fail_unless (n_repair () < R);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  fail_unless_equals_int (n_repair (), R);
  fail_unless (n_kept () <= 1);
  check_repair ();
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (the_rest_comes_when_the_next_block_closes)
{
  guint before;
  guint32 first;

  start ();
  before = enc.packets->len;
  send_block (FALSE);
  encode_crank_until (&enc, before + K + 3);
  first = toi;
  send_block (FALSE);
  fail_unless_equals_int (n_repair (), 0);
  check_kept ();
  toi = first;
  fail_unless_equals_int (n_repair (), R);
  fail_unless_equals_int (n_kept (), 0);
  check_repair ();
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (a_flush_lets_the_source_go)
{
  guint before, sent;

  start ();
  before = enc.packets->len;
  send_block (FALSE);
  encode_crank_until (&enc, before + K + 3);
  check_kept ();
  gst_harness_push_event (enc.harness, gst_event_new_flush_start ());
  gst_harness_push_event (enc.harness, gst_event_new_flush_stop (TRUE));
  encode_pull (&enc);
  sent = n_repair ();
  fail_unless (sent < R);
  fail_unless_equals_int (n_kept (), 0);
  /* Nothing of it comes later, and the next block is right. */
  gst_harness_set_src_caps_str (enc.harness, TS_CAPS);
  before = enc.packets->len;
  send_block (TRUE);
  fail_unless_equals_int (enc.packets->len, before + K + R);
  check_repair ();
  encode_teardown (&enc);
}
GST_END_TEST;

static Suite *
fecencode_repair_suite (void)
{
  Suite *s = suite_create ("fecencode-repair");
  TCase *tc = tcase_create ("repair");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, source_stays_until_the_last_repair_is_made);
  tcase_add_test (tc, the_rest_comes_at_the_end_of_the_stream);
  tcase_add_test (tc, the_rest_comes_when_the_next_block_closes);
  tcase_add_test (tc, a_flush_lets_the_source_go);
  return s;
}

GST_CHECK_MAIN (fecencode_repair);
