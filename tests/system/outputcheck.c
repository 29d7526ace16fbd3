/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outputcheck.c: finds each piece of a receiver's output in what was sent.
 */
#include "outputcheck.h"

#include <string.h>

/* Flags that belong to the media; the others are the pipeline's own. */
#define MEDIA_FLAGS                                                            \
  (GST_BUFFER_FLAG_MARKER | GST_BUFFER_FLAG_HEADER | GST_BUFFER_FLAG_GAP |     \
      GST_BUFFER_FLAG_DROPPABLE | GST_BUFFER_FLAG_DELTA_UNIT |                 \
      GST_BUFFER_FLAG_CORRUPTED | GST_BUFFER_FLAG_DECODE_ONLY)

/* How far behind a hole the output is looked for, in bytes. */
#define SEARCH_RANGE (8u << 20)
/* Fewer bytes may be found where they do not belong. */
#define SEARCH_BYTES 376

struct _OutputCheck
{
  const TestMedia *media;
  gboolean records;

  GMutex lock;
  gsize position;
  GByteArray *pending; /* bytes after a hole, not found yet */
  gboolean pending_discont; /* they were marked */
  GArray *holes; /* of OutputHole */
  gchar *problem;
};

OutputCheck *
output_check_new (const TestMedia *media, gboolean records)
{
  OutputCheck *check = g_new0 (OutputCheck, 1);

  g_mutex_init (&check->lock);
  check->media = media;
  check->records = records;
  check->pending = g_byte_array_new ();
  check->holes = g_array_new (FALSE, FALSE, sizeof (OutputHole));
  return check;
}

void
output_check_free (OutputCheck *check)
{
  g_byte_array_unref (check->pending);
  g_array_unref (check->holes);
  g_free (check->problem);
  g_mutex_clear (&check->lock);
  g_free (check);
}

static G_GNUC_PRINTF (2, 3) void note_problem (
    OutputCheck *check, const gchar *format, ...)
{
  va_list args;

  if (check->problem != NULL)
    return;
  va_start (args, format);
  check->problem = g_strdup_vprintf (format, args);
  va_end (args);
}

static void
note_hole (OutputCheck *check, gsize end)
{
  OutputHole hole = { check->position, end };

  g_array_append_val (check->holes, hole);
}

/* A jump is right only where the output says that something is missing. */
static void
jump (OutputCheck *check, gboolean discont, gsize to)
{
  if (!discont)
    note_problem (check,
        "output jumps from %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT
        " without DISCONT",
        check->position, to);
  note_hole (check, to);
}

/* Looks for the pending bytes behind the hole. */
static void
find_pending (OutputCheck *check)
{
  const GByteArray *all = check->media->bytes;
  const GByteArray *pending = check->pending;
  gsize at = check->position;
  const guint8 *found;

  if (pending->len == 0)
    return;
  found = memmem (all->data + at, MIN (SEARCH_RANGE, all->len - at),
      pending->data, pending->len);
  if (found == NULL) {
    note_problem (check,
        "%u bytes of output after byte %" G_GSIZE_FORMAT
        " are not what was sent",
        pending->len, at);
  } else {
    jump (check, check->pending_discont, found - all->data);
    check->position = found - all->data + pending->len;
  }
  g_byte_array_set_size (check->pending, 0);
}

static void
check_bytes (OutputCheck *check, GstBuffer *buffer)
{
  const GByteArray *all = check->media->bytes;
  gboolean discont = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  gsize at;
  GstMapInfo map;

  if (discont)
    find_pending (check);
  at = check->position;
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  if (check->pending->len == 0 && map.size <= all->len - at &&
      memcmp (all->data + at, map.data, map.size) == 0) {
    check->position += map.size;
  } else {
    if (check->pending->len == 0)
      check->pending_discont = discont;
    g_byte_array_append (check->pending, map.data, map.size);
    if (check->pending->len >= SEARCH_BYTES)
      find_pending (check);
  }
  gst_buffer_unmap (buffer, &map);
}

static gboolean
same_bytes (GstBuffer *a, GstBuffer *b)
{
  GstMapInfo map;
  gboolean same;

  if (gst_buffer_get_size (a) != gst_buffer_get_size (b))
    return FALSE;
  gst_buffer_map (a, &map, GST_MAP_READ);
  same = gst_buffer_memcmp (b, 0, map.data, map.size) == 0;
  gst_buffer_unmap (a, &map);
  return same;
}

static void
compare_time (
    OutputCheck *check, const gchar *name, GstClockTime sent, GstClockTime got)
{
  if (sent != got)
    note_problem (check,
        "buffer %" G_GSIZE_FORMAT ": %s %" GST_TIME_FORMAT
        " was sent, %" GST_TIME_FORMAT " came",
        check->position, name, GST_TIME_ARGS (sent), GST_TIME_ARGS (got));
}

static void
compare_buffer (OutputCheck *check, GstBuffer *sent, GstBuffer *got)
{
  guint sent_flags = GST_BUFFER_FLAGS (sent) & MEDIA_FLAGS;
  guint got_flags = GST_BUFFER_FLAGS (got) & MEDIA_FLAGS;

  compare_time (check, "PTS", GST_BUFFER_PTS (sent), GST_BUFFER_PTS (got));
  compare_time (check, "DTS", GST_BUFFER_DTS (sent), GST_BUFFER_DTS (got));
  compare_time (
      check, "duration", GST_BUFFER_DURATION (sent), GST_BUFFER_DURATION (got));
  if (GST_BUFFER_OFFSET (sent) != GST_BUFFER_OFFSET (got) ||
      GST_BUFFER_OFFSET_END (sent) != GST_BUFFER_OFFSET_END (got))
    note_problem (
        check, "buffer %" G_GSIZE_FORMAT ": offsets differ", check->position);
  if (sent_flags != got_flags)
    note_problem (check,
        "buffer %" G_GSIZE_FORMAT ": flags 0x%x were sent, "
        "0x%x came",
        check->position, sent_flags, got_flags);
  if (!same_bytes (sent, got))
    note_problem (
        check, "buffer %" G_GSIZE_FORMAT ": the bytes differ", check->position);
}

static void
check_buffer (OutputCheck *check, GstBuffer *buffer, GstCaps *caps)
{
  const GPtrArray *all = check->media->buffers;
  gsize at = check->position;

  while (at < all->len && !same_bytes (g_ptr_array_index (all, at), buffer))
    at++;
  if (at == all->len) {
    note_problem (check,
        "a buffer of %" G_GSIZE_FORMAT " bytes after buffer %" G_GSIZE_FORMAT
        " was never sent",
        gst_buffer_get_size (buffer), check->position);
    return;
  }
  if (at > check->position)
    jump (check, GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT), at);
  check->position = at;
  compare_buffer (check, g_ptr_array_index (all, at), buffer);
  if (caps == NULL || !gst_caps_is_equal (caps, check->media->caps))
    note_problem (check,
        "buffer %" G_GSIZE_FORMAT ": caps %" GST_PTR_FORMAT
        " came, %" GST_PTR_FORMAT " were sent",
        at, (gpointer) caps, (gpointer) check->media->caps);
  check->position++;
}

void
output_check_sample (OutputCheck *check, GstSample *sample)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);

  g_mutex_lock (&check->lock);
  if (check->records)
    check_buffer (check, buffer, gst_sample_get_caps (sample));
  else
    check_bytes (check, buffer);
  g_mutex_unlock (&check->lock);
}

gsize
output_check_total (OutputCheck *check)
{
  return check->records ? check->media->buffers->len : check->media->bytes->len;
}

void
output_check_finish (OutputCheck *check)
{
  gsize total = output_check_total (check);

  g_mutex_lock (&check->lock);
  find_pending (check);
  if (check->position < total) {
    note_hole (check, total);
    check->position = total;
  }
  g_mutex_unlock (&check->lock);
}

gsize
output_check_position (OutputCheck *check)
{
  gsize position;

  g_mutex_lock (&check->lock);
  position = check->position;
  g_mutex_unlock (&check->lock);
  return position;
}

guint
output_check_n_holes (OutputCheck *check)
{
  guint n;

  g_mutex_lock (&check->lock);
  n = check->holes->len;
  g_mutex_unlock (&check->lock);
  return n;
}

OutputHole
output_check_hole (OutputCheck *check, guint index)
{
  OutputHole hole;

  g_mutex_lock (&check->lock);
  hole = g_array_index (check->holes, OutputHole, index);
  g_mutex_unlock (&check->lock);
  return hole;
}

gsize
output_check_missing (OutputCheck *check)
{
  guint i, n = output_check_n_holes (check);
  gsize missing = 0;

  for (i = 0; i < n; i++) {
    OutputHole hole = output_check_hole (check, i);

    missing += hole.end - hole.start;
  }
  return missing;
}

gboolean
output_check_is_damaged (OutputCheck *check, gsize start, gsize end)
{
  guint i, n = output_check_n_holes (check);

  for (i = 0; i < n; i++) {
    OutputHole hole = output_check_hole (check, i);

    if (hole.start < end && start < hole.end)
      return TRUE;
  }
  return FALSE;
}

const gchar *
output_check_problem (OutputCheck *check)
{
  const gchar *problem;

  g_mutex_lock (&check->lock);
  problem = check->problem;
  g_mutex_unlock (&check->lock);
  return problem;
}
