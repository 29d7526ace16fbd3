/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resumption.c: leaving and coming back; see resumption.h. A probe behind fecsrc sees the packets, a probe before the
 * sink the ends of objects (fecdecode's events “fec-block-end”).
 */
#include "resumption.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <wire/alc.h>

#include "packetkeep.h"
#include "resumestate.h"

/* Where the sequence number lies in a packet. */
#define SEQUENCE_OFFSET 6

struct _Resumption
{
  gchar *name;
  Output *output;
  GstElement *source;
  GstPad *decoder_pad;

  GMutex lock; /* what follows */
  PacketKeep *keep;
  ResumeState *state; /* what was read and is not given on yet, or NULL */
  guint64 resumed;
  guint64 fresh; /* packets that came */
  guint64 finished_bytes; /* of the output */
  gint64 first_packet_at;
  gboolean refused; /* the file is of something else: leave it alone */
  gboolean upstream_ended; /* what is given up from now on is not over */
  gboolean given_up; /* something was */
  gboolean ended; /* the stream did */
};

/* ---- Packets ---- */

typedef struct
{
  Resumption *resumption;
  guint n_packets;
  guint16 first_sequence;
  GstClockTime first_pts;
  gboolean contradiction;
} Batch;

static gboolean
keep_buffer (GstBuffer **buffer, guint i, gpointer user_data)
{
  Batch *batch = user_data;
  GstMapInfo map;

  if (!gst_buffer_map (*buffer, &map, GST_MAP_READ))
    return TRUE;
  if (batch->n_packets++ == 0) {
    batch->first_pts = GST_BUFFER_PTS (*buffer);
    if (map.size >= GST_FEC_ALC_HEADER_SIZE)
      batch->first_sequence = gst_fec_alc_peek_seq (map.data);
  }
  if (!packet_keep_add (batch->resumption->keep, map.data, map.size))
    batch->contradiction = TRUE;
  gst_buffer_unmap (*buffer, &map);
  return TRUE;
}

static void
keep_packets (Batch *batch, GstPadProbeInfo *info)
{
  GstBuffer *buffer;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    gst_buffer_list_foreach (
        GST_PAD_PROBE_INFO_BUFFER_LIST (info), keep_buffer, batch);
  } else {
    buffer = GST_PAD_PROBE_INFO_BUFFER (info);
    keep_buffer (&buffer, 0, batch);
  }
}

/* ---- Coming back ---- */

/* A copy of a packet, numbered so that the first one of this reception is the next: nothing counts as lost between. */
static GstBuffer *
make_buffer (GBytes *packet, guint16 sequence, GstClockTime pts)
{
  gsize size;
  guint8 *data = g_bytes_unref_to_data (g_bytes_ref (packet), &size);
  GstBuffer *buffer;

  data[SEQUENCE_OFFSET] = sequence >> 8;
  data[SEQUENCE_OFFSET + 1] = sequence & 0xff;
  buffer = gst_buffer_new_wrapped (data, size);
  GST_BUFFER_PTS (buffer) = pts;
  return buffer;
}

static GstBufferList *
make_list (const ResumeState *state, const Batch *batch)
{
  guint i, n = state->packets->len;
  GstBufferList *list = gst_buffer_list_new_sized (n);

  for (i = 0; i < n; i++) {
    gst_buffer_list_add (list,
        make_buffer (g_ptr_array_index (state->packets, i),
            (guint16) (batch->first_sequence - n + i), batch->first_pts));
  }
  return list;
}

/* Whether the channel that the server described is the file's. */
static gboolean
is_same_channel (const ResumeState *state, GstPad *pad)
{
  GstCaps *caps = gst_pad_get_current_caps (pad);
  const GstStructure *structure;
  guint tsi = state->tsi;
  gint symbol_size = (gint) state->symbol_size;

  if (caps != NULL) {
    structure = gst_caps_get_structure (caps, 0);
    gst_structure_get_uint (structure, "tsi", &tsi);
    gst_structure_get_int (structure, "symbol-size", &symbol_size);
    gst_caps_unref (caps);
  }
  return tsi == state->tsi && (guint32) symbol_size == state->symbol_size;
}

static void
refuse (Resumption *resumption, const gchar *what)
{
  GError *error = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "cannot resume from %s: it is of another %s", resumption->name, what);

  resumption->refused = TRUE;
  gst_element_post_message (resumption->source,
      gst_message_new_error (GST_OBJECT (resumption->source), error, NULL));
  g_error_free (error);
}

/* Keeps what came; returns what the decoder has to get before it. Called with the lock. */
static GstBufferList *
take_packets (Resumption *resumption, GstPad *pad, GstPadProbeInfo *info)
{
  ResumeState *state = resumption->state;
  Batch batch = { .resumption = resumption };
  GstBufferList *list = NULL;
  guint i;

  if (state != NULL && !is_same_channel (state, pad)) {
    refuse (resumption, "channel");
    return NULL;
  }
  for (i = 0; state != NULL && i < state->packets->len; i++) {
    gsize size;
    gconstpointer data =
        g_bytes_get_data (g_ptr_array_index (state->packets, i), &size);

    packet_keep_add (resumption->keep, data, size);
  }
  keep_packets (&batch, info);
  resumption->fresh += batch.n_packets;
  if (state == NULL)
    return NULL;
  if (batch.contradiction)
    refuse (resumption, "object under the same number");
  else if (state->packets->len > 0)
    list = make_list (state, &batch);
  resumption->resumed = state->packets->len;
  g_clear_pointer (&resumption->state, resume_state_free);
  return list;
}

static GstPadProbeReturn
on_packets (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Resumption *resumption = user_data;
  GstBufferList *list = NULL;
  gboolean refused;

  g_mutex_lock (&resumption->lock);
  if (resumption->first_packet_at == 0)
    resumption->first_packet_at = g_get_monotonic_time ();
  if (!resumption->refused)
    list = take_packets (resumption, pad, info);
  refused = resumption->refused;
  g_mutex_unlock (&resumption->lock);
  if (list != NULL)
    gst_pad_chain_list (resumption->decoder_pad, list);
  return refused ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_source (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Resumption *resumption = user_data;

  if (!(info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM))
    return on_packets (pad, info, resumption);
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS) {
    g_mutex_lock (&resumption->lock);
    resumption->upstream_ended = TRUE;
    g_mutex_unlock (&resumption->lock);
  }
  return GST_PAD_PROBE_OK;
}

/* ---- What is finished ---- */

/* Called with the lock, in the thread that writes the output. */
static void
take_block_end (Resumption *resumption, const GstStructure *structure)
{
  gboolean complete = FALSE;
  guint toi = 0;

  gst_structure_get_uint (structure, "toi", &toi);
  gst_structure_get_boolean (structure, "complete", &complete);
  if (resumption->upstream_ended && !complete)
    resumption->given_up = TRUE;
  if (resumption->given_up)
    return;
  packet_keep_end (resumption->keep, toi);
  resumption->finished_bytes = output_get_bytes (resumption->output);
}

static GstPadProbeReturn
on_sink_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Resumption *resumption = user_data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  g_mutex_lock (&resumption->lock);
  if (gst_event_has_name (event, "fec-block-end"))
    take_block_end (resumption, gst_event_get_structure (event));
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    resumption->ended = TRUE;
  g_mutex_unlock (&resumption->lock);
  return GST_PAD_PROBE_OK;
}

void
resumption_watch (Resumption *resumption, GstElement *source,
    GstElement *decoder, GstElement *sink)
{
  GstPad *pad;

  resumption->source = source;
  resumption->decoder_pad = gst_element_get_static_pad (decoder, "sink");
  pad = gst_element_get_static_pad (source, "src");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
          GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_source, resumption, NULL);
  gst_object_unref (pad);
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_sink_event,
      resumption, NULL);
  gst_object_unref (pad);
}

gint64
resumption_get_first_packet_time (Resumption *resumption)
{
  gint64 time;

  g_mutex_lock (&resumption->lock);
  time = resumption->first_packet_at;
  g_mutex_unlock (&resumption->lock);
  return time;
}

/* ---- Begin and end ---- */

Resumption *
resumption_new (
    const gchar *name, guint64 limit, Output *output, GError **error)
{
  Resumption *resumption;
  GError *wrong = NULL;
  ResumeState *state = resume_state_read (name, limit, &wrong);

  if (g_error_matches (wrong, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_clear_error (&wrong);
  if (state != NULL)
    output_go_on (output, state->output_bytes, &wrong);
  if (wrong != NULL) {
    resume_state_free (state);
    g_propagate_error (error, wrong);
    return NULL;
  }
  resumption = g_new0 (Resumption, 1);
  g_mutex_init (&resumption->lock);
  resumption->name = g_strdup (name);
  resumption->output = output;
  resumption->keep = packet_keep_new (limit);
  resumption->state = state;
  resumption->finished_bytes = output_get_bytes (output);
  return resumption;
}

void
resumption_free (Resumption *resumption)
{
  gst_clear_object (&resumption->decoder_pad);
  packet_keep_free (resumption->keep);
  resume_state_free (resumption->state);
  g_mutex_clear (&resumption->lock);
  g_free (resumption->name);
  g_free (resumption);
}

static gboolean
delete_file (const gchar *name, GError **error)
{
  if (g_unlink (name) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
      "cannot delete %s: %s", name, g_strerror (errno));
  return FALSE;
}

static gboolean
write_file (Resumption *resumption, GError **error)
{
  ResumeState state = { .tsi = packet_keep_tsi (resumption->keep),
    .symbol_size = packet_keep_symbol_size (resumption->keep),
    .output_bytes = resumption->finished_bytes,
    .packets = packet_keep_list (resumption->keep) };
  gboolean good = resume_state_write (&state, resumption->name, error);

  g_ptr_array_unref (state.packets);
  return good;
}

gboolean
resumption_finish (Resumption *resumption, gboolean *unfinished, GError **error)
{
  *unfinished = FALSE;
  if (resumption->ended && !resumption->given_up)
    return delete_file (resumption->name, error);
  *unfinished = resumption->state != NULL;
  if (resumption->refused || resumption->first_packet_at == 0)
    return TRUE;
  *unfinished = TRUE;
  return write_file (resumption, error);
}

void
resumption_get_counts (Resumption *resumption, ResumptionCounts *counts)
{
  g_mutex_lock (&resumption->lock);
  counts->resumed = resumption->resumed;
  counts->fresh = resumption->fresh;
  counts->kept = packet_keep_count (resumption->keep);
  counts->refused = packet_keep_refused (resumption->keep);
  g_mutex_unlock (&resumption->lock);
}
