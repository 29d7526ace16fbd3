/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeoutput.c: what leaves fecdecode's source pad: buffers gathered to lists
 * and events between them, counted. Knows the pad, nothing of blocks.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodeoutput.h"

void
gst_fec_decode_output_buffer (GstFecDecodeOutput *output, GstBuffer *buffer)
{
  if (output->discont) {
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    output->discont = FALSE;
  }
  output->stats->bytes_out += gst_buffer_get_size (buffer);
  output->stats->buffers_out++;
  if (!output->list)
    output->list = gst_buffer_list_new ();
  gst_buffer_list_add (output->list, buffer);
}

GstFlowReturn
gst_fec_decode_output_flush (GstFecDecodeOutput *output)
{
  GstBufferList *list = g_steal_pointer (&output->list);

  if (!list)
    return output->flow;
  if (output->flow != GST_FLOW_OK) {
    gst_buffer_list_unref (list);
  } else if (gst_buffer_list_length (list) == 1) {
    GstBuffer *buffer = gst_buffer_ref (gst_buffer_list_get (list, 0));

    gst_buffer_list_unref (list);
    output->flow = gst_fec_decode_sender_send (
        output->sender, GST_MINI_OBJECT_CAST (buffer));
  } else {
    output->flow = gst_fec_decode_sender_send (
        output->sender, GST_MINI_OBJECT_CAST (list));
  }
  return output->flow;
}

void
gst_fec_decode_output_event (GstFecDecodeOutput *output, GstEvent *event)
{
  gst_fec_decode_output_flush (output);
  gst_fec_decode_sender_send (output->sender, GST_MINI_OBJECT_CAST (event));
}

void
gst_fec_decode_output_reset (GstFecDecodeOutput *output)
{
  g_clear_pointer (&output->list, gst_buffer_list_unref);
  output->flow = GST_FLOW_OK;
  output->discont = TRUE;
}

void
gst_fec_decode_output_stream_start (
    GstFecDecodeOutput *output, GstEvent *upstream)
{
  GstElement *element;
  gchar *id;

  if (upstream) {
    gst_fec_decode_output_event (output, gst_event_ref (upstream));
    return;
  }
  element = gst_pad_get_parent_element (output->pad);
  id = gst_pad_create_stream_id (output->pad, element, NULL);
  gst_fec_decode_output_event (output, gst_event_new_stream_start (id));
  g_free (id);
  gst_object_unref (element);
}
