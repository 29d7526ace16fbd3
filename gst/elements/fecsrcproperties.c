/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecsrcproperties.c: names, ranges, defaults and values of fecsrc's properties, and the lines they make. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecsrcproperties.h"
#include "fecuri.h"
#include "wire/alc.h"
#include "wire/secret.h"

#include <string.h>

#define DEFAULT_ADDRESS "127.0.0.1"
#define DEFAULT_PORT GST_FEC_DEFAULT_PORT
#define DEFAULT_CHANNEL ""
#define DEFAULT_PROTOCOLS                                                      \
  (GST_FEC_PROTOCOLS_UDP | GST_FEC_PROTOCOLS_UDP_MCAST | GST_FEC_PROTOCOLS_TCP)
#define DEFAULT_FAST_START TRUE
#define DEFAULT_MULTICAST_TIMEOUT 2000
#define DEFAULT_MULTICAST_RETRY 10000
#define DEFAULT_UDP_TIMEOUT 3000
#define DEFAULT_TCP_TIMEOUT 5000
#define DEFAULT_TIMEOUT 10000
#define DEFAULT_RECONNECT TRUE
#define DEFAULT_RECONNECT_MAX 60000
#define DEFAULT_LEASE 60
#define DEFAULT_RENEW TRUE
#define DEFAULT_BUFFER_SIZE (4 * 1024 * 1024)

#define MAX_MS (G_MAXUINT / 2000)

GType
gst_fec_protocols_get_type (void)
{
  static gsize type = 0;
  static const GFlagsValue values[] = {
    { GST_FEC_PROTOCOLS_UDP, "UDP unicast from the server", "udp" },
    { GST_FEC_PROTOCOLS_UDP_MCAST, "UDP from a multicast group", "udp-mcast" },
    { GST_FEC_PROTOCOLS_TCP, "TCP from the server", "tcp" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_flags_register_static ("GstFecProtocols", values));
  return type;
}

void
fec_src_properties_init (FecSrcProperties *self)
{
  *self = (FecSrcProperties){
    .address = g_strdup (DEFAULT_ADDRESS),
    .port = DEFAULT_PORT,
    .channel = g_strdup (DEFAULT_CHANNEL),
    .protocols = DEFAULT_PROTOCOLS,
    .fast_start = DEFAULT_FAST_START,
    .multicast_timeout = DEFAULT_MULTICAST_TIMEOUT,
    .multicast_retry = DEFAULT_MULTICAST_RETRY,
    .udp_timeout = DEFAULT_UDP_TIMEOUT,
    .tcp_timeout = DEFAULT_TCP_TIMEOUT,
    .timeout = DEFAULT_TIMEOUT,
    .reconnect = DEFAULT_RECONNECT,
    .reconnect_max = DEFAULT_RECONNECT_MAX,
    .lease = DEFAULT_LEASE,
    .renew = DEFAULT_RENEW,
    .buffer_size = DEFAULT_BUFFER_SIZE,
  };
}

void
fec_src_properties_clear (FecSrcProperties *self)
{
  g_free (self->address);
  g_free (self->channel);
  gst_fec_secret_free (self->uris);
  g_free (self->user);
  gst_fec_secret_free (self->password);
  g_free (self->multicast_iface);
}

static void
set_string (gchar **string, const GValue *value)
{
  gst_fec_secret_free (*string);
  *string = g_value_dup_string (value);
}

gboolean
fec_src_properties_set (FecSrcProperties *self, guint id, const GValue *value)
{
  switch (id) {
    case FEC_SRC_PROP_ADDRESS:
      set_string (&self->address, value);
      break;
    case FEC_SRC_PROP_PORT:
      self->port = g_value_get_uint (value);
      break;
    case FEC_SRC_PROP_CHANNEL:
      set_string (&self->channel, value);
      break;
    case FEC_SRC_PROP_URIS:
      set_string (&self->uris, value);
      break;
    case FEC_SRC_PROP_USER:
      set_string (&self->user, value);
      break;
    case FEC_SRC_PROP_PASSWORD:
      set_string (&self->password, value);
      break;
    case FEC_SRC_PROP_PROTOCOLS:
      self->protocols = g_value_get_flags (value);
      break;
    case FEC_SRC_PROP_FAST_START:
      self->fast_start = g_value_get_boolean (value);
      break;
    case FEC_SRC_PROP_MULTICAST_IFACE:
      set_string (&self->multicast_iface, value);
      break;
    case FEC_SRC_PROP_MULTICAST_TIMEOUT:
      self->multicast_timeout = g_value_get_uint (value);
      break;
    case FEC_SRC_PROP_MULTICAST_RETRY:
      self->multicast_retry = g_value_get_uint (value);
      break;
    case FEC_SRC_PROP_UDP_TIMEOUT:
      self->udp_timeout = g_value_get_uint (value);
      break;
    case FEC_SRC_PROP_TCP_TIMEOUT:
      self->tcp_timeout = g_value_get_uint (value);
      break;
    case FEC_SRC_PROP_TIMEOUT:
      self->timeout = g_value_get_uint (value);
      break;
    case FEC_SRC_PROP_RECONNECT:
      self->reconnect = g_value_get_boolean (value);
      break;
    case FEC_SRC_PROP_RECONNECT_MAX:
      self->reconnect_max = g_value_get_uint (value);
      break;
    case FEC_SRC_PROP_LEASE:
      self->lease = g_value_get_uint (value);
      break;
    case FEC_SRC_PROP_RENEW:
      self->renew = g_value_get_boolean (value);
      break;
    case FEC_SRC_PROP_END_TIME:
      self->end_time = g_value_get_uint64 (value);
      break;
    case FEC_SRC_PROP_BUFFER_SIZE:
      self->buffer_size = g_value_get_uint (value);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

gboolean
fec_src_properties_get (const FecSrcProperties *self, guint id, GValue *value)
{
  switch (id) {
    case FEC_SRC_PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case FEC_SRC_PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case FEC_SRC_PROP_CHANNEL:
      g_value_set_string (value, self->channel);
      break;
    case FEC_SRC_PROP_USER:
      g_value_set_string (value, self->user);
      break;
    case FEC_SRC_PROP_PROTOCOLS:
      g_value_set_flags (value, self->protocols);
      break;
    case FEC_SRC_PROP_FAST_START:
      g_value_set_boolean (value, self->fast_start);
      break;
    case FEC_SRC_PROP_MULTICAST_IFACE:
      g_value_set_string (value, self->multicast_iface);
      break;
    case FEC_SRC_PROP_MULTICAST_TIMEOUT:
      g_value_set_uint (value, self->multicast_timeout);
      break;
    case FEC_SRC_PROP_MULTICAST_RETRY:
      g_value_set_uint (value, self->multicast_retry);
      break;
    case FEC_SRC_PROP_UDP_TIMEOUT:
      g_value_set_uint (value, self->udp_timeout);
      break;
    case FEC_SRC_PROP_TCP_TIMEOUT:
      g_value_set_uint (value, self->tcp_timeout);
      break;
    case FEC_SRC_PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    case FEC_SRC_PROP_RECONNECT:
      g_value_set_boolean (value, self->reconnect);
      break;
    case FEC_SRC_PROP_RECONNECT_MAX:
      g_value_set_uint (value, self->reconnect_max);
      break;
    case FEC_SRC_PROP_LEASE:
      g_value_set_uint (value, self->lease);
      break;
    case FEC_SRC_PROP_RENEW:
      g_value_set_boolean (value, self->renew);
      break;
    case FEC_SRC_PROP_END_TIME:
      g_value_set_uint64 (value, self->end_time);
      break;
    case FEC_SRC_PROP_BUFFER_SIZE:
      g_value_set_uint (value, self->buffer_size);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

gboolean
fec_src_properties_set_uri (
    FecSrcProperties *self, const gchar *uri, GError **error)
{
  GstFecUri parts;

  if (!gst_fec_uri_parse (uri, &parts, error))
    return FALSE;
  g_free (self->address);
  g_free (self->channel);
  self->address = g_steal_pointer (&parts.host);
  self->port = parts.port;
  self->channel = g_steal_pointer (&parts.channel);
  if (parts.user != NULL) {
    g_free (self->user);
    gst_fec_secret_free (self->password);
    self->user = g_steal_pointer (&parts.user);
    self->password = g_steal_pointer (&parts.password);
  }
  gst_fec_uri_clear (&parts);
  return TRUE;
}

/* ---- Lines -------------------------------------------------------------- */

/* Adds a server; the strings of @parts are copied. */
static void
add_server (const FecSrcProperties *self, const GstFecUri *parts,
    FecSrcServers *servers)
{
  gboolean own_login = parts->user != NULL;

  servers->uris[servers->n] =
      gst_fec_uri_make (parts->host, parts->port, parts->channel);
  servers->lines[servers->n++] = (GstFecLineSettings){
    .host = g_strdup (parts->host),
    .port = parts->port,
    .channel = g_strdup (parts->channel),
    .user = g_strdup (own_login ? parts->user : self->user),
    .password = g_strdup (own_login ? parts->password : self->password),
    .multicast = (self->protocols & GST_FEC_PROTOCOLS_UDP_MCAST) != 0,
    .udp = (self->protocols & GST_FEC_PROTOCOLS_UDP) != 0,
    .tcp = (self->protocols & GST_FEC_PROTOCOLS_TCP) != 0,
    .fast_start = self->fast_start,
    .iface = g_strdup (self->multicast_iface),
    .lease = self->lease,
    .renew = self->renew,
    .end_time = self->end_time,
    .multicast_timeout = self->multicast_timeout,
    .multicast_retry = self->multicast_retry,
    .udp_timeout = self->udp_timeout,
    .tcp_timeout = self->tcp_timeout,
    .timeout = self->timeout,
    .reconnect = self->reconnect,
    .reconnect_max = self->reconnect_max,
    .buffer_size = self->buffer_size,
  };
}

static gboolean
add_uri (const FecSrcProperties *self, const gchar *uri, FecSrcServers *servers,
    GError **error)
{
  GstFecUri parts;

  if (*uri == '\0')
    return TRUE;
  if (servers->n == GST_FEC_SUBSCRIBER_MAX_LINES) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
        "More than %u servers: name fewer in uris",
        GST_FEC_SUBSCRIBER_MAX_LINES);
    return FALSE;
  }
  if (!gst_fec_uri_parse (uri, &parts, error))
    return FALSE;
  add_server (self, &parts, servers);
  gst_fec_uri_clear (&parts);
  return TRUE;
}

gboolean
fec_src_properties_servers (
    const FecSrcProperties *self, FecSrcServers *servers, GError **error)
{
  gchar **uris =
      g_strsplit_set (self->uris != NULL ? self->uris : "", " ,\t\n", -1);
  gboolean ok = TRUE;
  guint i;

  *servers = (FecSrcServers){ 0 };
  for (i = 0; ok && uris[i] != NULL; i++)
    ok = add_uri (self, uris[i], servers, error);
  for (i = 0; uris[i] != NULL; i++)
    explicit_bzero (uris[i], strlen (uris[i]));
  g_strfreev (uris);
  if (ok && servers->n == 0)
    add_server (self,
        &(GstFecUri){ .host = self->address,
            .port = (guint16) self->port,
            .channel = self->channel },
        servers);
  if (!ok)
    fec_src_servers_clear (servers);
  return ok;
}

void
fec_src_servers_clear (FecSrcServers *servers)
{
  guint i;

  for (i = 0; i < servers->n; i++) {
    GstFecLineSettings *line = &servers->lines[i];

    g_free (servers->uris[i]);
    g_free ((gchar *) line->host);
    g_free ((gchar *) line->channel);
    g_free ((gchar *) line->user);
    gst_fec_secret_free ((gchar *) line->password);
    g_free ((gchar *) line->iface);
  }
  servers->n = 0;
}

/* ---- Installing --------------------------------------------------------- */

static void
install_address (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, FEC_SRC_PROP_ADDRESS,
      g_param_spec_string ("address", "Address",
          "Name or numeric address of the server, as in the URI",
          DEFAULT_ADDRESS, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_PORT,
      g_param_spec_uint ("port", "Port",
          "Port of the server, by UDP and TCP, as in the URI", 1, G_MAXUINT16,
          DEFAULT_PORT, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_CHANNEL,
      g_param_spec_string ("channel", "Channel",
          "Path of the channel without leading slash, as in the URI; empty: "
          "the only one there is",
          DEFAULT_CHANNEL, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_URIS,
      g_param_spec_string ("uris", "URIs",
          "Several servers of one channel, all used at once: URIs, separated "
          "by blanks or commas; empty: uri alone",
          NULL,
          G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (klass, FEC_SRC_PROP_USER,
      g_param_spec_string ("user", "User",
          "Name to log in with, as in the URI; NULL: do not log in", NULL,
          flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_PASSWORD,
      g_param_spec_string ("password", "Password",
          "Password of the user, as in the URI", NULL,
          G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
}

static void
install_ways (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, FEC_SRC_PROP_PROTOCOLS,
      g_param_spec_flags ("protocols", "Protocols",
          "Ways the packets may come; multicast is preferred to UDP, UDP to "
          "TCP",
          GST_TYPE_FEC_PROTOCOLS, DEFAULT_PROTOCOLS, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_FAST_START,
      g_param_spec_boolean ("fast-start", "Fast start",
          "Get packets by UDP while the multicast group is being joined",
          DEFAULT_FAST_START, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_MULTICAST_IFACE,
      g_param_spec_string ("multicast-iface", "Multicast interface",
          "Network interface that groups are joined on; NULL: as the system "
          "chooses",
          NULL, flags));
}

static void
install_time (GObjectClass *klass, GParamFlags flags, guint id,
    const gchar *name, const gchar *nick, const gchar *blurb, guint least,
    guint default_value)
{
  g_object_class_install_property (klass, id,
      g_param_spec_uint (
          name, nick, blurb, least, MAX_MS, default_value, flags));
}

static void
install_times (GObjectClass *klass, GParamFlags flags)
{
  install_time (klass, flags, FEC_SRC_PROP_MULTICAST_TIMEOUT,
      "multicast-timeout", "Multicast timeout",
      "Milliseconds without a packet from the group until UDP is asked for", 1,
      DEFAULT_MULTICAST_TIMEOUT);
  install_time (klass, flags, FEC_SRC_PROP_MULTICAST_RETRY, "multicast-retry",
      "Multicast retry",
      "Milliseconds after which a silent group is joined anew, again and again",
      100, DEFAULT_MULTICAST_RETRY);
  install_time (klass, flags, FEC_SRC_PROP_UDP_TIMEOUT, "udp-timeout",
      "UDP timeout",
      "Milliseconds without a packet or an answer by UDP until the host's next "
      "address, or TCP, is tried",
      1, DEFAULT_UDP_TIMEOUT);
  install_time (klass, flags, FEC_SRC_PROP_TCP_TIMEOUT, "tcp-timeout",
      "TCP timeout",
      "Milliseconds without a packet by TCP until all is tried anew", 1,
      DEFAULT_TCP_TIMEOUT);
  install_time (klass, flags, FEC_SRC_PROP_TIMEOUT, "timeout", "Timeout",
      "Milliseconds without any answer at the start until it is an error (0: "
      "never)",
      0, DEFAULT_TIMEOUT);
  install_time (klass, flags, FEC_SRC_PROP_RECONNECT_MAX, "reconnect-max",
      "Reconnect max",
      "Longest pause, in milliseconds, between two attempts to reach a server "
      "that was lost; pauses begin at 0 and 1 s and double",
      1000, DEFAULT_RECONNECT_MAX);
}

static void
install_lease (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, FEC_SRC_PROP_LEASE,
      g_param_spec_uint ("lease", "Lease",
          "Seconds that a lease is asked for; renewed as long as needed", 1,
          86400, DEFAULT_LEASE, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_RECONNECT,
      g_param_spec_boolean ("reconnect", "Reconnect",
          "Try again to reach a server that was lost; FALSE: that is an error",
          DEFAULT_RECONNECT, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_RENEW,
      g_param_spec_boolean ("renew", "Renew",
          "FALSE: one lease is asked for; at its end the stream ends (EOS)",
          DEFAULT_RENEW, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_END_TIME,
      g_param_spec_uint64 ("end-time", "End time",
          "When the stream ends (EOS), in microseconds of Unix time by the "
          "server's clock; 0: when the server ends it",
          0, G_MAXUINT64, 0, flags));
  g_object_class_install_property (klass, FEC_SRC_PROP_BUFFER_SIZE,
      g_param_spec_uint ("buffer-size", "Buffer size",
          "Bytes of the kernel's receive buffer asked for; as many may wait "
          "in the element",
          65536, 1u << 30, DEFAULT_BUFFER_SIZE, flags));
}

void
fec_src_properties_install (GObjectClass *klass)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  install_address (klass, flags);
  install_ways (klass, flags);
  install_times (klass, flags);
  install_lease (klass, flags);
  gst_type_mark_as_plugin_api (GST_TYPE_FEC_PROTOCOLS, 0);
}
