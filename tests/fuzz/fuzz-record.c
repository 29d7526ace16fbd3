/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-record.c: blocks of records from anywhere. Knows the record parser.
 *
 * Input: the bytes of one block. Every record is read twice, once with the whole block there and once as it would come
 * in two pieces; events that it makes must be writable again, as long as they are not too long.
 */
#include "wire/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
const char *__asan_default_options (void);
const char *__lsan_default_suppressions (void);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
must (gboolean condition)
{
  if (!condition)
    abort ();
}

/* What a block's first part says must not contradict the whole. */
static void
read_part (const guint8 *data, gsize size, const GstFecRecord *whole)
{
  GstFecRecord part;
  gsize cut = whole->size - 1;

  must (gst_fec_record_read (&part, data, cut, size - cut) ==
      GST_FEC_RECORD_NEED_DATA);
  must (part.size < whole->size);
}

static void
make_event (const GstFecRecord *record)
{
  GstEvent *event = gst_fec_record_to_event (record);
  GByteArray *out;

  if (event == NULL)
    return;
  out = g_byte_array_new ();
  if (gst_fec_record_write_event (out, record->stream, event))
    must (
        out->len >= GST_FEC_RECORD_HEADER_SIZE && out->data[0] == record->type);
  g_byte_array_unref (out);
  gst_event_unref (event);
}

static void
make_buffer (const GstFecRecord *record)
{
  GstBuffer *buffer = gst_buffer_new ();
  const guint8 *payload;
  guint32 size;

  if (gst_fec_record_read_buffer (record, buffer, &payload, &size)) {
    must (payload + size == record->body + record->body_size);
    must (gst_buffer_is_writable (buffer));
  }
  gst_buffer_unref (buffer);
}

/*
 * GLib leaves its table of names behind when it grows; the first one is made
 * while the library is loaded. Only a full stack tells that it is that table.
 */
const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

const char *
__lsan_default_suppressions (void)
{
  return "leak:ld-linux\nleak:_dl_init\nleak:g_quark_from_string\n"
         "leak:g_quark_from_static_string\n";
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  gst_init (NULL, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GstFecRecord record;
  GstClockTime running_time, wall_clock;

  while (gst_fec_record_read (&record, data, size, 0) == GST_FEC_RECORD_OK) {
    must (record.size <= size);
    must (record.body + record.body_size == data + record.size);
    read_part (data, size, &record);
    make_event (&record);
    make_buffer (&record);
    gst_fec_record_read_clock (&record, &running_time, &wall_clock);
    data += record.size;
    size -= record.size;
  }
  return 0;
}
