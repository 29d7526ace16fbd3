/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * receiver.h: datagrams of one or two sockets into GstBuffers, many to a system call, until cancelled. The kernel
 * writes into the buffers that go downstream. One thread owns a receiver; only gst_fec_receiver_wake() is for others.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** Most datagrams of one gst_fec_receiver_read(). */
#define GST_FEC_RECEIVER_BATCH 32

typedef struct _GstFecReceiver GstFecReceiver;

/** Which socket. */
typedef enum
{
  GST_FEC_RECEIVER_UNICAST,
  GST_FEC_RECEIVER_MULTICAST,
  GST_FEC_RECEIVER_N_PORTS
} GstFecReceiverPort;

/** A datagram as it was received; valid until the next gst_fec_receiver_read(). */
typedef struct
{
  const guint8 *data;
  gsize size;
  gboolean
      truncated; /**< it was longer than the packet size, which has grown for those to come */
} GstFecDatagram;

/** @packet_size: longest packet expected, in bytes; longer ones make it grow at the cost of the first. */
GstFecReceiver *gst_fec_receiver_new (guint packet_size);
/** Does not close the sockets. Buffers that were taken live on. */
void gst_fec_receiver_free (GstFecReceiver *receiver);

/** From now on @port is the non-blocking socket @fd, or none with -1. */
void gst_fec_receiver_set_socket (
    GstFecReceiver *receiver, GstFecReceiverPort port, gint fd);

/** Bit of a connection in what gst_fec_receiver_wait() returns. */
#define GST_FEC_RECEIVER_STREAM (1u << GST_FEC_RECEIVER_N_PORTS)
/** The wait also ends when the connection @fd can be read or, if wanted, written, or is over; none with -1. */
void gst_fec_receiver_set_stream (
    GstFecReceiver *receiver, gint fd, gboolean write);

/**
 * Waits until a socket has something, @deadline (monotonic, microseconds) is over, or gst_fec_receiver_wake().
 * Returns a mask of 1 << GstFecReceiverPort of the sockets that have something, and GST_FEC_RECEIVER_STREAM.
 */
guint gst_fec_receiver_wait (GstFecReceiver *receiver, gint64 deadline);
/** Ends the wait that is going on, else the next. From any thread. */
void gst_fec_receiver_wake (GstFecReceiver *receiver);

/**
 * Reads what @port has without waiting. Returns how many datagrams (0: none, or an error whose errno is then in
 * *@error, which may be NULL); *@datagrams points to them.
 */
guint gst_fec_receiver_read (GstFecReceiver *receiver, GstFecReceiverPort port,
    const GstFecDatagram **datagrams, gint *error);
/** The buffer of datagram @i of the last read, with its size set; the caller owns it. Once for each. */
GstBuffer *gst_fec_receiver_take (GstFecReceiver *receiver, guint i);

G_END_DECLS
