/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessiontable.h: the sessions and their leases, packed: no allocation of
 * their own, found in constant time by address and by session id. Keeps,
 * finds and counts; what a lease means and when it ends is decided above.
 */
#pragma once

#include <glib.h>
#include "breaker.h"
#include "timerwheel.h"
#include "wire/address.h"

G_BEGIN_DECLS

/** No session, no lease. */
#define GST_FEC_TABLE_NONE G_MAXUINT32

/** A channel that a session has until @end. */
typedef struct
{
  gint64 end; /**< monotonic microseconds */
  guint32 tsi;
  guint32 next; /**< of the same session, or of the free ones */
} GstFecLease;

typedef struct
{
  GstFecTimer timer; /**< must be first; the owner's */
  GstFecAddress address;
  guint64 id; /**< 0: the place is free */
  gint64 heard; /**< when it sent something, monotonic */
  guint64
      /** what tells a retransmission: a part of the transaction id */
      last_request;
  guint32 packets_received; /**< of the last report, all channels */
  guint32 packets_lost;
  guint32 jitter_us;
  guint32 report_number; /**< of the last report; a lower one is a replay */
  GstFecLossWindow loss; /**< of what is sent to it, all channels */
  guint32 user; /**< number of its name; 0: did not log in */
  guint32 leases; /**< the first, or GST_FEC_TABLE_NONE */
  guint32 next_by_address;
  guint32 next_by_id; /**< or the next free place */
} GstFecSession;

typedef struct _GstFecSessionTable GstFecSessionTable;

GstFecSessionTable *gst_fec_session_table_new (void);
/** Frees all; timers must not be touched afterwards. */
void gst_fec_session_table_free (GstFecSessionTable *table);

/**
 * Adds a session of @address with a new random id. @address must have none.
 * Sessions stay where they are until they are removed.
 */
GstFecSession *gst_fec_session_table_add (
    GstFecSessionTable *table, const GstFecAddress *address, gint64 now);
/** Removes @session and its leases; its timer must not be set. */
void gst_fec_session_table_remove (
    GstFecSessionTable *table, GstFecSession *session);
/** Gives @session another address, which must have none. */
void gst_fec_session_table_move (GstFecSessionTable *table,
    GstFecSession *session, const GstFecAddress *address);

GstFecSession *gst_fec_session_table_find (
    GstFecSessionTable *table, const GstFecAddress *address);
GstFecSession *gst_fec_session_table_find_id (
    GstFecSessionTable *table, guint64 id);
/** How many sessions have the IP address of @address, whatever the port. */
guint gst_fec_session_table_count_address (
    GstFecSessionTable *table, const GstFecAddress *address);
/** How many have the prefix of @address: /24 of IPv4, /56 of IPv6. */
guint gst_fec_session_table_count_prefix (
    GstFecSessionTable *table, const GstFecAddress *address);

guint gst_fec_session_table_get_n_sessions (const GstFecSessionTable *table);
guint gst_fec_session_table_get_n_leases (const GstFecSessionTable *table);
/** Bytes allocated, in all. */
gsize gst_fec_session_table_get_memory (const GstFecSessionTable *table);

/**
 * The session at place @index or the next one after it, NULL when there is
 * none: *@index becomes its place. Start with 0 and add 1; sessions may be
 * removed meanwhile.
 */
GstFecSession *gst_fec_session_table_next (
    GstFecSessionTable *table, guint *index);

/** Adds a lease to @session, which must have none for @tsi. */
GstFecLease *gst_fec_session_table_add_lease (
    GstFecSessionTable *table, GstFecSession *session, guint32 tsi, gint64 end);
GstFecLease *gst_fec_session_table_find_lease (
    GstFecSessionTable *table, const GstFecSession *session, guint32 tsi);
/** Removes the lease for @tsi, if there is one. */
void gst_fec_session_table_remove_lease (
    GstFecSessionTable *table, GstFecSession *session, guint32 tsi);
/** The first lease, or the one after @lease; NULL at the end. */
GstFecLease *gst_fec_session_table_next_lease (GstFecSessionTable *table,
    const GstFecSession *session, const GstFecLease *lease);
guint gst_fec_session_table_count_leases (
    GstFecSessionTable *table, const GstFecSession *session);

G_END_DECLS
