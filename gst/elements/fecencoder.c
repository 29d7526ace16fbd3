/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecencoder.c: media buffers and events to packets: framing, the bounds of
 * blocks, holding and pacing.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecencoder.h"
#include "fecpacing.h"
#include "wire/record.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_encode_debug);
#define GST_CAT_DEFAULT gst_fec_encode_debug

/* Bytes taken in between two pushes: bounds what waits in the output. */
#define CHUNK_SYMBOLS 64
#define STREAM 0
#define BUFFER_OVERHEAD                                                        \
  (GST_FEC_RECORD_HEADER_SIZE + GST_FEC_RECORD_BUFFER_FIELDS)
#define FRAGMENT_OVERHEAD GST_FEC_RECORD_HEADER_SIZE
#define MAX_PAYLOAD (GST_FEC_RECORD_MAX_BODY - GST_FEC_RECORD_BUFFER_FIELDS)

struct _FecEncoder
{
  FecChannelConfig config;
  FecEncoderOwner owner;
  FecBlockWriter *writer;
  FecBlockHistory *history;
  FecFreshSymbols fresh;
  gboolean records;
  gboolean after_delta; /* the last buffer had DELTA_UNIT */
  FecBlockTimes times;
  FecRepairPlan plan;
  GstClockTimeDiff running_time; /* of the last timed input */
  GstClockTimeDiff last_sync; /* running time of the last key frame */
  GByteArray *scratch; /* records before they go into the block */
  guint preamble_size; /* of the last block */
};

static void
forget_syncs (FecEncoder *encoder)
{
  encoder->last_sync = GST_CLOCK_STIME_NONE;
  encoder->times.next_sync = GST_CLOCK_STIME_NONE;
}

FecEncoder *
fec_encoder_new (const FecChannelConfig *config, const FecEncoderOwner *owner,
    guint32 first_toi, guint16 first_seq)
{
  FecBlockWriter *writer = fec_block_writer_new (config, first_toi, first_seq);
  FecBlockHistory *history = fec_block_history_new (config->symbol_size);
  FecEncoder *encoder;

  if (!writer || !history) {
    g_clear_pointer (&writer, fec_block_writer_free);
    g_clear_pointer (&history, fec_block_history_free);
    return NULL;
  }
  encoder = g_new0 (FecEncoder, 1);
  encoder->config = *config;
  encoder->owner = *owner;
  encoder->writer = writer;
  encoder->history = history;
  fec_block_writer_set_history (writer, history);
  encoder->fresh.packets = g_array_new (FALSE, FALSE, sizeof (FecPacket));
  g_array_set_clear_func (
      encoder->fresh.packets, (GDestroyNotify) fec_packet_release);
  encoder->running_time = GST_CLOCK_STIME_NONE;
  forget_syncs (encoder);
  encoder->scratch = g_byte_array_new ();
  return encoder;
}

void
fec_encoder_free (FecEncoder *encoder)
{
  g_array_unref (encoder->fresh.packets);
  fec_block_history_free (encoder->history);
  fec_block_writer_free (encoder->writer);
  g_byte_array_unref (encoder->scratch);
  g_free (encoder);
}

FecBlockWriter *
fec_encoder_writer (FecEncoder *encoder)
{
  return encoder->writer;
}

void
fec_encoder_set_records (FecEncoder *encoder, gboolean records)
{
  encoder->records = records;
}

void
fec_encoder_set_live (FecEncoder *encoder, gboolean live)
{
  encoder->times.live = live;
}

static GstFlowReturn
push_output (FecEncoder *encoder)
{
  GstBufferList *packets = fec_block_writer_take_output (encoder->writer);

  if (!packets)
    return GST_FLOW_OK;
  return encoder->owner.push (packets, encoder->owner.user_data);
}

static GstFlowReturn
fail (FecEncoder *encoder, const gchar *message)
{
  encoder->owner.fail (message, encoder->owner.user_data);
  return GST_FLOW_ERROR;
}

/* ---- Blocks ---- */

static void
close_block (FecEncoder *encoder, GstClockTime now)
{
  FecBlockWriter *writer = encoder->writer;

  if (!fec_block_writer_is_open (writer))
    return;
  fec_block_history_set_time (encoder->history, now);
  fec_block_writer_close (writer, FALSE);
  encoder->plan.closed_at = now;
  encoder->plan.duration = encoder->times.duration;
  encoder->plan.count = fec_block_writer_repair_count (writer);
  encoder->plan.symbols = fec_block_writer_closed (writer)->symbols;
}

/* Appends bytes that fit the block; closes it when it is full. */
static GstFlowReturn
append (FecEncoder *encoder, const guint8 *data, gsize size, GstClockTime now)
{
  FecBlockWriter *writer = encoder->writer;
  guint32 held = fec_block_writer_partial (writer);

  if (!fec_block_writer_append (writer, data, size))
    return fail (encoder, "Out of memory for packets.");
  encoder->times.stalled_since = GST_CLOCK_TIME_NONE;
  if (fec_block_writer_partial (writer) == 0)
    encoder->times.held_since = GST_CLOCK_TIME_NONE;
  else if (held == 0 || held + size > encoder->config.symbol_size ||
      encoder->times.held_since == GST_CLOCK_TIME_NONE)
    encoder->times.held_since = now;
  if (fec_block_writer_space (writer) == 0)
    close_block (encoder, now);
  return GST_FLOW_OK;
}

static GstFlowReturn
write_preamble (FecEncoder *encoder, GstClockTime now)
{
  GByteArray *scratch = encoder->scratch;

  g_byte_array_set_size (scratch, 0);
  if (!encoder->owner.write_preamble (scratch, encoder->owner.user_data))
    return fail (encoder, "The caps are too large for a record.");
  if (scratch->len + BUFFER_OVERHEAD >=
      fec_block_writer_space (encoder->writer))
    return fail (encoder,
        "Caps and other stream data leave no room for media "
        "in a block: raise max-symbols or symbol-size.");
  encoder->preamble_size = scratch->len;
  return append (encoder, scratch->data, scratch->len, now);
}

static GstFlowReturn
open_block (FecEncoder *encoder, gboolean random_access, GstClockTime now)
{
  FecBlockSettings settings =
      encoder->owner.get_settings (encoder->owner.user_data);
  guint8 flags = 0;

  if (encoder->records)
    flags |= GST_FEC_BLOCK_RECORDS;
  if (random_access)
    flags |= GST_FEC_BLOCK_RANDOM_ACCESS;
  encoder->times.duration = settings.block_duration;
  encoder->times.max_hold = settings.max_hold;
  fec_block_times_open (&encoder->times, now);
  fec_block_history_set_limits (
      encoder->history, settings.history, settings.history_bytes);
  fec_block_writer_open (encoder->writer, flags, &settings.repair);
  return encoder->records ? write_preamble (encoder, now) : GST_FLOW_OK;
}

/* ---- Input ---- */

/* Appends @size bytes of @buffer from @offset, memory by memory. */
static GstFlowReturn
append_payload (FecEncoder *encoder, GstBuffer *buffer, gsize offset,
    gsize size, GstClockTime now)
{
  GstFlowReturn ret = GST_FLOW_OK;
  gsize chunk = (gsize) CHUNK_SYMBOLS * encoder->config.symbol_size;

  while (size > 0 && ret == GST_FLOW_OK) {
    guint index, length;
    gsize skip, n;
    GstMapInfo map;
    GstMemory *memory;

    if (!gst_buffer_find_memory (buffer, offset, 1, &index, &length, &skip))
      return fail (encoder, "A buffer is shorter than it says.");
    memory = gst_buffer_peek_memory (buffer, index);
    if (!gst_memory_map (memory, &map, GST_MAP_READ))
      return fail (encoder, "A buffer's memory cannot be read.");
    n = MIN (MIN (size, map.size - skip), chunk);
    ret = append (encoder, map.data + skip, n, now);
    gst_memory_unmap (memory, &map);
    offset += n;
    size -= n;
    if (ret == GST_FLOW_OK)
      ret = push_output (encoder);
  }
  return ret;
}

static GstFlowReturn
take_raw (FecEncoder *encoder, GstBuffer *buffer, gboolean sync_point,
    GstClockTime now)
{
  FecBlockWriter *writer = encoder->writer;
  GstFlowReturn ret = GST_FLOW_OK;
  gsize size = gst_buffer_get_size (buffer), offset = 0;

  while (offset < size && ret == GST_FLOW_OK) {
    gsize n;

    if (!fec_block_writer_is_open (writer))
      ret = open_block (encoder, sync_point && offset == 0, now);
    n = (gsize) MIN (size - offset, fec_block_writer_space (writer));
    if (ret == GST_FLOW_OK)
      ret = append_payload (encoder, buffer, offset, n, now);
    offset += n;
  }
  return ret;
}

/* Writes one record of @buffer: all of it, or as much as the block takes. */
static GstFlowReturn
write_buffer_record (FecEncoder *encoder, GstBuffer *buffer, gsize *offset,
    gboolean first, GstClockTime now)
{
  gsize overhead = first ? BUFFER_OVERHEAD : FRAGMENT_OVERHEAD;
  gsize left = gst_buffer_get_size (buffer) - *offset;
  guint64 room = fec_block_writer_space (encoder->writer) - overhead;
  guint32 n = (guint32) MIN (MIN (left, room), MAX_PAYLOAD);
  gboolean more = n < left;
  GstFlowReturn ret;

  g_byte_array_set_size (encoder->scratch, 0);
  if (first)
    gst_fec_record_write_buffer_header (
        encoder->scratch, STREAM, buffer, n, more);
  else
    gst_fec_record_write_fragment_header (encoder->scratch, STREAM, n, more);
  ret = append (encoder, encoder->scratch->data, encoder->scratch->len, now);
  if (ret == GST_FLOW_OK)
    ret = append_payload (encoder, buffer, *offset, n, now);
  *offset += n;
  return ret;
}

/*
 * A buffer that fits a fresh block but not what is left of this one closes it,
 * so that losing a block damages no buffer of another. Larger ones are cut.
 */
static GstFlowReturn
take_record (FecEncoder *encoder, GstBuffer *buffer, gboolean sync_point,
    GstClockTime now)
{
  FecBlockWriter *writer = encoder->writer;
  gsize size = gst_buffer_get_size (buffer), offset = 0;
  guint64 largest =
      (guint64) encoder->config.max_symbols * encoder->config.symbol_size;
  gboolean first = TRUE;

  do {
    GstFlowReturn ret = GST_FLOW_OK;
    gsize overhead = first ? BUFFER_OVERHEAD : FRAGMENT_OVERHEAD;
    guint64 need = overhead + (size - offset);

    if (fec_block_writer_is_open (writer)) {
      guint64 space = fec_block_writer_space (writer);

      if (space < need &&
          (space < overhead + 1 || need + encoder->preamble_size <= largest))
        close_block (encoder, now);
    }
    if (!fec_block_writer_is_open (writer))
      ret = open_block (encoder, sync_point && first, now);
    if (ret == GST_FLOW_OK)
      ret = write_buffer_record (encoder, buffer, &offset, first, now);
    if (ret != GST_FLOW_OK)
      return ret;
    first = FALSE;
  } while (offset < size);
  return GST_FLOW_OK;
}

/* Brings the media time forward; closes the block that it ends. */
static void
advance (FecEncoder *encoder, GstClockTimeDiff running_time, gboolean new_gop,
    GstClockTime now)
{
  if (GST_CLOCK_STIME_IS_VALID (running_time))
    encoder->running_time = running_time;
  if (fec_block_writer_is_open (encoder->writer) &&
      (new_gop || fec_block_times_is_over (&encoder->times, running_time, now)))
    close_block (encoder, now);
}

/* Guesses from the last distance of key frames when the next one comes. */
static void
note_sync (FecEncoder *encoder, GstClockTimeDiff running_time, gboolean new_gop)
{
  if (!GST_CLOCK_STIME_IS_VALID (running_time))
    return;
  if (new_gop && GST_CLOCK_STIME_IS_VALID (encoder->last_sync) &&
      running_time > encoder->last_sync)
    encoder->times.next_sync = 2 * running_time - encoder->last_sync;
  if (new_gop || !GST_CLOCK_STIME_IS_VALID (encoder->last_sync))
    encoder->last_sync = running_time;
}

/* The first timed input of a block is where its media time begins. */
static void
start_media_time (FecEncoder *encoder, GstClockTimeDiff running_time)
{
  if (!GST_CLOCK_STIME_IS_VALID (encoder->times.start))
    encoder->times.start = running_time;
}

/* Lets go what should have left by now. */
static void
send_due_repair (FecEncoder *encoder, GstClockTime now)
{
  FecBlockWriter *writer = encoder->writer;
  GstClockTime elapsed = 0;
  guint32 symbols = 0;

  if (fec_block_writer_is_open (writer)) {
    elapsed = fec_block_times_elapsed (&encoder->times, encoder->running_time);
    if (!encoder->times.live &&
        !GST_CLOCK_STIME_IS_VALID (encoder->times.start))
      symbols = fec_block_writer_symbols (writer);
  }
  fec_block_writer_send_repair (
      writer, fec_repair_plan_due (&encoder->plan, now, elapsed, symbols));
}

/* Input of which a part could not be sent leaves no half of it in a block. */
static GstFlowReturn
finish_input (FecEncoder *encoder, GstFlowReturn ret, GstClockTime now)
{
  if (ret != GST_FLOW_OK) {
    fec_encoder_reset (encoder);
    return ret;
  }
  send_due_repair (encoder, now);
  return push_output (encoder);
}

GstFlowReturn
fec_encoder_take_buffer (FecEncoder *encoder, GstBuffer *buffer,
    GstClockTimeDiff running_time, GstClockTime position, GstClockTime now)
{
  gboolean delta = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  gboolean new_gop = !delta && encoder->after_delta;
  GstFlowReturn ret;

  fec_block_writer_set_position (encoder->writer, position);
  advance (encoder, running_time, new_gop, now);
  if (!delta)
    note_sync (encoder, running_time, new_gop);
  encoder->after_delta = delta;
  fec_block_writer_stats (encoder->writer)->bytes_in +=
      gst_buffer_get_size (buffer);
  ret = encoder->records ? take_record (encoder, buffer, !delta, now)
                         : take_raw (encoder, buffer, !delta, now);
  start_media_time (encoder, running_time);
  return finish_input (encoder, ret, now);
}

GstFlowReturn
fec_encoder_take_event (FecEncoder *encoder, GstEvent *event,
    GstClockTimeDiff running_time, GstClockTime now)
{
  FecBlockWriter *writer = encoder->writer;
  GByteArray *record = g_byte_array_new ();
  gboolean gap = GST_EVENT_TYPE (event) == GST_EVENT_GAP;
  GstFlowReturn ret = GST_FLOW_OK;

  advance (encoder, running_time, FALSE, now);
  if (!gst_fec_record_write_event (record, STREAM, event)) {
    GST_WARNING ("event does not fit a record: %" GST_PTR_FORMAT, event);
    goto done;
  }
  if (fec_block_writer_is_open (writer) &&
      record->len > fec_block_writer_space (writer))
    close_block (encoder, now);
  /* Other events are sticky: the next block's preamble has them. */
  if (!fec_block_writer_is_open (writer) && gap)
    ret = open_block (encoder, !encoder->after_delta, now);
  if (fec_block_writer_is_open (writer) && ret == GST_FLOW_OK) {
    ret = append (encoder, record->data, record->len, now);
    start_media_time (encoder, running_time);
  }

done:
  g_byte_array_unref (record);
  return finish_input (encoder, ret, now);
}

GstFlowReturn
fec_encoder_take_object (FecEncoder *encoder, GstBuffer *buffer,
    const FecObject *object, GstClockTime position, GstClockTime now)
{
  FecBlockSettings settings =
      encoder->owner.get_settings (encoder->owner.user_data);
  gsize size = gst_buffer_get_size (buffer);
  GstFlowReturn ret;

  fec_block_writer_set_position (encoder->writer, position);
  fec_block_writer_stats (encoder->writer)->bytes_in += size;
  encoder->times.duration = settings.block_duration;
  fec_block_times_open (&encoder->times, now);
  fec_block_writer_open_object (encoder->writer, object, &settings.repair);
  ret = append_payload (encoder, buffer, 0, size, now);
  if (ret == GST_FLOW_OK)
    close_block (encoder, now);
  return finish_input (encoder, ret, now);
}

/* ---- Ends and time ---- */

gboolean
fec_encoder_configure (FecEncoder *encoder, const FecChannelConfig *config)
{
  FecBlockWriter *old = encoder->writer;
  FecBlockWriter *writer;

  if (config->tsi == encoder->config.tsi &&
      config->symbol_size == encoder->config.symbol_size &&
      config->max_symbols == encoder->config.max_symbols)
    return TRUE;
  writer = fec_block_writer_new (
      config, fec_block_writer_next_toi (old), fec_block_writer_next_seq (old));
  if (!writer)
    return FALSE;
  fec_block_writer_send_repair (old, fec_block_writer_repair_count (old));
  push_output (encoder);
  *fec_block_writer_stats (writer) = *fec_block_writer_stats (old);
  fec_block_writer_free (old);
  encoder->writer = writer;
  encoder->config = *config;
  encoder->plan.count = 0;
  return TRUE;
}

GstFlowReturn
fec_encoder_close_block (FecEncoder *encoder, GstClockTime now)
{
  close_block (encoder, now);
  return push_output (encoder);
}

GstFlowReturn
fec_encoder_end (FecEncoder *encoder)
{
  fec_block_writer_end (encoder->writer);
  encoder->plan.count = 0;
  return push_output (encoder);
}

void
fec_encoder_reset (FecEncoder *encoder)
{
  fec_block_writer_reset (encoder->writer);
  fec_block_history_clear (encoder->history);
  encoder->plan.count = 0;
  encoder->after_delta = FALSE;
  encoder->running_time = GST_CLOCK_STIME_NONE;
  forget_syncs (encoder);
}

/*
 * Records can be filled up. Raw bytes cannot, and closing the block for them
 * would make blocks too small to be protected well, so a copy goes ahead; only
 * when nothing follows for long the block closes.
 */
static GstFlowReturn
end_hold (FecEncoder *encoder, GstClockTime now)
{
  FecBlockWriter *writer = encoder->writer;

  encoder->times.held_since = GST_CLOCK_TIME_NONE;
  if (!encoder->records) {
    encoder->times.stalled_since = now;
    if (!fec_block_writer_send_early (writer))
      return fail (encoder, "Out of memory for packets.");
    return GST_FLOW_OK;
  }
  fec_block_writer_fill (writer);
  if (fec_block_writer_space (writer) == 0)
    close_block (encoder, now);
  return GST_FLOW_OK;
}

GstFlowReturn
fec_encoder_run (FecEncoder *encoder, GstClockTime now)
{
  GstFlowReturn ret = GST_FLOW_OK;

  if (fec_block_writer_is_open (encoder->writer)) {
    if (fec_block_times_close_deadline (&encoder->times) <= now)
      close_block (encoder, now);
    else if (fec_block_times_hold_deadline (&encoder->times) <= now)
      ret = end_hold (encoder, now);
  }
  return finish_input (encoder, ret, now);
}

/* Lets go up to @count planned repair symbols of @toi; returns how many. */
static guint32
send_planned (FecEncoder *encoder, guint32 toi, guint32 count)
{
  FecBlockWriter *writer = encoder->writer;
  guint32 sent = fec_block_writer_repair_sent (writer);

  if (fec_block_writer_closed (writer)->toi != toi)
    return 0;
  count = MIN (count, fec_block_writer_repair_count (writer) - sent);
  fec_block_writer_send_repair (writer, sent + count);
  return fec_block_writer_repair_sent (writer) - sent;
}

GstFlowReturn
fec_encoder_make_fresh (
    FecEncoder *encoder, const FecSymbolsWanted *wanted, GstClockTime now)
{
  FecEncodeStats *stats = fec_block_writer_stats (encoder->writer);
  guint32 planned, left;

  fec_block_history_set_time (encoder->history, now);
  if (wanted->sbn != 0) {
    stats->fresh_unknown += wanted->count;
    return GST_FLOW_OK;
  }
  planned = send_planned (encoder, wanted->toi, wanted->count);
  left = wanted->count - planned;
  if (left > 0) {
    FecFreshResult result = fec_block_history_make (
        encoder->history, wanted->toi, left, &encoder->fresh);

    left -= encoder->fresh.packets->len;
    if (result == FEC_FRESH_UNKNOWN)
      stats->fresh_unknown += left;
    else
      stats->fresh_refused += left;
    fec_block_writer_send_fresh (
        encoder->writer, &encoder->fresh, wanted->order, planned);
  }
  return push_output (encoder);
}

GstClockTime
fec_encoder_deadline (const FecEncoder *encoder)
{
  FecRepairPlan plan = encoder->plan;
  GstClockTime deadline;

  /* Fewer than planned when some could not be made. */
  plan.count = fec_block_writer_repair_count (encoder->writer);
  plan.sent = fec_block_writer_repair_sent (encoder->writer);
  deadline = fec_repair_plan_deadline (&plan);
  if (fec_block_writer_is_open (encoder->writer)) {
    /* As in fecpacing: none is the largest of all times. */
    deadline = MIN (deadline, fec_block_times_close_deadline (&encoder->times));
    deadline = MIN (deadline, fec_block_times_hold_deadline (&encoder->times));
  }
  return deadline;
}
