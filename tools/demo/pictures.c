/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pictures.c: see pictures.h. Knows pixels; nothing of networks. */
#include "pictures.h"

#include <gst/app/gstappsrc.h>
#include <string.h>

#define GAP 8 /* pixels between the pictures */
#define WIDTH (2 * PLAYER_WIDTH + GAP)

struct _PictureWindow
{
  GstElement *pipeline;
  GstAppSrc *source;
};

static GstCaps *
composed_caps (void)
{
  return gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "RGB",
      "width", G_TYPE_INT, WIDTH, "height", G_TYPE_INT, PLAYER_HEIGHT,
      "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
}

static void
copy_picture (GstVideoFrame *to, gint x, Player *player)
{
  GstSample *sample = player_get_picture (player);
  GstVideoInfo info;
  GstVideoFrame from;
  gint row;

  if (!sample)
    return;
  if (gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) &&
      gst_video_frame_map (
          &from, &info, gst_sample_get_buffer (sample), GST_MAP_READ)) {
    for (row = 0; row < PLAYER_HEIGHT; row++)
      memcpy ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (to, 0) + x * 3 +
              row * GST_VIDEO_FRAME_PLANE_STRIDE (to, 0),
          (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&from, 0) +
              row * GST_VIDEO_FRAME_PLANE_STRIDE (&from, 0),
          PLAYER_WIDTH * 3);
    gst_video_frame_unmap (&from);
  }
  gst_sample_unref (sample);
}

GstSample *
pictures_compose (Player *left, Player *right)
{
  GstCaps *caps = composed_caps ();
  GstVideoInfo info;
  GstVideoFrame frame;
  GstBuffer *buffer;
  GstSample *sample;

  gst_video_info_from_caps (&info, caps);
  buffer = gst_buffer_new_allocate (NULL, info.size, NULL);
  gst_buffer_memset (buffer, 0, 0, info.size);
  if (gst_video_frame_map (&frame, &info, buffer, GST_MAP_WRITE)) {
    copy_picture (&frame, 0, left);
    copy_picture (&frame, PLAYER_WIDTH + GAP, right);
    gst_video_frame_unmap (&frame);
  }
  sample = gst_sample_new (buffer, caps, NULL, NULL);
  gst_buffer_unref (buffer);
  gst_caps_unref (caps);
  return sample;
}

gboolean
pictures_save (GstSample *picture, const gchar *path, GError **error)
{
  GstCaps *png = gst_caps_new_empty_simple ("image/png");
  GstSample *converted;
  GstMapInfo map;
  gboolean ok = FALSE;

  converted = gst_video_convert_sample (picture, png, 5 * GST_SECOND, error);
  gst_caps_unref (png);
  if (!converted)
    return FALSE;
  if (gst_buffer_map (gst_sample_get_buffer (converted), &map, GST_MAP_READ)) {
    ok = g_file_set_contents (path, (const gchar *) map.data, map.size, error);
    gst_buffer_unmap (gst_sample_get_buffer (converted), &map);
  }
  gst_sample_unref (converted);
  return ok;
}

PictureWindow *
picture_window_new (void)
{
  PictureWindow *window;
  GstElement *pipeline;
  GstCaps *caps;

  pipeline = gst_parse_launch (
      "appsrc name=source is-live=true format=time "
      "do-timestamp=true max-buffers=2 leaky-type=downstream ! videoconvert "
      "! autovideosink sync=false",
      NULL);
  if (!pipeline)
    return NULL;
  if (gst_element_set_state (pipeline, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE) {
    gst_element_set_state (pipeline, GST_STATE_NULL);
    gst_object_unref (pipeline);
    return NULL;
  }
  window = g_new0 (PictureWindow, 1);
  window->pipeline = pipeline;
  window->source =
      GST_APP_SRC (gst_bin_get_by_name (GST_BIN (pipeline), "source"));
  caps = composed_caps ();
  gst_app_src_set_caps (window->source, caps);
  gst_caps_unref (caps);
  return window;
}

void
picture_window_free (PictureWindow *window)
{
  if (!window)
    return;
  gst_element_set_state (window->pipeline, GST_STATE_NULL);
  gst_object_unref (window->source);
  gst_object_unref (window->pipeline);
  g_free (window);
}

void
picture_window_show (PictureWindow *window, GstSample *picture)
{
  gst_app_src_push_buffer (
      window->source, gst_buffer_ref (gst_sample_get_buffer (picture)));
}
