/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecreplicatorchannel.c: keeps a channel's description up to date. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecreplicatorchannel.h"

/* How long a bitrate is measured, and how far off the one described may be. */
#define MEASURE_US (2 * G_USEC_PER_SEC)
#define TOLERANCE_PERCENT 10

GstFecReplicatorChannel *
gst_fec_replicator_channel_new (void)
{
  return g_new0 (GstFecReplicatorChannel, 1);
}

void
gst_fec_replicator_channel_free (GstFecReplicatorChannel *channel)
{
  gst_fec_description_clear (&channel->description);
  g_free (channel);
}

gboolean
gst_fec_replicator_channel_take_caps (
    GstFecReplicatorChannel *channel, const GstFecDescription *caps)
{
  GstFecDescription *ours = &channel->description;

  if (ours->symbol_size == caps->symbol_size &&
      ours->alignment == caps->alignment && ours->records == caps->records &&
      g_strcmp0 (ours->media_caps, caps->media_caps) == 0)
    return FALSE;
  ours->symbol_size = caps->symbol_size;
  ours->alignment = caps->alignment;
  ours->records = caps->records;
  g_free (ours->media_caps);
  ours->media_caps = g_strdup (caps->media_caps);
  return TRUE;
}

gboolean
gst_fec_replicator_channel_measure (
    GstFecReplicatorChannel *channel, gsize size, gint64 now)
{
  gint64 elapsed;
  guint64 bitrate, before = channel->description.bitrate;

  if (channel->measured_since == 0)
    channel->measured_since = now;
  channel->measured_bytes += size;
  elapsed = now - channel->measured_since;
  if (elapsed < MEASURE_US)
    return FALSE;

  bitrate = gst_util_uint64_scale (
      channel->measured_bytes, 8 * G_USEC_PER_SEC, elapsed);
  channel->measured_bytes = 0;
  channel->measured_since = now;
  bitrate = MIN (bitrate, G_MAXUINT32);
  if (ABS ((gint64) (bitrate - before)) * 100 <=
      (gint64) before * TOLERANCE_PERCENT)
    return FALSE;
  channel->description.bitrate = bitrate;
  return TRUE;
}
