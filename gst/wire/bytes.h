/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bytes.h: big-endian numbers at any address. Private to the room wire.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

static inline guint16
gst_fec_read_be16 (const guint8 *data)
{
  return (guint16) (data[0] << 8 | data[1]);
}

static inline guint32
gst_fec_read_be32 (const guint8 *data)
{
  return (guint32) gst_fec_read_be16 (data) << 16 |
      gst_fec_read_be16 (data + 2);
}

static inline guint64
gst_fec_read_be64 (const guint8 *data)
{
  return (guint64) gst_fec_read_be32 (data) << 32 |
      gst_fec_read_be32 (data + 4);
}

/* The writers return where the next number goes. */

static inline guint8 *
gst_fec_write_be16 (guint8 *out, guint16 value)
{
  out[0] = value >> 8;
  out[1] = value & 0xff;
  return out + 2;
}

static inline guint8 *
gst_fec_write_be32 (guint8 *out, guint32 value)
{
  return gst_fec_write_be16 (
      gst_fec_write_be16 (out, value >> 16), value & 0xffff);
}

static inline guint8 *
gst_fec_write_be64 (guint8 *out, guint64 value)
{
  return gst_fec_write_be32 (
      gst_fec_write_be32 (out, value >> 32), value & 0xffffffffu);
}

G_END_DECLS
