/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecsrcproperties.h: the properties of fecsrc that say where packets come from, and the lines they make. */
#pragma once

#include <gst/gst.h>

#include "transport/subscriber.h"

G_BEGIN_DECLS

typedef enum
{
  GST_FEC_PROTOCOLS_UDP = 1 << 0,
  GST_FEC_PROTOCOLS_UDP_MCAST = 1 << 1,
  GST_FEC_PROTOCOLS_TCP = 1 << 2,
} GstFecProtocols;

#define GST_TYPE_FEC_PROTOCOLS (gst_fec_protocols_get_type ())
GType gst_fec_protocols_get_type (void);

/** IDs of the properties; the element's own begin at FEC_SRC_PROP_OWN. */
enum
{
  FEC_SRC_PROP_0,
  FEC_SRC_PROP_ADDRESS,
  FEC_SRC_PROP_PORT,
  FEC_SRC_PROP_CHANNEL,
  FEC_SRC_PROP_URIS,
  FEC_SRC_PROP_USER,
  FEC_SRC_PROP_PASSWORD,
  FEC_SRC_PROP_PROTOCOLS,
  FEC_SRC_PROP_FAST_START,
  FEC_SRC_PROP_MULTICAST_IFACE,
  FEC_SRC_PROP_MULTICAST_TIMEOUT,
  FEC_SRC_PROP_MULTICAST_RETRY,
  FEC_SRC_PROP_UDP_TIMEOUT,
  FEC_SRC_PROP_TCP_TIMEOUT,
  FEC_SRC_PROP_TIMEOUT,
  FEC_SRC_PROP_RECONNECT,
  FEC_SRC_PROP_RECONNECT_MAX,
  FEC_SRC_PROP_LEASE,
  FEC_SRC_PROP_RENEW,
  FEC_SRC_PROP_END_TIME,
  FEC_SRC_PROP_BUFFER_SIZE,
  FEC_SRC_PROP_OWN,
};

typedef struct
{
  gchar *address;
  guint port;
  gchar *channel;
  gchar *uris; /* NULL or "": the three above */
  gchar *user;
  gchar *password;
  GstFecProtocols protocols;
  gboolean fast_start;
  gchar *multicast_iface;
  guint multicast_timeout;
  guint multicast_retry;
  guint udp_timeout;
  guint tcp_timeout;
  guint timeout;
  gboolean reconnect;
  guint reconnect_max;
  guint lease;
  gboolean renew;
  guint64 end_time;
  guint buffer_size;
} FecSrcProperties;

void fec_src_properties_init (FecSrcProperties *properties);
void fec_src_properties_clear (FecSrcProperties *properties);
void fec_src_properties_install (GObjectClass *klass);
/** FALSE: @id is none of these. The caller has what guards @properties. */
gboolean fec_src_properties_set (
    FecSrcProperties *properties, guint id, const GValue *value);
gboolean fec_src_properties_get (
    const FecSrcProperties *properties, guint id, GValue *value);

/** Takes what @uri says; FALSE with @error (GST_URI_ERROR) set when it is none of ours. */
gboolean fec_src_properties_set_uri (
    FecSrcProperties *properties, const gchar *uri, GError **error);

/** The servers that @properties name. */
typedef struct
{
  guint n;
  gchar *uris[GST_FEC_SUBSCRIBER_MAX_LINES]; /* without logins */
  GstFecLineSettings lines[GST_FEC_SUBSCRIBER_MAX_LINES];
} FecSrcServers;

/** FALSE with @error (GST_URI_ERROR) set when a URI is none of ours or there are too many. */
gboolean fec_src_properties_servers (
    const FecSrcProperties *properties, FecSrcServers *servers, GError **error);
void fec_src_servers_clear (FecSrcServers *servers);

G_END_DECLS
