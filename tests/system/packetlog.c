/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packetlog.c: packets as they pass a pad; see packetlog.h. */
#include "packetlog.h"

struct _PacketLog
{
  GMutex lock;
  GPtrArray *packets; /* of GBytes */
};

PacketLog *
packet_log_new (void)
{
  PacketLog *log = g_new0 (PacketLog, 1);

  g_mutex_init (&log->lock);
  log->packets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return log;
}

void
packet_log_free (PacketLog *log)
{
  g_ptr_array_unref (log->packets);
  g_mutex_clear (&log->lock);
  g_free (log);
}

static gboolean
note (GstBuffer **buffer, guint index, gpointer user_data)
{
  PacketLog *log = user_data;
  gpointer data;
  gsize size;

  gst_buffer_extract_dup (*buffer, 0, -1, &data, &size);
  g_mutex_lock (&log->lock);
  g_ptr_array_add (log->packets, g_bytes_new_take (data, size));
  g_mutex_unlock (&log->lock);
  return TRUE;
}

static GstPadProbeReturn
on_packets (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    gst_buffer_list_foreach (
        gst_pad_probe_info_get_buffer_list (info), note, user_data);
  } else {
    buffer = gst_pad_probe_info_get_buffer (info);
    note (&buffer, 0, user_data);
  }
  return GST_PAD_PROBE_OK;
}

void
packet_log_watch (PacketLog *log, GstPad *pad)
{
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets,
      log, NULL);
}

static GstPadProbeReturn
on_request (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = gst_pad_probe_info_get_event (info);

  return GST_EVENT_TYPE (event) == GST_EVENT_CUSTOM_UPSTREAM
      ? GST_PAD_PROBE_DROP
      : GST_PAD_PROBE_OK;
}

void
packet_log_stop_requests (GstPad *pad)
{
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_request, NULL, NULL);
}

guint
packet_log_count (PacketLog *log)
{
  guint count;

  g_mutex_lock (&log->lock);
  count = log->packets->len;
  g_mutex_unlock (&log->lock);
  return count;
}

GBytes *
packet_log_get (PacketLog *log, guint index)
{
  GBytes *packet;

  g_mutex_lock (&log->lock);
  packet = g_ptr_array_index (log->packets, index);
  g_mutex_unlock (&log->lock);
  return packet;
}

/* Where @packet is, or the number of packets when it is not there. */
static guint
find (PacketLog *log, GBytes *packet)
{
  guint n = packet_log_count (log);
  guint i = 0;

  while (i < n && !g_bytes_equal (packet_log_get (log, i), packet))
    i++;
  return i;
}

gboolean
packet_log_is_run_of (
    PacketLog *log, PacketLog *sent, gboolean to_the_end, const gchar *name)
{
  guint n = packet_log_count (log), n_sent = packet_log_count (sent);
  guint begin = n > 0 ? find (sent, packet_log_get (log, 0)) : n_sent;

  for (guint i = 0; i < n && begin + i < n_sent; i++) {
    if (!g_bytes_equal (
            packet_log_get (log, i), packet_log_get (sent, begin + i))) {
      g_printerr ("%s: packet %u of %u is not number %u of the %u sent, but "
                  "number %u\n",
          name, i, n, begin + i, n_sent, find (sent, packet_log_get (log, i)));
      return FALSE;
    }
  }
  if (begin + n <= n_sent && n > 0 && (!to_the_end || begin + n == n_sent))
    return TRUE;
  g_printerr (
      "%s: %u packets from number %u on, of %u\n", name, n, begin, n_sent);
  return FALSE;
}
