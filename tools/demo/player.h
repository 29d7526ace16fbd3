/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * player.h: one client of the demo: receives, decodes and plays in real time, counts what came and keeps the picture
 * that is being shown.
 */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

/** Size of the pictures that players keep, in pixels. */
#define PLAYER_WIDTH 640
#define PLAYER_HEIGHT 360

typedef struct _Player Player;

/** What a player has seen so far. */
typedef struct
{
  guint64 received; /**< packets */
  guint64
      lost; /**< packets; for a plain client: places where TS packets are missing */
  guint64 repaired; /**< symbols rebuilt */
  guint64 undecodable; /**< blocks lost; for a plain client the same as lost */
  guint64 bytes; /**< media bytes */
  guint64 frames; /**< pictures shown */
  gdouble latency_ms; /**< delay that repair costs now; below 0: not known */
} PlayerCounters;

/** A client of a channel by gst-fec: @uri fec://..., @protocols "udp" or "udp-mcast". */
Player *player_new_fec (const gchar *name, const gchar *uri,
    const gchar *protocols, guint latency_ms);
/** A client of plain MPEG-TS in UDP at @port, as udpsrc gives it. */
Player *player_new_plain (const gchar *name, guint port);
void player_free (Player *player);

const gchar *player_get_name (Player *player);
/** FALSE: this player has no repair, so its losses are damage. */
gboolean player_is_protected (Player *player);
gboolean player_start (Player *player);
/** The error that ended the player, or NULL. Also handles its pending messages. */
const gchar *player_poll (Player *player);
void player_get_counters (Player *player, PlayerCounters *counters);
/** The picture being shown (RGB, PLAYER_WIDTH x PLAYER_HEIGHT), or NULL before the first; to be unreffed. */
GstSample *player_get_picture (Player *player);

G_END_DECLS
