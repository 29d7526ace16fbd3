/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-peers.h: other codecs that the benchmark runs beside ours: liblcrq
 * (RaptorQ) and ISA-L (Reed-Solomon), where they were found. Knows codec-cells.
 */
#pragma once

#include "codec-cells.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *name;
  /** Keeps nothing between blocks: encoding is the same cached and cold. */
  gboolean keeps_nothing;
  /** NULL, or why it cannot do @cell. */
  const gchar *(*refuse) (const CodecCell *cell, const CodecBlock *block);
  /** As codec_cell_run(), of the block's first copy. */
  gdouble (*run) (const CodecCell *cell, CodecBlock *block, gdouble least);
} CodecPeer;

#define CODEC_PEERS_MAX 2u

/** Fills @peers; returns their number. Prints which are missing. */
guint codec_peers_find (const CodecPeer *peers[CODEC_PEERS_MAX]);

G_END_DECLS
