/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpport.c: one thread waits for all connections with epoll. Other threads leave it commands (who gets what) and wake
 * it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/tcpport-private.h"
#include "transport/udpsocket.h"

#include <errno.h>
#include <gst/gst.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_STATIC (tcp_debug);
#define GST_CAT_DEFAULT tcp_debug

#define DEFAULT_MAX_CONNECTIONS 5000
#define DEFAULT_MAX_WAITING 64
/* Events taken, and connections accepted, at once. */
#define MAX_EVENTS 64
#define MAX_ACCEPTS 64
/* How often that is looked at. */
#define SCAN_US (1 * G_USEC_PER_SEC)
#define SCAN_MS 1000

void
gst_fec_tcp_settings_init (GstFecTcpSettings *settings)
{
  settings->max_connections = DEFAULT_MAX_CONNECTIONS;
  settings->max_waiting = DEFAULT_MAX_WAITING;
}

static void
count (_Atomic guint64 *counter)
{
  atomic_fetch_add_explicit (counter, 1, memory_order_relaxed);
}

gint64
gst_fec_tcp_port_get_now (GstFecTcpPort *port)
{
  return port->callbacks.get_now (port->user_data);
}

GstFecTcpPort *
gst_fec_tcp_port_new (const GstFecTcpCallbacks *callbacks, gpointer user_data)
{
  static gsize once = 0;
  GstFecTcpPort *port = g_new0 (GstFecTcpPort, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (tcp_debug, "fectcp", 0, "Clients by TCP");
    g_once_init_leave (&once, 1);
  }
  port->callbacks = *callbacks;
  port->user_data = user_data;
  port->fanout = gst_fec_tcp_fanout_new ();
  port->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  port->epoll_fd = port->listen_fd = -1;
  g_mutex_init (&port->lock);
  port->commands = gst_fec_tcp_commands_new ();
  port->connections =
      g_hash_table_new (gst_fec_address_key_hash, gst_fec_address_key_equal);
  port->changed = g_ptr_array_new ();
  return port;
}

void
gst_fec_tcp_port_free (GstFecTcpPort *port)
{
  gst_fec_tcp_port_stop (port);
  g_ptr_array_unref (port->changed);
  g_hash_table_destroy (port->connections);
  g_array_unref (port->commands);
  g_mutex_clear (&port->lock);
  gst_fec_tcp_fanout_free (port->fanout);
  if (port->wake_fd >= 0)
    close (port->wake_fd);
  g_free (port);
}

/* ---- From other threads ------------------------------------------------- */

void
gst_fec_tcp_port_wake_thread (GstFecTcpPort *port)
{
  const guint64 one = 1;

  if (atomic_exchange (&port->woken, 1) == 0) {
    /* Fails only when the counter is full, and then it is readable anyway. */
    if (write (port->wake_fd, &one, sizeof (one)) < 0)
      return;
  }
}

void
gst_fec_tcp_port_wake (GstFecTcpPort *port)
{
  if (atomic_load (&port->n_connections) > 0)
    gst_fec_tcp_port_wake_thread (port);
}

void
gst_fec_tcp_port_get_counters (GstFecTcpPort *port, GstFecTcpCounters *counters)
{
  counters->connections = atomic_load (&port->n_connections);
  counters->accepted = atomic_load (&port->accepted);
  counters->refused = atomic_load (&port->refused);
  counters->timed_out = atomic_load (&port->timed_out);
  counters->malformed = atomic_load (&port->malformed);
  gst_fec_tcp_fanout_get_counters (port->fanout, &counters->packets);
}

/* ---- Connections: the thread alone -------------------------------------- */

void
gst_fec_tcp_port_watch_listener (GstFecTcpPort *port, gboolean accepting)
{
  struct epoll_event event = {
    .events = accepting ? EPOLLIN : 0,
    .data.ptr = &port->listen_fd,
  };

  port->accepting = accepting;
  epoll_ctl (port->epoll_fd, EPOLL_CTL_MOD, port->listen_fd, &event);
}

static gboolean
is_welcome (GstFecTcpPort *port, const GstFecAddress *client)
{
  return g_hash_table_size (port->connections) <
      port->settings.max_connections &&
      gst_fec_tcp_waiting_get (port->waiting, client) <
      port->settings.max_waiting &&
      !g_hash_table_contains (port->connections, client);
}

static gboolean
get_addresses (gint fd, const struct sockaddr_storage *peer,
    GstFecAddress *client, GstFecAddress *local)
{
  struct sockaddr_storage own;
  socklen_t size = sizeof (own);

  if (getsockname (fd, (struct sockaddr *) &own, &size) < 0 ||
      !gst_fec_address_from_sockaddr (client, (struct sockaddr *) peer) ||
      !gst_fec_address_from_sockaddr (local, (struct sockaddr *) &own))
    return FALSE;
  client->transport = local->transport = GST_FEC_TRANSPORT_TCP;
  return TRUE;
}

static void
welcome (GstFecTcpPort *port, gint fd, const struct sockaddr_storage *peer)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP };
  GstFecTcpConnection *connection;
  GstFecAddress client, local;

  if (!get_addresses (fd, peer, &client, &local) ||
      !is_welcome (port, &client)) {
    count (&port->refused);
    close (fd);
    return;
  }
  connection = gst_fec_tcp_connection_new (
      fd, &client, &local, gst_fec_tcp_port_get_now (port));
  connection->watched = event.events;
  event.data.ptr = connection;
  g_hash_table_insert (port->connections, &connection->client, connection);
  gst_fec_tcp_waiting_add (port->waiting, &client);
  atomic_store (&port->n_connections, g_hash_table_size (port->connections));
  count (&port->accepted);
  if (epoll_ctl (port->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
    gst_fec_tcp_port_close_connection (port, connection);
}

static void
accept_some (GstFecTcpPort *port)
{
  guint i;

  for (i = 0; i < MAX_ACCEPTS; i++) {
    struct sockaddr_storage peer;
    socklen_t size = sizeof (peer);
    gint fd = accept4 (port->listen_fd, (struct sockaddr *) &peer, &size,
        SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
      welcome (port, fd, &peer);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
        errno == ENOMEM) {
      GST_WARNING ("cannot accept: %s", g_strerror (errno));
      /* Until a connection closes, or some time has passed. */
      gst_fec_tcp_port_watch_listener (port, FALSE);
    }
    if (errno != EINTR && errno != ECONNABORTED)
      return;
  }
}

/* ---- Thread ------------------------------------------------------------- */

static void
handle_events (GstFecTcpPort *port, const struct epoll_event *events, gint n)
{
  guint64 ignored;
  gint i;

  for (i = 0; i < n; i++) {
    if (events[i].data.ptr == &port->listen_fd) {
      accept_some (port);
    } else if (events[i].data.ptr == &port->wake_fd) {
      if (read (port->wake_fd, &ignored, sizeof (ignored)) < 0 &&
          errno != EAGAIN)
        GST_WARNING ("eventfd: %s", g_strerror (errno));
      /* An exchange, so that what was written before the wake is seen. */
      atomic_exchange (&port->woken, 0);
    } else {
      gst_fec_tcp_port_handle_event (
          port, events[i].data.ptr, events[i].events);
    }
  }
}

static gpointer
port_thread (gpointer data)
{
  GstFecTcpPort *port = data;
  struct epoll_event events[MAX_EVENTS];
  gboolean more = FALSE;

  while (atomic_load (&port->running)) {
    gint timeout = more ? 0
        : g_hash_table_size (port->connections) > 0 || !port->accepting
        ? SCAN_MS
        : -1;
    gint n = epoll_wait (port->epoll_fd, events, MAX_EVENTS, timeout);
    gint64 now = gst_fec_tcp_port_get_now (port);

    handle_events (port, events, n);
    gst_fec_tcp_port_run_commands (port);
    if (now - port->scanned >= SCAN_US) {
      gst_fec_tcp_port_scan (port, now);
      gst_fec_tcp_port_settle_changed (port);
    }
    more = gst_fec_tcp_fanout_serve (port->fanout, port->changed, now);
    gst_fec_tcp_port_settle_changed (port);
  }
  return NULL;
}

static void
watch (GstFecTcpPort *port, gint *fd)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = fd };

  if (epoll_ctl (port->epoll_fd, EPOLL_CTL_ADD, *fd, &event) < 0)
    GST_ERROR ("epoll: %s", g_strerror (errno));
}

void
gst_fec_tcp_port_start (
    GstFecTcpPort *port, const GstFecTcpSettings *settings, gint listen_fd)
{
  g_return_if_fail (port->thread == NULL);

  port->settings = *settings;
  port->listen_fd = listen_fd;
  port->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  port->accepting = TRUE;
  port->waiting = gst_fec_tcp_waiting_new ();
  port->scanned = gst_fec_tcp_port_get_now (port);
  watch (port, &port->listen_fd);
  watch (port, &port->wake_fd);
  atomic_store (&port->running, 1);
  port->thread = g_thread_new ("fec-tcp", port_thread, port);
}

void
gst_fec_tcp_port_stop (GstFecTcpPort *port)
{
  GList *connections, *l;

  if (port->thread == NULL)
    return;
  atomic_store (&port->running, 0);
  gst_fec_tcp_port_wake_thread (port);
  g_thread_join (port->thread);
  port->thread = NULL;

  connections = g_hash_table_get_values (port->connections);
  for (l = connections; l != NULL; l = l->next)
    gst_fec_tcp_port_free_connection (port, l->data);
  g_list_free (connections);
  g_clear_pointer (&port->waiting, gst_fec_tcp_waiting_free);
  g_mutex_lock (&port->lock);
  g_array_set_size (port->commands, 0);
  port->n_sends = 0;
  g_mutex_unlock (&port->lock);
  close (port->listen_fd);
  close (port->epoll_fd);
  port->listen_fd = port->epoll_fd = -1;
}
