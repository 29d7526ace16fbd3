/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-control.c: control messages and descriptions from anywhere. Knows the parsers of both.
 *
 * Input: one datagram. As no fuzzer finds a checksum, length and FINGERPRINT are put right in a copy first. What is
 * accepted must come back from the writer; a description that is accepted must do so too.
 */
#include "wire/control.h"
#include "wire/description.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
const char *__asan_default_options (void);
const char *__lsan_default_suppressions (void);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define HEADER 20
#define FINGERPRINT 8

static void
must (gboolean condition)
{
  if (!condition)
    abort ();
}

static guint32
crc32 (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffff;
  guint bit;

  for (; size > 0; size--, data++) {
    crc ^= *data;
    for (bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

/* A copy of @data that libnice will take for a message as far as its frame goes. */
static guint8 *
mend_frame (const guint8 *data, gsize size, gsize *mended_size)
{
  gsize total = (size & ~(gsize) 3) + FINGERPRINT;
  guint8 *copy = g_malloc0 (total);
  guint32 crc;

  memcpy (copy, data, size & ~(gsize) 3);
  copy[0] &= 0x3f;
  GST_WRITE_UINT16_BE (copy + 2, total - HEADER);
  GST_WRITE_UINT32_BE (copy + 4, 0x2112a442);
  crc = crc32 (copy, total - FINGERPRINT) ^ 0x5354554e;
  GST_WRITE_UINT32_BE (copy + total - 8, 0x80280004);
  GST_WRITE_UINT32_BE (copy + total - 4, crc);
  *mended_size = total;
  return copy;
}

static void
write_and_read (const GstFecControlMessage *message)
{
  static GstFecControlMessage again;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (message, data, sizeof (data));

  if (size == 0)
    return;
  must (gst_fec_control_parse (&again, data, size) == GST_FEC_CONTROL_OK);
  must (again.method == message->method && again.klass == message->klass);
  must (again.n_channels == message->n_channels);
  must (memcmp (again.grants, message->grants, sizeof (again.grants)) == 0);
  must (again.n_missing == message->n_missing);
  must (again.has_alternate == message->has_alternate);
  must (gst_fec_address_equal (&again.alternate, &message->alternate));
  must (strcmp (again.realm, message->realm) == 0);
  must (strcmp (again.nonce, message->nonce) == 0);
  must (strcmp (again.description, message->description) == 0);
  must (strcmp (again.username, message->username) == 0);
  must (again.report_number == message->report_number);
  must (memcmp (again.missing, message->missing, sizeof (again.missing)) == 0);
  must (!again.has_integrity);
}

/* The same, signed: good with its key, with no other one. */
static void
sign_and_check (const GstFecControlMessage *message)
{
  static GstFecControlMessage copy, again;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE], key[GST_FEC_CONTROL_KEY_SIZE];
  gsize size;

  copy = *message;
  gst_fec_control_make_key (copy.username, copy.realm, copy.nonce, key);
  copy.key = key;
  size = gst_fec_control_write (&copy, data, sizeof (data));
  if (size == 0)
    return;
  must (gst_fec_control_parse (&again, data, size) == GST_FEC_CONTROL_OK);
  must (again.has_integrity);
  must (gst_fec_control_check_integrity (data, size, key));
  key[0] ^= 1;
  must (!gst_fec_control_check_integrity (data, size, key));
}

static void
read_description (const guint8 *data, gsize size)
{
  GstFecDescription description, again;
  GstFecAddress origin;
  gchar *sdp;

  if (!gst_fec_description_from_sdp (&description, (const gchar *) data, size))
    return;
  gst_fec_address_set_ipv4 (&origin, (const guint8[4]){ 127, 0, 0, 1 }, 1);
  sdp = gst_fec_description_to_sdp (&description, &origin);
  if (strlen (sdp) <= GST_FEC_CONTROL_MAX_DESCRIPTION) {
    must (gst_fec_description_from_sdp (&again, sdp, strlen (sdp)));
    must (again.tsi == description.tsi);
    must (g_strcmp0 (again.name, description.name) == 0);
    must (again.has_group == description.has_group);
    gst_fec_description_clear (&again);
  }
  g_free (sdp);
  gst_fec_description_clear (&description);
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
  static GstFecControlMessage message;
  guint8 *copy;
  gsize copy_size;

  if (size > 0 && data[0] >= 0x40) {
    read_description (data, size);
    return 0;
  }
  gst_fec_control_parse (&message, data, size);
  if (size < HEADER || size > GST_FEC_CONTROL_MAX_SIZE)
    return 0;
  copy = mend_frame (data, size, &copy_size);
  if (gst_fec_control_parse (&message, copy, copy_size) == GST_FEC_CONTROL_OK) {
    static const guint8 key[GST_FEC_CONTROL_KEY_SIZE];

    /* Nobody guesses a code of 160 bits. */
    must (!gst_fec_control_check_integrity (copy, copy_size, key));
    message.has_integrity = FALSE;
    write_and_read (&message);
    sign_and_check (&message);
    read_description (
        (const guint8 *) message.description, strlen (message.description));
  }
  g_free (copy);
  return 0;
}
