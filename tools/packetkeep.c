/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packetkeep.c: the packets of objects that are not whole yet; see packetkeep.h. */
#include "packetkeep.h"

#include <wire/alc.h>

/* Objects at once: more than any decoder has pending; forged numbers must not make more. */
#define MAX_OBJECTS 64
/* Packets of objects ended this recently are late ones, not those of a sender that began anew. */
#define LATE_DISTANCE 64

typedef struct
{
  guint32 toi;
  gboolean has_oti;
  RqOti oti;
  GPtrArray *packets; /* of GBytes */
  GHashTable *symbols; /* SBN and ESI of them */
} Object;

struct _PacketKeep
{
  guint64 limit;
  guint64 bytes;
  guint64 refused;
  guint count;
  gboolean known; /* tsi and symbol_size are */
  guint32 tsi;
  guint32 symbol_size;
  gboolean ended; /* last_ended is valid */
  guint32 last_ended;
  GPtrArray *objects; /* by TOI */
};

static gint32
distance (guint32 toi, guint32 from)
{
  return (gint32) (toi - from);
}

static void
object_free (gpointer data)
{
  Object *object = data;

  g_ptr_array_unref (object->packets);
  g_hash_table_unref (object->symbols);
  g_free (object);
}

PacketKeep *
packet_keep_new (guint64 limit)
{
  PacketKeep *keep = g_new0 (PacketKeep, 1);

  keep->limit = limit;
  keep->objects = g_ptr_array_new_with_free_func (object_free);
  return keep;
}

void
packet_keep_free (PacketKeep *keep)
{
  g_ptr_array_unref (keep->objects);
  g_free (keep);
}

/* The object, made when it is a new one; NULL when there are too many. */
static Object *
find_object (PacketKeep *keep, guint32 toi)
{
  Object *object;
  guint i;

  for (i = 0; i < keep->objects->len; i++) {
    object = g_ptr_array_index (keep->objects, i);
    if (object->toi == toi)
      return object;
    if (distance (toi, object->toi) < 0)
      break;
  }
  if (keep->objects->len == MAX_OBJECTS)
    return NULL;
  object = g_new0 (Object, 1);
  object->toi = toi;
  object->packets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  object->symbols = g_hash_table_new (NULL, NULL);
  g_ptr_array_insert (keep->objects, (gint) i, object);
  return object;
}

static gboolean
has_ended (const PacketKeep *keep, guint32 toi)
{
  gint32 d = distance (toi, keep->last_ended);

  return keep->ended && d <= 0 && d >= -LATE_DISTANCE;
}

static gboolean
oti_equal (const RqOti *a, const RqOti *b)
{
  return a->transfer_length == b->transfer_length &&
      a->symbol_size == b->symbol_size &&
      a->source_blocks == b->source_blocks && a->sub_blocks == b->sub_blocks &&
      a->alignment == b->alignment;
}

/* The first packet that tells the length is kept although its symbol may be there already. */
static void
take (PacketKeep *keep, Object *object, const GstFecAlcPacket *packet,
    const guint8 *data, gsize size)
{
  guint32 symbol = (guint32) packet->sbn << 24 | packet->esi;
  gboolean tells = packet->has_oti && !object->has_oti;

  if (!tells &&
      g_hash_table_contains (object->symbols, GUINT_TO_POINTER (symbol)))
    return;
  if (keep->bytes + size > keep->limit) {
    keep->refused++;
    return;
  }
  g_hash_table_add (object->symbols, GUINT_TO_POINTER (symbol));
  g_ptr_array_add (object->packets, g_bytes_new (data, size));
  keep->bytes += size;
  keep->count++;
  if (tells) {
    object->has_oti = TRUE;
    object->oti = packet->oti;
  }
}

gboolean
packet_keep_add (PacketKeep *keep, const guint8 *data, gsize size)
{
  GstFecAlcPacket packet;
  Object *object;

  if (gst_fec_alc_parse (&packet, data, size) != GST_FEC_ALC_OK ||
      !packet.has_symbol || packet.block_flags & GST_FEC_BLOCK_EARLY)
    return TRUE;
  if (!keep->known) {
    keep->known = TRUE;
    keep->tsi = packet.tsi;
    keep->symbol_size = packet.symbol_size;
  }
  if (packet.tsi != keep->tsi || packet.symbol_size != keep->symbol_size ||
      has_ended (keep, packet.toi))
    return TRUE;
  object = find_object (keep, packet.toi);
  if (object == NULL) {
    keep->refused++;
    return TRUE;
  }
  if (packet.has_oti && object->has_oti &&
      !oti_equal (&object->oti, &packet.oti))
    return FALSE;
  take (keep, object, &packet, data, size);
  return TRUE;
}

static void
forget (PacketKeep *keep, Object *object)
{
  guint i;

  for (i = 0; i < object->packets->len; i++)
    keep->bytes -= g_bytes_get_size (g_ptr_array_index (object->packets, i));
  keep->count -= object->packets->len;
  g_ptr_array_remove (keep->objects, object);
}

void
packet_keep_end (PacketKeep *keep, guint32 toi)
{
  guint i;

  keep->ended = TRUE;
  keep->last_ended = toi;
  for (i = keep->objects->len; i > 0; i--) {
    Object *object = g_ptr_array_index (keep->objects, i - 1);

    if (distance (object->toi, toi) <= 0)
      forget (keep, object);
  }
}

guint
packet_keep_count (const PacketKeep *keep)
{
  return keep->count;
}

guint64
packet_keep_refused (const PacketKeep *keep)
{
  return keep->refused;
}

guint32
packet_keep_tsi (const PacketKeep *keep)
{
  return keep->tsi;
}

guint32
packet_keep_symbol_size (const PacketKeep *keep)
{
  return keep->symbol_size;
}

GPtrArray *
packet_keep_list (const PacketKeep *keep)
{
  GPtrArray *list =
      g_ptr_array_new_full (keep->count, (GDestroyNotify) g_bytes_unref);
  guint i, j;

  for (i = 0; i < keep->objects->len; i++) {
    const Object *object = g_ptr_array_index (keep->objects, i);

    for (j = 0; j < object->packets->len; j++)
      g_ptr_array_add (
          list, g_bytes_ref (g_ptr_array_index (object->packets, j)));
  }
  return list;
}
