/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecobjectmeta.c: whole objects between fecdecode and fecencode; see fecobjectmeta.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecobjectmeta.h"

#define OBJECT_META "GstFecObjectMeta"

GstCaps *
fec_object_caps_new (const FecObjectStream *stream)
{
  GstCaps *caps =
      gst_caps_new_simple (FEC_OBJECT_MEDIA_TYPE, "tsi", G_TYPE_UINT,
          stream->tsi, "symbol-size", G_TYPE_INT, (gint) stream->symbol_size,
          "framing", G_TYPE_STRING, stream->records ? "records" : "raw", NULL);

  if (stream->media_caps)
    gst_caps_set_simple (
        caps, "media-caps", G_TYPE_STRING, stream->media_caps, NULL);
  return caps;
}

gboolean
fec_caps_are_objects (const GstCaps *caps)
{
  return caps && !gst_caps_is_any (caps) && !gst_caps_is_empty (caps) &&
      gst_structure_has_name (
          gst_caps_get_structure (caps, 0), FEC_OBJECT_MEDIA_TYPE);
}

gboolean
fec_object_caps_parse (const GstCaps *caps, FecObjectStream *stream)
{
  const GstStructure *structure;
  guint tsi;
  gint symbol_size;

  if (!fec_caps_are_objects (caps))
    return FALSE;
  structure = gst_caps_get_structure (caps, 0);
  if (!gst_structure_get_uint (structure, "tsi", &tsi) ||
      !gst_structure_get_int (structure, "symbol-size", &symbol_size) ||
      symbol_size < 1 || symbol_size > GST_FEC_ALC_MAX_SYMBOL)
    return FALSE;
  stream->tsi = tsi;
  stream->symbol_size = (guint32) symbol_size;
  stream->records = g_strcmp0 (gst_structure_get_string (structure, "framing"),
                        "records") == 0;
  stream->media_caps = gst_structure_get_string (structure, "media-caps");
  return TRUE;
}

static void
register_meta (void)
{
  static gsize registered = 0;
  static const gchar *tags[] = { NULL };

  if (g_once_init_enter (&registered)) {
    if (gst_meta_get_info (OBJECT_META) == NULL)
      gst_meta_register_custom (OBJECT_META, tags, NULL, NULL, NULL);
    g_once_init_leave (&registered, 1);
  }
}

void
fec_object_mark (GstBuffer *buffer, const FecObject *object)
{
  const RqOti *oti = &object->oti;
  GstCustomMeta *meta;

  register_meta ();
  meta = gst_buffer_add_custom_meta (buffer, OBJECT_META);
  gst_structure_set (gst_custom_meta_get_structure (meta), "toi", G_TYPE_UINT,
      object->toi, "flags", G_TYPE_UINT, (guint) object->flags, "f",
      G_TYPE_UINT64, oti->transfer_length, "t", G_TYPE_UINT,
      (guint) oti->symbol_size, "z", G_TYPE_UINT, (guint) oti->source_blocks,
      "n", G_TYPE_UINT, (guint) oti->sub_blocks, "al", G_TYPE_UINT,
      (guint) oti->alignment, NULL);
}

gboolean
fec_object_of (GstBuffer *buffer, FecObject *object)
{
  GstCustomMeta *meta;
  guint flags, t, z, n, al;

  register_meta ();
  meta = gst_buffer_get_custom_meta (buffer, OBJECT_META);
  if (meta == NULL ||
      !gst_structure_get (gst_custom_meta_get_structure (meta), "toi",
          G_TYPE_UINT, &object->toi, "flags", G_TYPE_UINT, &flags, "f",
          G_TYPE_UINT64, &object->oti.transfer_length, "t", G_TYPE_UINT, &t,
          "z", G_TYPE_UINT, &z, "n", G_TYPE_UINT, &n, "al", G_TYPE_UINT, &al,
          NULL) ||
      t > G_MAXUINT16 || z != 1 || n != 1 || al > G_MAXUINT8)
    return FALSE;
  object->flags = (guint8) (flags &
      (GST_FEC_BLOCK_RECORDS | GST_FEC_BLOCK_RANDOM_ACCESS |
          GST_FEC_BLOCK_LAST));
  object->oti.symbol_size = (guint16) t;
  object->oti.source_blocks = 1;
  object->oti.sub_blocks = 1;
  object->oti.alignment = (guint8) al;
  return rq_oti_check (&object->oti) == RQ_OK &&
      object->oti.transfer_length == gst_buffer_get_size (buffer);
}
