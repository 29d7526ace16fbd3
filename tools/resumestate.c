/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resumestate.c: the file of fec-get --resume; see resumestate.h and docs/resume.md. */
#include "resumestate.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <wire/alc.h>

#define MAGIC "gst-fec\n"
#define MAGIC_SIZE 8
#define VERSION_1 1
/* magic, version, TSI, symbol size, number of packets, bytes of the output */
#define HEADER_SIZE (MAGIC_SIZE + 4 + 4 + 4 + 4 + 8)
#define LENGTH_SIZE 2
#define DIGEST_SIZE 32
/* Smallest packet: bounds how many lengths there can be. */
#define MIN_PACKET (GST_FEC_ALC_HEADER_SIZE + 1)

/* ---- Writing ---- */

static void
append_number (GByteArray *out, guint64 value, guint bytes)
{
  guint64 big = GUINT64_TO_BE (value);

  g_byte_array_append (out, (const guint8 *) &big + 8 - bytes, bytes);
}

static void
compute_digest (const guint8 *data, gsize size, guint8 digest[DIGEST_SIZE])
{
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = DIGEST_SIZE;

  g_checksum_update (checksum, data, (gssize) size);
  g_checksum_get_digest (checksum, digest, &length);
  g_checksum_free (checksum);
}

static GByteArray *
serialize (const ResumeState *state)
{
  GByteArray *out = g_byte_array_new ();
  guint8 digest[DIGEST_SIZE];
  guint i;

  g_byte_array_append (out, (const guint8 *) MAGIC, MAGIC_SIZE);
  append_number (out, VERSION_1, 4);
  append_number (out, state->tsi, 4);
  append_number (out, state->symbol_size, 4);
  append_number (out, state->packets->len, 4);
  append_number (out, state->output_bytes, 8);
  for (i = 0; i < state->packets->len; i++) {
    gsize size;
    const guint8 *data =
        g_bytes_get_data (g_ptr_array_index (state->packets, i), &size);

    append_number (out, size, LENGTH_SIZE);
    g_byte_array_append (out, data, size);
  }
  compute_digest (out->data, out->len, digest);
  g_byte_array_append (out, digest, sizeof (digest));
  return out;
}

gboolean
resume_state_write (const ResumeState *state, const gchar *name, GError **error)
{
  GByteArray *out = serialize (state);
  gboolean good = g_file_set_contents_full (name, (const gchar *) out->data,
      out->len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
      0600, error);

  g_byte_array_unref (out);
  return good;
}

/* ---- Reading ---- */

typedef struct
{
  const guint8 *at;
  gsize left;
} Reader;

static guint64
read_number (Reader *reader, guint bytes)
{
  guint64 value = 0;

  for (; bytes > 0; bytes--, reader->left--)
    value = value << 8 | *reader->at++;
  return value;
}

static gboolean
fail (GError **error, const gchar *name, const gchar *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      "cannot resume from %s: %s", name, what);
  return FALSE;
}

/* Only what fec-get itself would have kept: a symbol of this channel. */
static gboolean
is_good (const ResumeState *state, const guint8 *data, gsize size)
{
  GstFecAlcPacket packet;

  return gst_fec_alc_parse (&packet, data, size) == GST_FEC_ALC_OK &&
      packet.has_symbol && !(packet.block_flags & GST_FEC_BLOCK_EARLY) &&
      packet.tsi == state->tsi && packet.symbol_size == state->symbol_size;
}

static gboolean
read_packets (ResumeState *state, Reader *reader, guint32 count,
    const gchar *name, GError **error)
{
  for (; count > 0; count--) {
    gsize size;

    if (reader->left < LENGTH_SIZE)
      return fail (error, name, "it ends within a packet");
    size = read_number (reader, LENGTH_SIZE);
    if (size > reader->left)
      return fail (error, name, "it ends within a packet");
    if (!is_good (state, reader->at, size))
      return fail (
          error, name, "it holds something that is no packet of its channel");
    g_ptr_array_add (state->packets, g_bytes_new (reader->at, size));
    reader->at += size;
    reader->left -= size;
  }
  return reader->left == 0 ||
      fail (error, name, "something follows the last packet");
}

/* The checksum is looked at first: what follows finds files that were made so. */
static gboolean
check_frame (Reader *reader, const gchar *name, GError **error)
{
  guint8 digest[DIGEST_SIZE];

  if (reader->left < HEADER_SIZE + DIGEST_SIZE ||
      memcmp (reader->at, MAGIC, MAGIC_SIZE) != 0)
    return fail (error, name, "it is no file of fec-get --resume");
  reader->left -= DIGEST_SIZE;
  compute_digest (reader->at, reader->left, digest);
  if (memcmp (reader->at + reader->left, digest, DIGEST_SIZE) != 0)
    return fail (error, name, "it is damaged (wrong checksum)");
  reader->at += MAGIC_SIZE;
  reader->left -= MAGIC_SIZE;
  return TRUE;
}

static gboolean
parse (ResumeState *state, Reader *reader, const gchar *name, GError **error)
{
  guint32 count;

  if (!check_frame (reader, name, error))
    return FALSE;
  if (read_number (reader, 4) != VERSION_1)
    return fail (error, name, "it is of another version of fec-get");
  state->tsi = read_number (reader, 4);
  state->symbol_size = read_number (reader, 4);
  count = read_number (reader, 4);
  state->output_bytes = read_number (reader, 8);
  if (state->output_bytes > G_MAXINT64)
    return fail (error, name, "the length of the output cannot be true");
  return read_packets (state, reader, count, name, error);
}

/* The size is looked at before anything is read. */
static gboolean
load (const gchar *name, guint64 max_bytes, gchar **data, gsize *size,
    GError **error)
{
  guint64 most = HEADER_SIZE + DIGEST_SIZE + max_bytes +
      max_bytes / MIN_PACKET * LENGTH_SIZE;
  GStatBuf status;

  if (g_stat (name, &status) != 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "cannot resume from %s: %s", name, g_strerror (errno));
    return FALSE;
  }
  if (!S_ISREG (status.st_mode))
    return fail (error, name, "it is no regular file");
  if ((guint64) status.st_size > most)
    return fail (error, name, "it is larger than --resume-limit");
  return g_file_get_contents (name, data, size, error);
}

ResumeState *
resume_state_read (const gchar *name, guint64 max_bytes, GError **error)
{
  ResumeState *state;
  Reader reader;
  gchar *data;

  if (!load (name, max_bytes, &data, &reader.left, error))
    return NULL;
  reader.at = (const guint8 *) data;
  state = g_new0 (ResumeState, 1);
  state->packets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  if (!parse (state, &reader, name, error))
    g_clear_pointer (&state, resume_state_free);
  g_free (data);
  return state;
}

void
resume_state_free (ResumeState *state)
{
  if (state == NULL)
    return;
  g_ptr_array_unref (state->packets);
  g_free (state);
}
