/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecdecode-loop.c: fecdecode behind a lossy way to a source that sends no
 * repair but answers what is asked for with symbols it has never sent, some of
 * which get lost too. All blocks must come out whole, in time.
 */
#include "decodeharness.h"

#include "../../gst/elements/fecfeedback.h"

#define MS GST_MSECOND
#define BLOCKS 40
#define K 12
/* 12 packets of 10 ms: a block is 120 ms long. */
#define PACKET_TIME (10 * MS)
/* From fecdecode to the source and back. */
#define ROUND_TRIP (60 * MS)

/* The source, and the way from it. */
typedef struct
{
  TestBlock *blocks[BLOCKS];
  guint32 fresh[BLOCKS]; /* the next ESI that nobody was sent */
  GQueue answers; /* of Answer, by time */
  GRand *random;
  gdouble loss;
  guint lost, made;
} Source;

typedef struct
{
  GstClockTime time;
  GstBuffer *packet;
} Answer;

static void
source_init (Source *source, gdouble loss)
{
  *source = (Source){ .loss = loss, .random = g_rand_new_with_seed (4711) };
  for (guint i = 0; i < BLOCKS; i++) {
    source->blocks[i] = test_block_new (i + 1, K * TEST_T);
    source->fresh[i] = K;
  }
  source->blocks[BLOCKS - 1]->flags = GST_FEC_BLOCK_LAST;
  g_queue_init (&source->answers);
}

static void
source_clear (Source *source)
{
  Answer *answer;

  while ((answer = g_queue_pop_head (&source->answers))) {
    gst_buffer_unref (answer->packet);
    g_free (answer);
  }
  for (guint i = 0; i < BLOCKS; i++)
    test_block_free (source->blocks[i]);
  g_rand_free (source->random);
}

static void
answer_request (
    Source *source, const FecSymbolsWanted *wanted, GstClockTime now)
{
  guint i = wanted->toi - 1;

  fail_unless (i < BLOCKS);
  fail_unless (wanted->count <= K);
  for (guint n = 0; n < wanted->count; n++) {
    Answer *answer = g_new (Answer, 1);

    answer->time = now + ROUND_TRIP;
    answer->packet =
        test_block_replacement (source->blocks[i], source->fresh[i]++);
    source->made++;
    g_queue_push_tail (&source->answers, answer);
  }
}

static void
answer_requests (Source *source, DecodeHarness *decode)
{
  FecSymbolsWanted wanted;
  GstEvent *event;

  while ((event = gst_harness_try_pull_upstream_event (decode->harness))) {
    if (fec_symbols_missing_event_parse (event, &wanted))
      answer_request (
          source, &wanted, gst_clock_get_time (GST_CLOCK (decode->clock)));
    gst_event_unref (event);
  }
}

static void
send_over_the_way (Source *source, DecodeHarness *decode, GstBuffer *packet)
{
  if (g_rand_double (source->random) < source->loss) {
    gst_buffer_unref (packet);
    source->lost++;
  } else {
    gst_harness_push (decode->harness, packet);
  }
}

/* Whether fecdecode's timer waits for a time that has come. */
static gboolean
is_due (DecodeHarness *decode, gboolean *waits)
{
  GstClockID id = NULL;
  gboolean due;

  *waits = gst_test_clock_peek_next_pending_id (decode->clock, &id);
  due = *waits &&
      gst_clock_id_get_time (id) <=
          gst_clock_get_time (GST_CLOCK (decode->clock));
  if (*waits)
    gst_clock_id_unref (id);
  return due;
}

/* Lets the timer do what is due; it waits again as long as a block lacks
   something. */
static void
let_timer_run (DecodeHarness *decode)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  gboolean waits;

  while (is_due (decode, &waits))
    gst_test_clock_crank (decode->clock);
  while (!waits && decode_stat (decode, "blocks-pending") > 0 &&
      decode_stat (decode, "blocks-complete") < BLOCKS) {
    fail_unless (g_get_monotonic_time () < end);
    g_thread_yield ();
    is_due (decode, &waits);
  }
}

/* Goes on to @time. */
static void
go_on (Source *source, DecodeHarness *decode, GstClockTime time)
{
  Answer *answer;

  gst_test_clock_set_time (decode->clock, time);
  while (
      (answer = g_queue_peek_head (&source->answers)) && answer->time <= time) {
    g_queue_pop_head (&source->answers);
    send_over_the_way (source, decode, answer->packet);
    g_free (answer);
  }
  let_timer_run (decode);
  answer_requests (source, decode);
}

/* The first packet is not lost, and the last one is known: without a packet of
   it nobody knows that there is a block. */
static void
send_all (Source *source, DecodeHarness *decode)
{
  GstClockTime time = gst_clock_get_time (GST_CLOCK (decode->clock));

  for (guint i = 0; i < BLOCKS * K; i++) {
    TestBlock *block = source->blocks[i / K];
    GstBuffer *packet = test_block_packet (block, i % K, i % K == K - 1);

    time += PACKET_TIME;
    if (i == 0 || i == BLOCKS * K - 1)
      gst_harness_push (decode->harness, packet);
    else
      send_over_the_way (source, decode, packet);
    go_on (source, decode, time);
  }
}

static void
check_output (Source *source, DecodeHarness *decode)
{
  GByteArray *bytes = decode_pull_bytes (decode);

  fail_unless_equals_int (bytes->len, BLOCKS * K * TEST_T);
  for (guint i = 0; i < BLOCKS; i++)
    fail_unless (memcmp (bytes->data + i * K * TEST_T,
                     source->blocks[i]->bytes->data, K * TEST_T) == 0);
  g_byte_array_unref (bytes);
}

static void
run (gdouble loss, const gchar *properties)
{
  GstClockTime time;
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  DecodeHarness decode;
  Source source;

  source_init (&source, loss);
  decode_setup (&decode, properties, TRUE);
  send_all (&source, &decode);
  time = gst_clock_get_time (GST_CLOCK (decode.clock));
  while (decode_stat (&decode, "blocks-complete") < BLOCKS) {
    fail_unless (g_get_monotonic_time () < end);
    fail_unless_equals_int (decode_stat (&decode, "blocks-lost"), 0);
    time += PACKET_TIME;
    go_on (&source, &decode, time);
  }
  fail_unless (source.lost > 0);
  check_output (&source, &decode);
  decode_teardown (&decode);
  source_clear (&source);
}

GST_START_TEST (test_without_repair_all_blocks_come_out)
{
  run (0.2, "request-missing=true latency=1000");
}
GST_END_TEST;

/* Of some blocks nothing comes, and many answers are lost as well. */
GST_START_TEST (test_heavy_losses_are_healed_too)
{
  run (0.5, "request-missing=true latency=3000 max-blocks=64");
}
GST_END_TEST;

GST_START_TEST (test_few_losses_cost_few_symbols)
{
  DecodeHarness decode;
  Source source;

  source_init (&source, 0.02);
  decode_setup (&decode, "request-missing=true latency=1000", TRUE);
  send_all (&source, &decode);
  source.loss = 0;
  for (guint i = 1; i <= 40; i++)
    go_on (&source, &decode,
        gst_clock_get_time (GST_CLOCK (decode.clock)) + PACKET_TIME);
  fail_unless (source.lost > 0);
  fail_unless (source.made <= source.lost + 2, "%u symbols for %u losses",
      source.made, source.lost);
  fail_unless_equals_int (decode_stat (&decode, "blocks-complete"), BLOCKS);
  decode_teardown (&decode);
  source_clear (&source);
}
GST_END_TEST;

static Suite *
fecdecode_loop_suite (void)
{
  Suite *suite = suite_create ("fecdecode-loop");
  TCase *tcase = tcase_create ("loop");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_without_repair_all_blocks_come_out);
  tcase_add_test (tcase, test_heavy_losses_are_healed_too);
  tcase_add_test (tcase, test_few_losses_cost_few_symbols);
  return suite;
}

GST_CHECK_MAIN (fecdecode_loop);
