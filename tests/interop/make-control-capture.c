/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * make-control-capture.c: writes a capture file with control messages of every method and class, packets and TCP frames,
 * made with the library's writers, and prints what tshark has to find in them (as with -T fields -E header=y -E
 * separator='|', the columns of the first line). Knows the writers and what was put into them, no bytes.
 *
 * make-control-capture FILE: writes FILE and prints.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capturefile.h"
#include "wire/alc.h"
#include "wire/control.h"
#include "wire/frame.h"

#define SYMBOL 64
#define PACKET_SIZE (GST_FEC_ALC_HEADER_SIZE + SYMBOL)
#define STUN_HEADER 20

typedef enum
{
  METHOD,
  CLASS,
  ERROR,
  SESSION_ID,
  SERVER_TIME,
  REPORT_NUMBER,
  DESCRIPTION,
  CHANNEL_TSI,
  CHANNEL_SECONDS,
  CHANNEL_END,
  CHANNEL_NAME,
  GRANT_TSI,
  GRANT_ERROR,
  GRANT_END,
  REPORT_TSI,
  REPORT_HIGHEST,
  REPORT_RECEIVED,
  REPORT_LOST,
  REPORT_JITTER,
  MISSING_TSI,
  MISSING_TOI,
  MISSING_SBN,
  MISSING_SEQ,
  MISSING_COUNT,
  /* these by Wireshark's own dissectors, which must still be there */
  STUN_TYPE,
  STUN_USERNAME,
  STUN_CRC,
  LCT_TSI,
  FEC_ESI,
  PACKET_CHANNEL,
  PACKET_SEQ,
  PACKET_SYMBOL,
  BLOCK_FLAGS,
  BLOCK_EARLY_SIZE,
  FRAME_LENGTH,
  FRAME_ALIVE,
  FRAME_CRC_GOOD,
  EXPERT, /* but what check-dissector.sh takes out */
  N_COLUMNS
} Column;

static const gchar *const column_names[N_COLUMNS] = { "gstfec.method",
  "gstfec.class", "gstfec.error", "gstfec.session_id", "gstfec.server_time",
  "gstfec.report_number", "gstfec.description", "gstfec.channel.tsi",
  "gstfec.channel.seconds", "gstfec.channel.end", "gstfec.channel.name",
  "gstfec.grant.tsi", "gstfec.grant.error", "gstfec.grant.end",
  "gstfec.report.tsi", "gstfec.report.highest", "gstfec.report.received",
  "gstfec.report.lost", "gstfec.report.jitter", "gstfec.missing.tsi",
  "gstfec.missing.toi", "gstfec.missing.sbn", "gstfec.missing.seq",
  "gstfec.missing.count", "stun.type", "stun.att.username",
  "stun.att.crc32.status", "rmt-lct.tsi", "rmt-fec.esi",
  "gstfec.packet.channel", "gstfec.packet.seq", "gstfec.packet.symbol_size",
  "gstfec.block.flags", "gstfec.block.early_size", "gstfec_tcp.length",
  "gstfec_tcp.alive", "gstfec_tcp.crc_good", "_ws.expert.message" };

typedef struct
{
  CaptureFile *file;
  GString *expected[N_COLUMNS]; /* of the line under way */
  GByteArray *stream; /* frames not sent yet */
} Maker;

/* ---- What is expected ---- */

static void G_GNUC_PRINTF (3, 4)
    expect (Maker *maker, Column column, const gchar *format, ...)
{
  va_list arguments;

  if (maker->expected[column]->len > 0)
    g_string_append_c (maker->expected[column], ',');
  va_start (arguments, format);
  g_string_append_vprintf (maker->expected[column], format, arguments);
  va_end (arguments);
}

static void
end_line (Maker *maker)
{
  guint i;

  for (i = 0; i < N_COLUMNS; i++) {
    printf ("%s%s", i > 0 ? "|" : "", maker->expected[i]->str);
    g_string_truncate (maker->expected[i], 0);
  }
  putchar ('\n');
}

static void
expect_lists (Maker *maker, const GstFecControlMessage *message)
{
  guint i;

  for (i = 0; i < message->n_channels; i++) {
    const GstFecChannelRequest *channel = &message->channels[i];

    expect (maker, CHANNEL_TSI, "%u", channel->tsi);
    expect (maker, CHANNEL_SECONDS, "%u", channel->lease_seconds);
    expect (maker, CHANNEL_END, "%" G_GUINT64_FORMAT, channel->lease_end);
    if (channel->name[0] != '\0')
      expect (maker, CHANNEL_NAME, "%s", channel->name);
  }
  for (i = 0; i < message->n_grants; i++) {
    expect (maker, GRANT_TSI, "%u", message->grants[i].tsi);
    expect (maker, GRANT_ERROR, "%u", message->grants[i].error);
    expect (
        maker, GRANT_END, "%" G_GUINT64_FORMAT, message->grants[i].lease_end);
  }
  for (i = 0; i < message->n_reports; i++) {
    expect (maker, REPORT_TSI, "%u", message->reports[i].tsi);
    expect (maker, REPORT_HIGHEST, "%u", message->reports[i].highest_seq);
    expect (maker, REPORT_RECEIVED, "%u", message->reports[i].received);
    expect (maker, REPORT_LOST, "%u", message->reports[i].lost);
    expect (maker, REPORT_JITTER, "%u", message->reports[i].jitter_us);
  }
  for (i = 0; i < message->n_missing; i++) {
    expect (maker, MISSING_TSI, "%u", message->missing[i].tsi);
    expect (maker, MISSING_TOI, "%u", message->missing[i].toi);
    expect (maker, MISSING_SBN, "%u", message->missing[i].sbn);
    expect (maker, MISSING_SEQ, "%u", message->missing[i].seq);
    expect (maker, MISSING_COUNT, "%u", message->missing[i].count);
  }
}

static void
expect_head (Maker *maker, const GstFecControlMessage *message)
{
  /* RFC 8489 section 5: the bits of the class lie between those of the method */
  guint type = (message->method & 0xf) | (message->method & 0x70) << 1 |
      (message->method & 0xf80) << 2 | (message->klass & 1u) << 4 |
      (message->klass & 2u) << 7;

  expect (maker, METHOD, "0x%04x", message->method);
  expect (maker, CLASS, "%u", message->klass);
  expect (maker, STUN_TYPE, "0x%04x", type);
}

static void
expect_message (Maker *maker, const GstFecControlMessage *message)
{
  expect_head (maker, message);
  expect (maker, STUN_CRC, "1");
  if (message->error_code != 0)
    expect (maker, ERROR, "%u", message->error_code);
  if (message->session_id != 0)
    expect (
        maker, SESSION_ID, "0x%016" G_GINT64_MODIFIER "x", message->session_id);
  if (message->server_time != 0)
    expect (maker, SERVER_TIME, "%" G_GUINT64_FORMAT, message->server_time);
  if (message->report_number != 0)
    expect (maker, REPORT_NUMBER, "%u", message->report_number);
  if (message->description[0] != '\0')
    expect (maker, DESCRIPTION, "v=0\\r\\ns=camera/one\\r\\n");
  if (message->username[0] != '\0')
    expect (maker, STUN_USERNAME, "%s", message->username);
  expect_lists (maker, message);
}

static void
expect_packet (Maker *maker, const GstFecAlcPacket *packet)
{
  expect (maker, LCT_TSI, "%u", packet->tsi);
  expect (maker, FEC_ESI, "0x%08x", packet->esi);
  expect (maker, PACKET_CHANNEL, "%u", packet->channel);
  expect (maker, PACKET_SEQ, "%u", packet->seq);
  expect (maker, PACKET_SYMBOL, "%u", SYMBOL);
  expect (maker, BLOCK_FLAGS, "0x%02x", packet->block_flags);
  expect (maker, BLOCK_EARLY_SIZE, "%u", packet->early_size);
}

/* ---- What is sent ---- */

static void
fill_lists (GstFecControlMessage *message)
{
  static const GstFecChannelRequest channels[] = {
    { "camera/one", 0, 60, 0 },
    { "", 0x89abcdef, 0, G_GUINT64_CONSTANT (1790000000123456) },
    { "T\xc3\xbcr", 7, G_MAXUINT32, G_MAXUINT64 },
  };
  static const GstFecChannelGrant grants[] = {
    { 4294967295, 0, G_GUINT64_CONSTANT (1790000060123456) },
    { 5, GST_FEC_ERROR_NO_SUCH_CHANNEL, 0 },
  };
  static const GstFecChannelReport reports[] = {
    { 4294967295, 0x10203, 1000, 17, 2500 },
    { 6, 0, 0, 0, G_MAXUINT32 },
  };
  static const GstFecMissing missing[] = {
    { 4294967295, 0xfffffff0, 0, 65535, 1 },
    { 6, 9, 254, 0, G_MAXUINT32 },
  };

  message->n_channels = G_N_ELEMENTS (channels);
  memcpy (message->channels, channels, sizeof (channels));
  message->n_grants = G_N_ELEMENTS (grants);
  memcpy (message->grants, grants, sizeof (grants));
  message->n_reports = G_N_ELEMENTS (reports);
  memcpy (message->reports, reports, sizeof (reports));
  message->n_missing = G_N_ELEMENTS (missing);
  memcpy (message->missing, missing, sizeof (missing));
}

/* All that a message can carry, whether this one would or not. */
static void
fill_message (GstFecControlMessage *message, GstFecMethod method,
    GstFecClass klass, guint error_code)
{
  static const guint8 key[GST_FEC_CONTROL_KEY_SIZE] = "not very secret";
  static const guint8 ip[4] = { 192, 0, 2, 3 };
  const guint8 transaction[12] = { method & 0xff, klass, error_code & 0xff };

  gst_fec_control_init (message, method, klass, transaction);
  message->session_id = G_GUINT64_CONSTANT (0x0123456789abcdef);
  message->lifetime_seconds = 30;
  message->server_time = G_GUINT64_CONSTANT (1790000000000001);
  message->report_number = 4000000000u;
  g_strlcpy (message->username, "anna", sizeof (message->username));
  g_strlcpy (message->realm, "gst-fec", sizeof (message->realm));
  g_strlcpy (message->nonce, "AAAA", sizeof (message->nonce));
  g_strlcpy (message->description, "v=0\r\ns=camera/one\r\n",
      sizeof (message->description));
  message->key = key;
  message->error_code = error_code;
  message->has_alternate = klass == GST_FEC_CLASS_ERROR;
  gst_fec_address_set_ipv4 (&message->alternate, ip, GST_FEC_DEFAULT_PORT);
  fill_lists (message);
}

static gboolean
put_message (Maker *maker, const GstFecControlMessage *message)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (message, data, sizeof (data));

  expect_message (maker, message);
  end_line (maker);
  return size > 0 && capture_file_put_udp (maker->file, data, size);
}

static gboolean
put_messages (Maker *maker)
{
  static const guint errors[] = { 300, 400, 401, 403, 404, 420, 437, 438, 440,
    441, 486, 500, 503, 508, 510, 699 };
  GstFecControlMessage message;
  gboolean good = TRUE;
  guint method, klass, i;

  for (method = GST_FEC_METHOD_CONNECT; method <= GST_FEC_METHOD_REPORT;
       method++) {
    for (klass = 0; klass <= GST_FEC_CLASS_SUCCESS; klass++) {
      fill_message (&message, method, klass, 0);
      good = good && put_message (maker, &message);
    }
    for (i = 0; i < G_N_ELEMENTS (errors); i++) {
      fill_message (&message, method, GST_FEC_CLASS_ERROR, errors[i]);
      good = good && put_message (maker, &message);
    }
  }
  gst_fec_control_init (
      &message, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  return good && put_message (maker, &message);
}

static void
make_packet (guint8 data[PACKET_SIZE], GstFecAlcPacket *packet, guint i)
{
  static const guint8 flags[] = { 0, 0x01, 0x02, 0x04, 0x08,
    GST_FEC_BLOCK_EARLY, 0xff & ~GST_FEC_BLOCK_EARLY };
  guint8 block_flags = flags[i % G_N_ELEMENTS (flags)];
  gboolean early = (block_flags & GST_FEC_BLOCK_EARLY) != 0;

  *packet = (GstFecAlcPacket){ .tsi = 0x12345678,
    .toi = 0xfffffff0 + i,
    .channel = i,
    .seq = 65530 + i,
    .has_block = TRUE,
    .block_flags = block_flags,
    .early_size = early ? 17 : 0,
    .has_oti = !early && i % 2 == 1,
    .oti = { .transfer_length = 20 * SYMBOL,
        .symbol_size = SYMBOL,
        .source_blocks = 1,
        .sub_blocks = 1,
        .alignment = 4 },
    .sbn = early ? GST_FEC_ALC_EARLY_SBN : 0,
    .esi = 3 * i };
  gst_fec_alc_write_header (packet, data);
  memset (data + GST_FEC_ALC_HEADER_SIZE, (gint) i, SYMBOL);
}

static gboolean
put_packets (Maker *maker)
{
  gboolean good = TRUE;
  guint i;

  for (i = 0; i < 7; i++) {
    guint8 data[PACKET_SIZE];
    GstFecAlcPacket packet;

    make_packet (data, &packet, i);
    expect_packet (maker, &packet);
    end_line (maker);
    good = good && capture_file_put_udp (maker->file, data, sizeof (data));
  }
  return good;
}

/* ---- Messages that break the format ---- */

/* Finds the value of the attribute @type of a message that we have written. */
static guint8 *
find_attribute (guint8 *data, gsize size, guint type)
{
  gsize offset = STUN_HEADER;

  while (offset + 4 <= size) {
    gsize length = data[offset + 2] << 8 | data[offset + 3];

    if ((guint) (data[offset] << 8 | data[offset + 1]) == type)
      return data + offset + 4;
    offset += 4 + ((length + 3) & ~(gsize) 3);
  }
  g_assert_not_reached ();
}

/* Sets byte @at behind the begin of the value of attribute @type to @value; the expert says @complaint. */
static gboolean
put_broken (Maker *maker, guint type, gint at, guint8 value,
    const GstFecControlMessage *content, const gchar *complaint)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (content, data, sizeof (data));

  find_attribute (data, size, type)[at] = value;
  expect_head (maker, content);
  expect (maker, STUN_CRC, "0");
  expect (maker, EXPERT, "%s", complaint);
  end_line (maker);
  return capture_file_put_udp (maker->file, data, size);
}

static gboolean
put_all_broken (Maker *maker)
{
  static const GstFecChannelRequest channel = { "one", 0, 0, 0 };
  GstFecControlMessage message;
  gboolean good = TRUE;

  gst_fec_control_init (
      &message, GST_FEC_METHOD_REPORT, GST_FEC_CLASS_REQUEST, NULL);
  message.session_id = 1;
  message.n_missing = 1;
  message.missing[0].count = 1;
  expect (maker, SESSION_ID, "0x0000000000000001");
  expect (maker, MISSING_TSI, "0");
  expect (maker, MISSING_TOI, "0");
  expect (maker, MISSING_SBN, "0");
  expect (maker, MISSING_SEQ, "0");
  expect (maker, MISSING_COUNT, "0");
  good = put_broken (maker, 0x7F07, 15, 0, &message, "No symbol is missing");

  message.n_missing = 0;
  good = good &&
      put_broken (maker, 0x7F01, -1, 7, &message, "The length is not 8");
  message.session_id = 0;
  message.n_channels = 1;
  message.channels[0] = channel;
  return good &&
      put_broken (
          maker, 0x7F02, 16, 4, &message, "The list ends within an entry");
}

/* ---- TCP ---- */

static gboolean
send_stream (Maker *maker, gsize size)
{
  gboolean good = capture_file_put_tcp (maker->file, maker->stream->data, size);

  g_byte_array_remove_range (maker->stream, 0, size);
  end_line (maker);
  return good;
}

static void
frame_message (Maker *maker, GstFecMethod method)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE],
      frame[GST_FEC_FRAME_HEADER + GST_FEC_CONTROL_MAX_SIZE];
  GstFecControlMessage message;
  gsize size;

  fill_message (&message, method, GST_FEC_CLASS_SUCCESS, 0);
  size = gst_fec_control_write (&message, data, sizeof (data));
  g_byte_array_append (
      maker->stream, frame, gst_fec_frame_write_control (data, size, frame));
  expect (maker, FRAME_LENGTH, "%zu", size);
  expect_message (maker, &message);
}

/* @damage: the packet is changed after its CRC was made. */
static void
frame_packet (Maker *maker, guint i, gboolean damage)
{
  guint8 data[PACKET_SIZE],
      frame[GST_FEC_FRAME_HEADER + PACKET_SIZE + GST_FEC_FRAME_TRAILER];
  GstFecAlcPacket packet;
  gsize size;

  make_packet (data, &packet, i);
  size = gst_fec_frame_write_packet (data, sizeof (data), frame);
  if (damage)
    frame[size / 2] ^= 0x10;
  g_byte_array_append (maker->stream, frame, size);
  expect (maker, FRAME_LENGTH, "%zu", size - GST_FEC_FRAME_HEADER);
  expect (maker, FRAME_CRC_GOOD, "%u", !damage);
  if (damage)
    expect (maker, EXPERT, "Neither a message nor a packet with a right CRC");
  else
    expect_packet (maker, &packet);
}

static void
frame_alive (Maker *maker)
{
  static const guint8 alive[GST_FEC_FRAME_HEADER] = { 0, 0 };

  g_byte_array_append (maker->stream, alive, sizeof (alive));
  expect (maker, FRAME_LENGTH, "0");
  expect (maker, FRAME_ALIVE, "1");
}

/* A frame of what is neither: begins with a byte that neither message nor packet begins with. */
static void
frame_other (Maker *maker)
{
  static const guint8 other[] = { 0, 3, 0x55, 1, 2 };

  g_byte_array_append (maker->stream, other, sizeof (other));
  expect (maker, FRAME_LENGTH, "3");
  expect (maker, EXPERT, "Neither a message nor a packet with a right CRC");
}

/* A segment of one frame, of several, of parts of one, and one that ends a frame and begins another. */
static gboolean
put_stream (Maker *maker)
{
  gboolean good;

  frame_message (maker, GST_FEC_METHOD_CONNECT);
  good = send_stream (maker, maker->stream->len);
  frame_alive (maker);
  frame_message (maker, GST_FEC_METHOD_JOIN);
  frame_packet (maker, 1, FALSE);
  frame_packet (maker, 2, TRUE);
  frame_other (maker);
  frame_packet (maker, 3, FALSE);
  good = good && send_stream (maker, maker->stream->len);
  return good;
}

/* The first byte of the length alone, the middle, and the end with the begin of the next frame. */
static gboolean
put_cut_stream (Maker *maker)
{
  gsize size;
  gboolean good;

  end_line (maker); /* of two segments that end no frame */
  end_line (maker);
  frame_packet (maker, 4, FALSE);
  size = maker->stream->len;
  good = capture_file_put_tcp (maker->file, maker->stream->data, 1) &&
      capture_file_put_tcp (maker->file, maker->stream->data + 1, 50);
  g_byte_array_remove_range (maker->stream, 0, 51);
  size -= 51;
  g_byte_array_append (maker->stream, (const guint8 *) "\0\0", 1);
  good = good && send_stream (maker, size + 1);
  g_byte_array_append (maker->stream, (const guint8 *) "\0", 1);
  expect (maker, FRAME_LENGTH, "0");
  expect (maker, FRAME_ALIVE, "1");
  return good && send_stream (maker, 1);
}

static gboolean
put_everything (const gchar *name)
{
  Maker maker = { .file = capture_file_new (name),
    .stream = g_byte_array_new () };
  gboolean good = maker.file != NULL;
  guint i;

  for (i = 0; i < N_COLUMNS; i++) {
    maker.expected[i] = g_string_new (column_names[i]);
  }
  end_line (&maker);
  good = good && put_messages (&maker) && put_packets (&maker) &&
      put_all_broken (&maker) && put_stream (&maker) && put_cut_stream (&maker);
  for (i = 0; i < N_COLUMNS; i++)
    g_string_free (maker.expected[i], TRUE);
  g_byte_array_unref (maker.stream);
  return maker.file != NULL && capture_file_close (maker.file) && good;
}

int
main (int argc, char **argv)
{
  if (argc != 2) {
    fprintf (stderr, "usage: %s FILE\n", argv[0]);
    return EXIT_FAILURE;
  }
  return put_everything (argv[1]) ? EXIT_SUCCESS : EXIT_FAILURE;
}
