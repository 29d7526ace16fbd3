/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packetring.c: the ring is a sequence lock without locks. The writer announces the slot it begins to write (claim),
 * writes it, and announces that it is done (head). A reader copies a slot and then looks at claim: when the writer
 * has come round to that slot meanwhile, the copy is worthless. Slots are copied in words, stored with release and
 * loaded with acquire order: a reader that sees one new word of a slot also sees the claim made before it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/packetring.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bytes of the length before a packet, as RFC 4571 frames it on TCP. */
#define LENGTH_SIZE 2

typedef _Atomic guint64 Word;

struct _GstFecPacketRing
{
  gint refcount; /* atomic */
  guint packet_size;
  guint slots;
  gsize slot_words;
  gsize map_size;
  Word *words; /* the mapped slots */
  _Atomic guint64 claim; /* packets whose writing has begun */
  _Atomic guint64 head; /* packets written */
};

static void *
map_memory (gsize size, GError **error)
{
  void *memory;
  int fd = memfd_create ("fec-packet-ring", MFD_CLOEXEC);

  if (fd < 0)
    goto failed;
  if (ftruncate (fd, size) < 0)
    goto failed;
  memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED)
    goto failed;
  close (fd);
  return memory;

  /* ERRORS */
failed : {
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
      "No memory for a packet ring of %" G_GSIZE_FORMAT " bytes: %s", size,
      g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return NULL;
}
}

GstFecPacketRing *
gst_fec_packet_ring_new (guint packet_size, guint slots, GError **error)
{
  GstFecPacketRing *ring;
  gsize slot_words, map_size;
  void *memory;

  g_return_val_if_fail (packet_size > 0 && packet_size <= G_MAXUINT16, NULL);
  g_return_val_if_fail (slots >= 2 && (slots & (slots - 1)) == 0, NULL);

  slot_words = (LENGTH_SIZE + packet_size + sizeof (Word) - 1) / sizeof (Word);
  map_size = slot_words * sizeof (Word) * slots;
  memory = map_memory (map_size, error);
  if (memory == NULL)
    return NULL;

  ring = g_new0 (GstFecPacketRing, 1);
  g_atomic_int_set (&ring->refcount, 1);
  ring->packet_size = packet_size;
  ring->slots = slots;
  ring->slot_words = slot_words;
  ring->map_size = map_size;
  ring->words = memory;
  return ring;
}

GstFecPacketRing *
gst_fec_packet_ring_ref (GstFecPacketRing *ring)
{
  g_atomic_int_inc (&ring->refcount);
  return ring;
}

void
gst_fec_packet_ring_unref (GstFecPacketRing *ring)
{
  if (!g_atomic_int_dec_and_test (&ring->refcount))
    return;
  munmap (ring->words, ring->map_size);
  g_free (ring);
}

guint
gst_fec_packet_ring_get_packet_size (const GstFecPacketRing *ring)
{
  return ring->packet_size;
}

guint
gst_fec_packet_ring_get_slots (const GstFecPacketRing *ring)
{
  return ring->slots;
}

GstFecRingPosition
gst_fec_packet_ring_get_head (GstFecPacketRing *ring)
{
  return atomic_load_explicit (&ring->head, memory_order_acquire);
}

gsize
gst_fec_packet_ring_get_read_size (const GstFecPacketRing *ring)
{
  return ring->slot_words * sizeof (Word);
}

static Word *
get_slot (GstFecPacketRing *ring, guint64 position)
{
  return ring->words + (position & (ring->slots - 1)) * ring->slot_words;
}

gboolean
gst_fec_packet_ring_write (
    GstFecPacketRing *ring, const guint8 *packet, gsize size)
{
  guint64 position, word;
  Word *slot;
  gsize i, first, n;

  if (size == 0 || size > ring->packet_size)
    return FALSE;

  position = atomic_load_explicit (&ring->head, memory_order_relaxed);
  slot = get_slot (ring, position);
  atomic_store_explicit (&ring->claim, position + 1, memory_order_relaxed);

  /* The first word holds the length and the packet's first bytes. */
  {
    guint8 head[sizeof (Word)] = { size >> 8, size & 0xff };

    first = MIN (size, sizeof (Word) - LENGTH_SIZE);
    memcpy (head + LENGTH_SIZE, packet, first);
    memcpy (&word, head, sizeof (word));
    atomic_store_explicit (&slot[0], word, memory_order_release);
  }
  n = (size - first) / sizeof (Word);
  for (i = 0; i < n; i++) {
    memcpy (&word, packet + first + i * sizeof (Word), sizeof (word));
    atomic_store_explicit (&slot[1 + i], word, memory_order_release);
  }
  first += n * sizeof (Word);
  if (first < size) {
    word = 0;
    memcpy (&word, packet + first, size - first);
    atomic_store_explicit (&slot[1 + n], word, memory_order_release);
  }

  atomic_store_explicit (&ring->head, position + 1, memory_order_release);
  return TRUE;
}

/* Copies the slot at @position; the result means nothing until the claim has been looked at. */
static gsize
copy_slot (GstFecPacketRing *ring, guint64 position, guint8 *out)
{
  Word *slot = get_slot (ring, position);
  guint64 word = atomic_load_explicit (&slot[0], memory_order_acquire);
  guint8 head[sizeof (Word)];
  gsize size, n, i;

  memcpy (head, &word, sizeof (word));
  size = (gsize) head[0] << 8 | head[1];
  if (size == 0 || size > ring->packet_size)
    return 0;
  memcpy (out, head + LENGTH_SIZE, sizeof (Word) - LENGTH_SIZE);
  out += sizeof (Word) - LENGTH_SIZE;
  n = (LENGTH_SIZE + size + sizeof (Word) - 1) / sizeof (Word);
  for (i = 1; i < n; i++) {
    word = atomic_load_explicit (&slot[i], memory_order_acquire);
    memcpy (out + (i - 1) * sizeof (Word), &word, sizeof (word));
  }
  return size;
}

gsize
gst_fec_packet_ring_read (GstFecPacketRing *ring, GstFecRingPosition *position,
    guint8 *out, guint64 *skipped)
{
  for (;;) {
    guint64 head = gst_fec_packet_ring_get_head (ring);
    guint64 claim;
    gsize size;

    if (*position >= head)
      return 0;
    if (head - *position <= ring->slots) {
      size = copy_slot (ring, *position, out);
      claim = atomic_load_explicit (&ring->claim, memory_order_acquire);
      if (claim - *position <= ring->slots) {
        *position += 1;
        return size;
      }
      head = gst_fec_packet_ring_get_head (ring);
    }
    if (skipped != NULL)
      *skipped += head - 1 - *position;
    *position = head - 1;
  }
}
