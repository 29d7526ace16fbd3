/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecblockwriter.c: bytes to the ALC packets of a channel.
 *
 * A receiver needs the length F of a block. Packets that leave before the
 * block is closed cannot carry it; those after do. When no packet is left to
 * carry it, the last source packet is sent a second time.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "fecblockwriter.h"
#include "fecfeedback.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_encode_debug);
#define GST_CAT_DEFAULT gst_fec_encode_debug

struct _FecBlockWriter
{
  FecChannelConfig config;
  GstBufferPool *pool;
  RqEncoder *encoder;
  FecBlockHistory *history; /* NULL: nothing is kept */
  FecEncodeStats stats;

  guint32 next_toi;
  guint16 seq;
  GstClockTime position;
  gboolean discont;
  GstBufferList *output;

  /* the open block */
  gboolean open;
  FecBlockInfo info;
  FecRepairRule repair_rule;
  FecBlock *block;
  guint32 sent; /* source packets that have left */

  /* the last closed block */
  FecBlockInfo closed_info;
  FecBlock *closed_block; /* NULL as soon as all its repair is made */
  guint32 repair_count; /* to be sent in all */
  GArray *repair; /* of FecPacket, those made */
  guint32 repair_sent;
  GstBuffer
      *tail; /* its last source packet, or a repair packet when it has none */
  guint32 tail_esi;
};

FecBlockWriter *
fec_block_writer_new (
    const FecChannelConfig *config, guint32 first_toi, guint16 first_seq)
{
  FecBlockWriter *writer = g_new0 (FecBlockWriter, 1);

  writer->config = *config;
  writer->next_toi = first_toi;
  writer->seq = first_seq;
  writer->position = GST_CLOCK_TIME_NONE;
  writer->discont = TRUE;
  writer->repair = g_array_new (FALSE, FALSE, sizeof (FecPacket));
  g_array_set_clear_func (writer->repair, (GDestroyNotify) fec_packet_release);
  writer->pool = fec_packet_pool_new (config->symbol_size);
  writer->encoder = rq_encoder_new (NULL, 1, config->symbol_size, NULL);
  if (!writer->pool || !writer->encoder) {
    fec_block_writer_free (writer);
    return NULL;
  }
  writer->block =
      fec_block_new (writer->pool, config->symbol_size, config->max_symbols);
  return writer;
}

void
fec_block_writer_free (FecBlockWriter *writer)
{
  gst_clear_buffer_list (&writer->output);
  gst_clear_buffer (&writer->tail);
  g_clear_pointer (&writer->block, fec_block_unref);
  g_clear_pointer (&writer->closed_block, fec_block_unref);
  g_array_unref (writer->repair);
  rq_encoder_free (writer->encoder);
  if (writer->pool)
    gst_buffer_pool_set_active (writer->pool, FALSE);
  gst_clear_object (&writer->pool);
  g_free (writer);
}

void
fec_block_writer_set_history (FecBlockWriter *writer, FecBlockHistory *history)
{
  writer->history = history;
}

FecEncodeStats *
fec_block_writer_stats (FecBlockWriter *writer)
{
  return &writer->stats;
}

guint32
fec_block_writer_next_toi (const FecBlockWriter *writer)
{
  return writer->next_toi;
}

guint16
fec_block_writer_next_seq (const FecBlockWriter *writer)
{
  return writer->seq;
}

void
fec_block_writer_set_position (FecBlockWriter *writer, GstClockTime position)
{
  writer->position = position;
}

/* Takes the next packet number and describes a packet of the block. */
static GstFecAlcPacket
next_header (FecBlockWriter *writer, const FecBlockInfo *info, guint32 esi)
{
  GstFecAlcPacket header = {
    .tsi = writer->config.tsi,
    .toi = info->toi,
    .seq = writer->seq++,
    .close_session = info->last,
    .has_block = TRUE,
    .block_flags = info->flags,
    .has_oti = info->closed,
    .has_symbol = TRUE,
    .esi = esi,
    .symbol_size = writer->config.symbol_size,
  };

  if (info->last)
    header.block_flags |= GST_FEC_BLOCK_LAST;
  if (info->closed) {
    header.oti.transfer_length = info->length;
    header.oti.symbol_size = (guint16) writer->config.symbol_size;
    header.oti.source_blocks = 1;
    header.oti.sub_blocks = 1;
    header.oti.alignment = info->alignment;
  }
  return header;
}

/* Sets what GStreamer wants to know of a packet and puts it out. */
static void
put_out (FecBlockWriter *writer, GstBuffer *buffer, gboolean sync_point)
{
  GST_BUFFER_PTS (buffer) = writer->position;
  GST_BUFFER_DTS (buffer) = writer->position;
  if (!sync_point)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (writer->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  writer->discont = FALSE;
  writer->stats.bytes_out += gst_buffer_get_size (buffer);
  if (!writer->output)
    writer->output = gst_buffer_list_new ();
  gst_buffer_list_add (writer->output, buffer);
}

/* Whether source symbols are left to another sender. */
static gboolean
only_repairs (const FecBlockWriter *writer)
{
  return writer->config.esi_range.index > 0;
}

/* Sends source packets until @count of the open block have left. */
static void
send_source (FecBlockWriter *writer, guint32 count)
{
  if (only_repairs (writer))
    return;
  for (; writer->sent < count; writer->sent++) {
    GstFecAlcPacket header = next_header (writer, &writer->info, writer->sent);
    GstBuffer *buffer = fec_block_send (writer->block, writer->sent, &header);
    gboolean sync_point =
        writer->sent == 0 && (writer->info.flags & GST_FEC_BLOCK_RANDOM_ACCESS);

    if (writer->info.closed)
      gst_buffer_replace (&writer->tail, buffer);
    writer->stats.source_packets++;
    put_out (writer, buffer, sync_point);
  }
}

/* Sends the last source packet of the closed block once more, or a repair packet. */
static gboolean
repeat_tail (FecBlockWriter *writer)
{
  const FecBlockInfo *info = &writer->closed_info;
  GstFecAlcPacket header;
  FecPacket packet;

  if (!fec_packet_acquire (&packet, writer->pool))
    return FALSE;
  gst_buffer_extract (writer->tail, GST_FEC_ALC_HEADER_SIZE,
      fec_packet_symbol (&packet), writer->config.symbol_size);
  header = next_header (writer, info, writer->tail_esi);
  writer->stats.repeated_packets++;
  put_out (writer, fec_packet_finish (&packet, &header), FALSE);
  return TRUE;
}

/*
 * All source packets left before F was known. A receiver may not begin with the
 * next block before it knows that this one is whole, so F is told at once.
 */
static void
announce (FecBlockWriter *writer)
{
  if (writer->repair_count > 0)
    fec_block_writer_send_repair (writer, 1);
  else
    repeat_tail (writer);
}

gboolean
fec_block_writer_is_open (const FecBlockWriter *writer)
{
  return writer->open;
}

void
fec_block_writer_open (
    FecBlockWriter *writer, guint8 flags, const FecRepairRule *repair)
{
  writer->info = (FecBlockInfo){
    .toi = writer->next_toi++,
    .flags = flags,
    .alignment = gst_fec_alc_alignment (writer->config.symbol_size),
  };
  writer->repair_rule = *repair;
  writer->sent = 0;
  writer->open = TRUE;
}

void
fec_block_writer_open_object (FecBlockWriter *writer, const FecObject *object,
    const FecRepairRule *repair)
{
  writer->next_toi = object->toi;
  fec_block_writer_open (writer, object->flags & ~GST_FEC_BLOCK_LAST, repair);
  writer->info.length = object->oti.transfer_length;
  writer->info.symbols = rq_oti_block_symbols (&object->oti, 0);
  writer->info.alignment = object->oti.alignment;
  writer->info.closed = TRUE;
  writer->info.last = (object->flags & GST_FEC_BLOCK_LAST) != 0;
}

guint64
fec_block_writer_space (const FecBlockWriter *writer)
{
  return fec_block_space (writer->block);
}

guint32
fec_block_writer_partial (const FecBlockWriter *writer)
{
  return fec_block_partial (writer->block);
}

guint32
fec_block_writer_symbols (const FecBlockWriter *writer)
{
  return fec_block_symbols (writer->block);
}

/* Sends what is full; the last packet of a full block can wait for F. */
static void
send_full (FecBlockWriter *writer)
{
  guint32 full = fec_block_symbols (writer->block);

  if (fec_block_partial (writer->block) > 0 ||
      fec_block_space (writer->block) == 0)
    full--;
  send_source (writer, full);
}

gboolean
fec_block_writer_append (FecBlockWriter *writer, const guint8 *data, gsize size)
{
  while (size > 0) {
    gsize n = fec_block_append (writer->block, data, size);

    if (n == 0)
      return FALSE;
    data += n;
    size -= n;
    if (fec_block_partial (writer->block) == 0)
      send_full (writer);
  }
  return TRUE;
}

void
fec_block_writer_fill (FecBlockWriter *writer)
{
  writer->stats.padding_bytes += fec_block_pad (writer->block, TRUE);
  send_full (writer);
}

gboolean
fec_block_writer_send_early (FecBlockWriter *writer)
{
  GstFecAlcPacket header;
  FecPacket packet;

  if (only_repairs (writer))
    return TRUE;
  if (!fec_packet_acquire (&packet, writer->pool))
    return FALSE;
  fec_block_copy_partial (writer->block, &packet);
  header = next_header (
      writer, &writer->info, fec_block_symbols (writer->block) - 1);
  header.block_flags |= GST_FEC_BLOCK_EARLY;
  header.sbn = GST_FEC_ALC_EARLY_SBN;
  header.early_size = (guint16) fec_block_partial (writer->block);
  writer->stats.early_packets++;
  put_out (writer, fec_packet_finish (&packet, &header), FALSE);
  return TRUE;
}

/* The rest of the closed block goes without repair. */
static void
give_up_repair (FecBlockWriter *writer, RqStatus status)
{
  GST_WARNING ("block %u of %u symbols has %u repair symbols instead of %u: %s",
      writer->closed_info.toi, writer->closed_info.symbols, writer->repair->len,
      writer->repair_count, rq_status_message (status));
  writer->stats.unprotected_blocks++;
  writer->repair_count = writer->repair->len;
  writer->stats.last_repair = writer->repair_count;
}

static guint32
first_repair_esi (const FecBlockWriter *writer)
{
  return fec_esi_range_first (
      &writer->config.esi_range, writer->closed_info.symbols);
}

/* Makes the next repair packets of the closed block: as many as are the cheapest
   at a time. Its source packets are not needed after the last ones. */
static void
make_portion (FecBlockWriter *writer)
{
  FecEncodeStats *stats = &writer->stats;
  guint32 made = writer->repair->len;
  guint32 portion =
      MAX (rq_encoder_portion (writer->encoder, writer->repair_count), 1);
  gint64 begin = g_get_monotonic_time ();
  guint64 time;
  RqStatus status = fec_block_make_repair (writer->closed_block,
      writer->encoder, first_repair_esi (writer) + made,
      MIN (portion, writer->repair_count - made), writer->repair);

  time = (guint64) (g_get_monotonic_time () - begin);
  stats->last_encode_time += time;
  stats->encode_time += time;
  if (status != RQ_OK)
    give_up_repair (writer, status);
  if (writer->repair->len == writer->repair_count)
    g_clear_pointer (&writer->closed_block, fec_block_unref);
}

/* Where the repair of a sender takes the place of the source, there is as much more. */
static guint32
wanted_repair (const FecBlockWriter *writer)
{
  guint32 symbols = writer->closed_info.symbols;
  guint32 count = fec_repair_rule_count (&writer->repair_rule, symbols);

  if (only_repairs (writer))
    count += symbols;
  return MIN (count, fec_esi_range_size (&writer->config.esi_range, symbols));
}

/* Other symbols than those planned may be asked for. */
static void
keep_block (FecBlockWriter *writer)
{
  guint32 first = first_repair_esi (writer);

  if (writer->history != NULL)
    fec_block_history_add (writer->history, writer->closed_block,
        &writer->closed_info, first + writer->repair_count,
        first +
            fec_esi_range_size (
                &writer->config.esi_range, writer->closed_info.symbols));
}

/*
 * The closed block can be encoded from now on: not before, because the symbols
 * depend on K. What is cheaper for all repair symbols at once is made now, and
 * the source is free; else they are made when they are due.
 */
static void
start_repair (FecBlockWriter *writer)
{
  RqStatus status;

  g_array_set_size (writer->repair, 0);
  writer->repair_sent = 0;
  writer->stats.last_encode_time = 0;
  writer->repair_count = wanted_repair (writer);
  writer->stats.last_repair = writer->repair_count;
  keep_block (writer);
  if (writer->repair_count > 0) {
    status = fec_block_set_source (writer->closed_block, writer->encoder);
    if (status != RQ_OK)
      give_up_repair (writer, status);
  }
  if (writer->repair_count == 0)
    g_clear_pointer (&writer->closed_block, fec_block_unref);
  else if (rq_encoder_portion (writer->encoder, writer->repair_count) >=
      writer->repair_count)
    make_portion (writer);
}

/* The open block becomes the closed one. */
static void
move_on (FecBlockWriter *writer)
{
  g_clear_pointer (&writer->closed_block, fec_block_unref);
  writer->closed_block = writer->block;
  writer->closed_info = writer->info;
  writer->block = fec_block_new (
      writer->pool, writer->config.symbol_size, writer->config.max_symbols);
}

void
fec_block_writer_close (FecBlockWriter *writer, gboolean last)
{
  FecBlockInfo *info = &writer->info;
  gboolean announced;

  writer->open = FALSE;
  if (fec_block_symbols (writer->block) == 0)
    return;
  fec_block_writer_send_repair (writer, writer->repair_count);
  announced = !only_repairs (writer) &&
      (info->closed || writer->sent < fec_block_symbols (writer->block));

  info->length = fec_block_length (writer->block);
  info->symbols = fec_block_symbols (writer->block);
  info->closed = TRUE;
  info->last = last || info->last;
  writer->stats.padding_bytes += fec_block_pad (writer->block, FALSE);
  gst_clear_buffer (&writer->tail);
  if (writer->sent < info->symbols && !only_repairs (writer))
    send_source (writer, info->symbols);
  else if (!only_repairs (writer))
    writer->tail = fec_block_packet (writer->block, info->symbols - 1);
  writer->tail_esi = info->symbols - 1;
  move_on (writer);
  start_repair (writer);

  writer->stats.blocks++;
  writer->stats.last_toi = info->toi;
  writer->stats.last_symbols = info->symbols;
  GST_DEBUG ("block %u closed: %u symbols, %" G_GUINT64_FORMAT
             " bytes, %u of %u repair symbols made in %" G_GUINT64_FORMAT " us",
      info->toi, info->symbols, info->length, writer->repair->len,
      writer->repair_count, writer->stats.last_encode_time);
  if (!announced)
    announce (writer);
  if (info->last)
    fec_block_writer_send_repair (writer, writer->repair_count);
}

void
fec_block_writer_end (FecBlockWriter *writer)
{
  if (writer->open) {
    fec_block_writer_close (writer, TRUE);
  } else if (!writer->closed_info.last &&
      (writer->tail || writer->repair_sent < writer->repair_count)) {
    writer->closed_info.last = TRUE;
    if (writer->repair_sent < writer->repair_count)
      fec_block_writer_send_repair (writer, writer->repair_count);
    else
      repeat_tail (writer);
  }
}

void
fec_block_writer_reset (FecBlockWriter *writer)
{
  gst_clear_buffer_list (&writer->output);
  gst_clear_buffer (&writer->tail);
  g_array_set_size (writer->repair, 0);
  writer->repair_count = 0;
  writer->repair_sent = 0;
  fec_block_clear (writer->block);
  g_clear_pointer (&writer->closed_block, fec_block_unref);
  writer->open = FALSE;
  writer->position = GST_CLOCK_TIME_NONE;
  writer->discont = TRUE;
}

guint32
fec_block_writer_repair_count (const FecBlockWriter *writer)
{
  return writer->repair_count;
}

guint32
fec_block_writer_repair_made (const FecBlockWriter *writer)
{
  return writer->repair->len;
}

guint32
fec_block_writer_repair_sent (const FecBlockWriter *writer)
{
  return writer->repair_sent;
}

const FecBlockInfo *
fec_block_writer_closed (const FecBlockWriter *writer)
{
  return &writer->closed_info;
}

void
fec_block_writer_send_repair (FecBlockWriter *writer, guint32 sent)
{
  const FecBlockInfo *info = &writer->closed_info;

  for (; writer->repair_sent < MIN (sent, writer->repair_count);
       writer->repair_sent++) {
    GstFecAlcPacket header;
    GstBuffer *buffer;
    guint32 esi = first_repair_esi (writer) + writer->repair_sent;

    if (writer->repair_sent == writer->repair->len)
      make_portion (writer);
    if (writer->repair_sent == writer->repair->len)
      return;
    header = next_header (writer, info, esi);
    writer->stats.repair_packets++;
    buffer = fec_packet_finish (
        &g_array_index (writer->repair, FecPacket, writer->repair_sent),
        &header);
    if (writer->tail == NULL) {
      writer->tail = gst_buffer_ref (buffer);
      writer->tail_esi = esi;
    }
    put_out (writer, buffer, FALSE);
  }
}

void
fec_block_writer_send_fresh (FecBlockWriter *writer,
    const FecFreshSymbols *fresh, guint32 order, guint32 index)
{
  guint i;

  for (i = 0; i < fresh->packets->len; i++) {
    GstFecAlcPacket header;
    GstBuffer *buffer;

    /* Others do not get those of an order and must not take them for lost. */
    if (order != FEC_ORDER_ALL)
      writer->seq--;
    header = next_header (writer, &fresh->info, fresh->esi + i);
    if (order != FEC_ORDER_ALL)
      header.block_flags |= GST_FEC_BLOCK_REPLACEMENT;
    buffer = fec_packet_finish (
        &g_array_index (fresh->packets, FecPacket, i), &header);
    if (order != FEC_ORDER_ALL)
      fec_order_mark (buffer, order, index + i);
    writer->stats.fresh_packets++;
    put_out (writer, buffer, FALSE);
  }
}

GstBufferList *
fec_block_writer_take_output (FecBlockWriter *writer)
{
  return g_steal_pointer (&writer->output);
}
