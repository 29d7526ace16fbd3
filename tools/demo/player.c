/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* player.c: see player.h. Knows pipelines and element properties; nothing of tables, files or the other players. */
#include "player.h"

#define TS_PACKET 188

struct _Player
{
  gchar *name;
  gboolean is_protected;
  GstElement *pipeline;
  GstElement *source; /* fecsrc, or NULL */
  GstElement *decoder; /* fecdecode, or NULL */
  GstElement *sink; /* of the pictures */
  gchar *error;

  GMutex lock; /* what follows: written by streaming threads */
  PlayerCounters counters;
  gint8
      continuity[8192]; /* last continuity counter of each PID, -1: none yet */
};

/* Counts places where a PID's continuity counter jumps: what plain UDP has lost. */
static guint
count_gaps (Player *player, const guint8 *data, gsize size)
{
  guint gaps = 0;

  for (; size >= TS_PACKET; data += TS_PACKET, size -= TS_PACKET) {
    guint pid = (data[1] << 8 | data[2]) & 0x1fff;
    gboolean has_payload = data[3] & 0x10;
    gint8 counter = data[3] & 0x0f;

    if (data[0] != 0x47 || pid == 0x1fff || !has_payload)
      continue;
    if (player->continuity[pid] >= 0 &&
        counter != ((player->continuity[pid] + 1) & 0x0f) &&
        counter != player->continuity[pid])
      gaps++;
    player->continuity[pid] = counter;
  }
  return gaps;
}

static GstPadProbeReturn
on_media (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Player *player = user_data;
  GstBufferList *list = NULL;
  guint i, n = 1;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
    n = gst_buffer_list_length (list);
  }

  g_mutex_lock (&player->lock);
  for (i = 0; i < n; i++) {
    GstBuffer *buffer =
        list ? gst_buffer_list_get (list, i) : GST_PAD_PROBE_INFO_BUFFER (info);
    GstMapInfo map;

    player->counters.bytes += gst_buffer_get_size (buffer);
    if (player->is_protected)
      continue;
    player->counters.received++;
    if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
      player->counters.lost += count_gaps (player, map.data, map.size);
      gst_buffer_unmap (buffer, &map);
    }
  }
  g_mutex_unlock (&player->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Player *player = user_data;

  g_mutex_lock (&player->lock);
  player->counters.frames++;
  g_mutex_unlock (&player->lock);
  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement *decodebin, GstPad *pad, gpointer user_data)
{
  Player *player = user_data;
  GstCaps *caps = gst_pad_get_current_caps (pad);
  const gchar *media =
      gst_structure_get_name (gst_caps_get_structure (caps, 0));
  GstElement *target;
  GstPad *sinkpad;

  target = gst_bin_get_by_name (GST_BIN (player->pipeline),
      g_str_has_prefix (media, "video/") ? "video" : "audio");
  gst_caps_unref (caps);
  sinkpad = gst_element_get_static_pad (target, "sink");
  if (!gst_pad_is_linked (sinkpad))
    gst_pad_link (pad, sinkpad);
  gst_object_unref (sinkpad);
  gst_object_unref (target);
}

static void
watch_pad (Player *player, const gchar *element, const gchar *pad_name,
    GstPadProbeCallback callback)
{
  GstElement *e = gst_bin_get_by_name (GST_BIN (player->pipeline), element);
  GstPad *pad = gst_element_get_static_pad (e, pad_name);

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, callback,
      player, NULL);
  gst_object_unref (pad);
  gst_object_unref (e);
}

static Player *
player_new (const gchar *name, const gchar *front, const gchar *media_element,
    gboolean is_protected)
{
  Player *player;
  GstElement *pipeline, *decodebin;
  GError *error = NULL;
  gchar *line;

  line = g_strdup_printf (
      "%s ! decodebin name=decodebin "
      "queue name=video ! videoconvert ! videoscale ! "
      "video/x-raw,format=RGB,width=%d,height=%d,pixel-aspect-ratio=1/1 ! "
      "textoverlay text=\"%s\" valignment=bottom halignment=left "
      "shaded-background=true ! "
      "fakesink name=pictures sync=true enable-last-sample=true "
      "queue name=audio ! fakesink sync=true async=false",
      front, PLAYER_WIDTH, PLAYER_HEIGHT, name);
  pipeline = gst_parse_launch (line, &error);
  g_free (line);
  if (!pipeline || error) {
    g_printerr ("%s: %s\n", name, error ? error->message : "no pipeline");
    g_clear_error (&error);
    gst_clear_object (&pipeline);
    return NULL;
  }

  player = g_new0 (Player, 1);
  g_mutex_init (&player->lock);
  player->name = g_strdup (name);
  player->is_protected = is_protected;
  player->pipeline = pipeline;
  player->counters.latency_ms = -1;
  memset (player->continuity, -1, sizeof player->continuity);
  player->source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  player->decoder = gst_bin_get_by_name (GST_BIN (pipeline), "fecdecode");
  player->sink = gst_bin_get_by_name (GST_BIN (pipeline), "pictures");
  decodebin = gst_bin_get_by_name (GST_BIN (pipeline), "decodebin");
  g_signal_connect (decodebin, "pad-added", G_CALLBACK (on_pad_added), player);
  gst_object_unref (decodebin);
  watch_pad (player, media_element, "src", on_media);
  watch_pad (player, "pictures", "sink", on_picture);
  return player;
}

Player *
player_new_fec (const gchar *name, const gchar *uri, const gchar *protocols,
    guint latency_ms)
{
  gchar *front = g_strdup_printf ("fecsrc name=source uri=%s protocols=%s ! "
                                  "fecdecode name=fecdecode latency=%u",
      uri, protocols, latency_ms);
  Player *player = player_new (name, front, "fecdecode", TRUE);

  g_free (front);
  return player;
}

Player *
player_new_plain (const gchar *name, guint port)
{
  gchar *front =
      g_strdup_printf ("udpsrc name=udpsrc port=%u "
                       "caps=video/mpegts,systemstream=true,packetsize=188",
          port);
  Player *player = player_new (name, front, "udpsrc", FALSE);

  g_free (front);
  return player;
}

void
player_free (Player *player)
{
  if (!player)
    return;
  gst_element_set_state (player->pipeline, GST_STATE_NULL);
  gst_clear_object (&player->source);
  gst_clear_object (&player->decoder);
  gst_clear_object (&player->sink);
  gst_object_unref (player->pipeline);
  g_mutex_clear (&player->lock);
  g_free (player->error);
  g_free (player->name);
  g_free (player);
}

const gchar *
player_get_name (Player *player)
{
  return player->name;
}

gboolean
player_is_protected (Player *player)
{
  return player->is_protected;
}

gboolean
player_start (Player *player)
{
  return gst_element_set_state (player->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE;
}

const gchar *
player_poll (Player *player)
{
  GstBus *bus = gst_element_get_bus (player->pipeline);
  GstMessage *message;

  while ((message = gst_bus_pop (bus))) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY) {
      gst_bin_recalculate_latency (GST_BIN (player->pipeline));
    } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR &&
        !player->error) {
      GError *error = NULL;

      gst_message_parse_error (message, &error, NULL);
      player->error = g_strdup (error->message);
      g_error_free (error);
    }
    gst_message_unref (message);
  }
  gst_object_unref (bus);
  return player->error;
}

static guint64
stat_uint64 (const GstStructure *stats, const gchar *field)
{
  guint64 value = 0;
  guint small = 0;

  if (gst_structure_get_uint64 (stats, field, &value))
    return value;
  gst_structure_get_uint (stats, field, &small);
  return small;
}

void
player_get_counters (Player *player, PlayerCounters *counters)
{
  g_mutex_lock (&player->lock);
  *counters = player->counters;
  g_mutex_unlock (&player->lock);
  if (!player->is_protected)
    counters->undecodable = counters->lost;

  if (player->decoder) {
    GstStructure *stats = NULL;

    g_object_get (player->decoder, "stats", &stats, NULL);
    counters->received = stat_uint64 (stats, "packets-received");
    counters->lost = stat_uint64 (stats, "packets-lost");
    counters->repaired = stat_uint64 (stats, "symbols-recovered");
    counters->undecodable = stat_uint64 (stats, "blocks-lost");
    gst_structure_get_double (stats, "latency-ms", &counters->latency_ms);
    gst_structure_free (stats);
  }
}

GstSample *
player_get_picture (Player *player)
{
  GstSample *sample = NULL;

  g_object_get (player->sink, "last-sample", &sample, NULL);
  return sample;
}
