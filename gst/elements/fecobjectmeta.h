/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecobjectmeta.h: whole objects between fecdecode and fecencode: the caps application/x-fec-object, one buffer an
 * object with its exact F bytes, and what a recoder needs to know of it, as a meta. Knows no pads.
 */
#pragma once

#include <gst/gst.h>

#include "wire/alc.h"

G_BEGIN_DECLS

#define FEC_OBJECT_MEDIA_TYPE "application/x-fec-object"

/** Which object the bytes of a buffer are. */
typedef struct
{
  guint32 toi;
  guint8
      flags; /**< GST_FEC_BLOCK_RECORDS, _RANDOM_ACCESS and _LAST, the object's own */
  RqOti oti; /**< F, T, Z, N, Al */
} FecObject;

/** What all objects of a stream have in common. */
typedef struct
{
  guint32 tsi;
  guint32 symbol_size; /**< T in bytes */
  gboolean records; /**< framing */
  const gchar *media_caps; /**< text of the media's caps, or NULL; borrowed */
} FecObjectStream;

/** Caps of @stream's objects. Transfer full. */
GstCaps *fec_object_caps_new (const FecObjectStream *stream);
/** FALSE when @caps (NULL is allowed) are of something else, or lack TSI or T; @stream's strings live as long as they. */
gboolean fec_object_caps_parse (const GstCaps *caps, FecObjectStream *stream);
/** Whether @caps (NULL is allowed) are of objects, complete or not. */
gboolean fec_caps_are_objects (const GstCaps *caps);

/** Tells in @buffer (writable) that its bytes are @object. */
void fec_object_mark (GstBuffer *buffer, const FecObject *object);
/**
 * What was told by fec_object_mark(); FALSE when nothing was, or when it is no OTI of one source block that has
 * @buffer's size.
 */
gboolean fec_object_of (GstBuffer *buffer, FecObject *object);

G_END_DECLS
