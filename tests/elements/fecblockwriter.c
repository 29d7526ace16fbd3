/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecblockwriter.c: tests of when fecencode makes repair symbols, and that they
 * are always the same ones.
 */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "elements/fecblockwriter.h"

#define T 64
#define SEQ 65500 /* so that it wraps */

GST_DEBUG_CATEGORY (gst_fec_encode_debug);

static FecBlockWriter *writer;
static guint16 next_seq;
static guint8 *source; /* of the block under way */
static guint32 n_source;
static GPtrArray *repair; /* symbols that have left, in order */

static void
setup (void)
{
  const FecChannelConfig config = { 1, T, 2000 };

  GST_DEBUG_CATEGORY_INIT (gst_fec_encode_debug, "fecencode", 0, "test");
  writer = fec_block_writer_new (&config, 0, SEQ);
  fail_unless (writer != NULL);
  next_seq = SEQ;
  source = NULL;
  n_source = 0;
  repair = g_ptr_array_new_with_free_func (g_free);
}

static void
teardown (void)
{
  fec_block_writer_free (writer);
  g_ptr_array_unref (repair);
  g_free (source);
}

static void
take_packet (GstBuffer *buffer)
{
  GstFecAlcPacket packet;
  GstMapInfo map;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  fail_unless_equals_int (
      gst_fec_alc_parse (&packet, map.data, map.size), GST_FEC_ALC_OK);
  fail_unless_equals_int (packet.seq, next_seq++);
  if (packet.esi >= n_source) {
    fail_unless_equals_int (packet.esi, n_source + repair->len);
    g_ptr_array_add (repair, g_memdup2 (packet.symbol, T));
  } else {
    fail_unless (
        memcmp (packet.symbol, source + (gsize) packet.esi * T, T) == 0);
  }
  gst_buffer_unmap (buffer, &map);
}

static void
take_output (void)
{
  GstBufferList *list = fec_block_writer_take_output (writer);

  for (guint i = 0; list && i < gst_buffer_list_length (list); i++)
    take_packet (gst_buffer_list_get (list, i));
  gst_clear_buffer_list (&list);
}

/* Writes a block of @k symbols and closes it. */
static void
write_block (guint32 k, guint percent)
{
  g_free (source);
  source = g_malloc ((gsize) k * T);
  n_source = k;
  g_ptr_array_set_size (repair, 0);
  for (gsize i = 0; i < (gsize) k * T; i++)
    source[i] = (guint8) g_random_int ();
  const FecRepairRule rule = { .percent = percent, .min_symbols = 1 };

  fec_block_writer_open (writer, 0, &rule);
  fail_unless (fec_block_writer_append (writer, source, (gsize) k * T));
  fec_block_writer_close (writer, FALSE);
}

/* Compares what has left with what an encoder makes in one go. */
static void
check_repair (guint32 count)
{
  RqEncoder *encoder = rq_encoder_new (NULL, n_source, T, NULL);
  guint8 *expected = g_malloc ((gsize) count * T);
  guint8 **at = g_new (guint8 *, count);

  fail_unless_equals_int (repair->len, count);
  for (guint32 i = 0; i < count; i++)
    at[i] = expected + (gsize) i * T;
  rq_encoder_set_source_block (encoder, source, (gsize) n_source * T, T);
  fail_unless_equals_int (
      rq_encoder_write (encoder, n_source, count, at), RQ_OK);
  for (guint32 i = 0; i < count; i++)
    fail_unless (memcmp (g_ptr_array_index (repair, i), at[i], T) == 0);
  rq_encoder_free (encoder);
  g_free (expected);
  g_free (at);
}

GST_START_TEST (few_symbols_are_made_when_they_are_due)
{
  guint32 made = 0;

  /* The first blocks may find another way cheaper, until it is known that more
     of this size follow. */
  for (guint i = 0; i < 20; i++) {
    write_block (100, 40);
    fec_block_writer_send_repair (writer, 40);
    take_output ();
    check_repair (40);
  }
  write_block (100, 40);
  take_output ();
  fail_unless_equals_int (fec_block_writer_repair_count (writer), 40);
  for (guint32 due = 1; due <= 40; due++) {
    fec_block_writer_send_repair (writer, due);
    take_output ();
    fail_unless_equals_int (fec_block_writer_repair_sent (writer), due);
    made = fec_block_writer_repair_made (writer);
    fail_unless (made >= due && (made == 40 || made < due + 20),
        "%u made when %u were due", made, due);
  }
  check_repair (40);
}

GST_END_TEST;

GST_START_TEST (many_symbols_are_made_at_once)
{
  write_block (300, 100);
  fail_unless_equals_int (fec_block_writer_repair_made (writer), 300);
  fec_block_writer_send_repair (writer, 300);
  take_output ();
  check_repair (300);
}

GST_END_TEST;

/* What is due when the next block closes leaves before that block's packets, and
   is made of the right block. */
GST_START_TEST (the_next_block_waits_for_all_repair)
{
  const FecRepairRule rule = { .percent = 30, .min_symbols = 1 };
  guint8 *first_source;
  guint32 first_n;

  write_block (100, 30);
  first_source = g_memdup2 (source, 100 * T);
  first_n = n_source;
  fec_block_writer_send_repair (writer, 3);
  take_output ();
  /* Another size, so that nothing can be mixed up unnoticed. */
  fec_block_writer_open (writer, 0, &rule);
  fail_unless (fec_block_writer_append (writer, first_source, 7 * T));
  fec_block_writer_close (writer, TRUE);
  {
    GstBufferList *list = fec_block_writer_take_output (writer);
    guint n_first = 0;

    for (guint i = 0; i < gst_buffer_list_length (list); i++) {
      GstBuffer *buffer = gst_buffer_list_get (list, i);
      GstFecAlcPacket packet;
      GstMapInfo map;

      fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
      fail_unless_equals_int (
          gst_fec_alc_parse (&packet, map.data, map.size), GST_FEC_ALC_OK);
      if (packet.toi == 0 && packet.esi >= first_n) {
        n_first++;
        g_ptr_array_add (repair, g_memdup2 (packet.symbol, T));
      } else if (packet.toi == 1 && packet.esi >= 7) {
        fail_unless_equals_int (n_first, 27);
      }
      gst_buffer_unmap (buffer, &map);
    }
    gst_buffer_list_unref (list);
  }
  check_repair (30);
  g_free (first_source);
}

GST_END_TEST;

GST_START_TEST (a_reset_drops_what_was_not_made_yet)
{
  write_block (100, 30);
  fec_block_writer_send_repair (writer, 3);
  take_output ();
  fec_block_writer_reset (writer);
  fail_unless_equals_int (fec_block_writer_repair_count (writer), 0);
  fec_block_writer_send_repair (writer, 30);
  fail_unless (fec_block_writer_take_output (writer) == NULL);
  write_block (50, 100);
  fec_block_writer_send_repair (writer, 50);
  take_output ();
  check_repair (50);
}

GST_END_TEST;

static Suite *
writer_suite (void)
{
  Suite *suite = suite_create ("fecblockwriter");
  TCase *tcase = tcase_create ("repair");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, few_symbols_are_made_when_they_are_due);
  tcase_add_test (tcase, many_symbols_are_made_at_once);
  tcase_add_test (tcase, the_next_block_waits_for_all_repair);
  tcase_add_test (tcase, a_reset_drops_what_was_not_made_yet);
  return suite;
}

GST_CHECK_MAIN (writer);
