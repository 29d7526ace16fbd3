/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clientlist.h: who gets the packets of a channel. The control thread adds and removes, each in constant time; sender
 * threads work on snapshots that never change, so nobody waits for anybody. Knows addresses, not sessions.
 */
#pragma once

#include "wire/address.h"
#include <netinet/in.h>

G_BEGIN_DECLS

typedef struct _GstFecClientList GstFecClientList;

/** One client as the kernel wants it: 48 bytes, packed in arrays. */
typedef struct
{
  union
  {
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
  } to; /**< of the list's family */
  guint32 slot; /**< for gst_fec_client_list_count_error() */
  guint8 source
      [16]; /**< our address that the client spoke to, as in GstFecAddress; all zero: any */
} GstFecClient;

/** An array of clients at one moment. */
typedef struct
{
  gint refcount; /* atomic */
  guint n_clients;
  GstFecClient clients[];
} GstFecClientSnapshot;

/** What sending to one client came to. */
typedef struct
{
  guint64 errors; /**< packets the kernel refused */
  gint last_error; /**< the errno of the last one, 0: none */
} GstFecClientCounters;

/**
 * @family: AF_INET or AF_INET6 (IPv4 clients are then mapped), as the sending socket has it. The caller has one
 * reference.
 */
GstFecClientList *gst_fec_client_list_new (gint family);
GstFecClientList *gst_fec_client_list_ref (GstFecClientList *list);
/** Frees the list with the last reference; snapshots may live on. */
void gst_fec_client_list_unref (GstFecClientList *list);

/** Makes an entry that is in no list, for packets to @client alone; its slot is unknown. */
void gst_fec_client_init (GstFecClient *entry, gint family,
    const GstFecAddress *client, const GstFecAddress *source);

/** Adds @client; packets to it leave from @source (NULL: any of ours). FALSE when it is there already. */
gboolean gst_fec_client_list_add (GstFecClientList *list,
    const GstFecAddress *client, const GstFecAddress *source);
/** Removes @client; FALSE when it is not there. */
gboolean gst_fec_client_list_remove (
    GstFecClientList *list, const GstFecAddress *client);
guint gst_fec_client_list_get_size (GstFecClientList *list);
/** All clients, an array of GstFecAddress in no order; the caller owns it. */
GArray *gst_fec_client_list_get_addresses (GstFecClientList *list);

/** The clients of this moment; free with gst_fec_client_snapshot_unref(). The same until the list changes. */
GstFecClientSnapshot *gst_fec_client_list_snapshot (GstFecClientList *list);
void gst_fec_client_snapshot_unref (GstFecClientSnapshot *snapshot);

/** Slot of entries that are in no list. */
#define GST_FEC_CLIENT_NO_SLOT G_MAXUINT32

/** Counts a refused packet; TRUE when it is the client's first since it was added. */
gboolean gst_fec_client_list_count_error (
    GstFecClientList *list, guint32 slot, gint error);
/** FALSE when @client is not there. */
gboolean gst_fec_client_list_get_counters (GstFecClientList *list,
    const GstFecAddress *client, GstFecClientCounters *counters);

G_END_DECLS
