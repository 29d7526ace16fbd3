/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpport.c: one thread waits for all connections with epoll. Other threads leave it commands (who gets what) and wake
 * it. A connection is not read while it is blocked: who does not take answers gets no more questions in.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/tcpport.h"
#include "transport/tcpwaiting.h"
#include "transport/udpsocket.h"

#include <errno.h>
#include <gst/gst.h>
#include <stdatomic.h>
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
/* Packets for one client alone that wait to be sent. */
#define MAX_SENDS 1024
/* How long a connection may be there without a control message, without a session, and without a byte being sent. */
#define FIRST_MESSAGE_US (10 * G_USEC_PER_SEC)
#define SESSION_US (30 * G_USEC_PER_SEC)
#define ALIVE_US (10 * G_USEC_PER_SEC)
/* How often that is looked at. */
#define SCAN_US (1 * G_USEC_PER_SEC)
#define SCAN_MS 1000

typedef enum
{
  JOIN,
  LEAVE,
  SEND,
} CommandKind;

typedef struct
{
  CommandKind kind;
  GstFecAddress client;
  GstFecTcpChannel *channel; /* NULL: SEND */
  GBytes *frame; /* of SEND, else NULL */
} Command;

struct _GstFecTcpPort
{
  GstFecTcpCallbacks callbacks;
  gpointer user_data;
  GstFecTcpFanout *fanout;
  gint wake_fd;
  _Atomic gint woken;
  _Atomic gint running;
  GThread *thread;

  GMutex lock; /* guards the next two */
  GArray *commands; /* Command */
  guint n_sends; /* among them */

  /* of the thread */
  GstFecTcpSettings settings;
  gint epoll_fd;
  gint listen_fd;
  gboolean accepting; /* FALSE: there were no descriptors */
  GHashTable *connections; /* GstFecAddress -> GstFecTcpConnection */
  GstFecTcpWaiting *waiting;
  GPtrArray *changed; /* connections whose events are to be set */
  gint64 scanned;

  _Atomic guint n_connections;
  _Atomic guint64 accepted;
  _Atomic guint64 refused;
  _Atomic guint64 timed_out;
  _Atomic guint64 malformed;
};

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

static gint64
get_now (GstFecTcpPort *port)
{
  return port->callbacks.get_now (port->user_data);
}

static void
clear_command (gpointer data)
{
  Command *command = data;

  g_clear_pointer (&command->channel, gst_fec_tcp_channel_unref);
  g_clear_pointer (&command->frame, g_bytes_unref);
}

static GArray *
new_commands (void)
{
  GArray *commands = g_array_new (FALSE, FALSE, sizeof (Command));

  g_array_set_clear_func (commands, clear_command);
  return commands;
}

static gboolean
address_equal (gconstpointer a, gconstpointer b)
{
  return gst_fec_address_equal (a, b);
}

static guint
address_hash (gconstpointer address)
{
  return gst_fec_address_hash (address);
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
  port->commands = new_commands ();
  port->connections = g_hash_table_new (address_hash, address_equal);
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

static void
wake (GstFecTcpPort *port)
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
    wake (port);
}

static void
add_command (GstFecTcpPort *port, CommandKind kind, GstFecTcpChannel *channel,
    const GstFecAddress *client)
{
  Command command = {
    .kind = kind,
    .client = *client,
    .channel = gst_fec_tcp_channel_ref (channel),
  };

  g_mutex_lock (&port->lock);
  g_array_append_val (port->commands, command);
  g_mutex_unlock (&port->lock);
  wake (port);
}

void
gst_fec_tcp_port_join (
    GstFecTcpPort *port, GstFecTcpChannel *channel, const GstFecAddress *client)
{
  add_command (port, JOIN, channel, client);
}

void
gst_fec_tcp_port_leave (
    GstFecTcpPort *port, GstFecTcpChannel *channel, const GstFecAddress *client)
{
  add_command (port, LEAVE, channel, client);
}

gboolean
gst_fec_tcp_port_send (GstFecTcpPort *port, const GstFecAddress *client,
    const guint8 *packet, gsize size)
{
  guint8 *frame =
      g_malloc (GST_FEC_FRAME_HEADER + size + GST_FEC_FRAME_TRAILER);
  gsize frame_size = gst_fec_frame_write_packet (packet, size, frame);
  Command command = {
    .kind = SEND,
    .client = *client,
    .frame = g_bytes_new_take (frame, frame_size),
  };
  gboolean ok;

  g_mutex_lock (&port->lock);
  ok = port->n_sends < MAX_SENDS && atomic_load (&port->running);
  if (ok) {
    port->n_sends++;
    g_array_append_val (port->commands, command);
  }
  g_mutex_unlock (&port->lock);
  if (ok)
    wake (port);
  else
    clear_command (&command);
  return ok;
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

static void
watch_listener (GstFecTcpPort *port, gboolean accepting)
{
  struct epoll_event event = {
    .events = accepting ? EPOLLIN : 0,
    .data.ptr = &port->listen_fd,
  };

  port->accepting = accepting;
  epoll_ctl (port->epoll_fd, EPOLL_CTL_MOD, port->listen_fd, &event);
}

static void
set_has_session (GstFecTcpPort *port, GstFecTcpConnection *connection,
    gboolean has_session, gint64 now)
{
  if (connection->has_session == has_session)
    return;
  connection->has_session = has_session;
  if (has_session) {
    gst_fec_tcp_waiting_remove (port->waiting, &connection->client);
  } else {
    gst_fec_tcp_waiting_add (port->waiting, &connection->client);
    connection->without_session = now;
  }
}

static void
free_connection (GstFecTcpPort *port, GstFecTcpConnection *connection)
{
  while (g_ptr_array_remove_fast (port->changed, connection))
    ;
  g_hash_table_remove (port->connections, &connection->client);
  atomic_store (&port->n_connections, g_hash_table_size (port->connections));
  if (!connection->has_session)
    gst_fec_tcp_waiting_remove (port->waiting, &connection->client);
  gst_fec_tcp_fanout_leave_all (port->fanout, connection);
  gst_fec_tcp_connection_free (connection);
}

static void
close_connection (GstFecTcpPort *port, GstFecTcpConnection *connection)
{
  GstFecAddress client = connection->client;
  gboolean proved = connection->proved;

  free_connection (port, connection);
  if (proved)
    port->callbacks.closed (port->user_data, &client);
  if (!port->accepting)
    watch_listener (port, TRUE);
}

/* Closes what is broken and waits for what the connection needs next. */
static void
settle (GstFecTcpPort *port, GstFecTcpConnection *connection)
{
  struct epoll_event event = { .data.ptr = connection };

  if (connection->broken) {
    close_connection (port, connection);
    return;
  }
  event.events = EPOLLRDHUP | (connection->blocked ? EPOLLOUT : EPOLLIN);
  if (event.events != connection->watched) {
    connection->watched = event.events;
    epoll_ctl (port->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
  }
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
  connection = gst_fec_tcp_connection_new (fd, &client, &local, get_now (port));
  connection->watched = event.events;
  event.data.ptr = connection;
  g_hash_table_insert (port->connections, &connection->client, connection);
  gst_fec_tcp_waiting_add (port->waiting, &client);
  atomic_store (&port->n_connections, g_hash_table_size (port->connections));
  count (&port->accepted);
  if (epoll_ctl (port->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
    close_connection (port, connection);
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
      watch_listener (port, FALSE);
    }
    if (errno != EINTR && errno != ECONNABORTED)
      return;
  }
}

static void
send_frame (GstFecTcpPort *port, GstFecTcpConnection *connection, GBytes *bytes,
    gint64 now)
{
  gsize size;
  const guint8 *frame = g_bytes_get_data (bytes, &size);

  if (connection->blocked || connection->broken)
    return;
  gst_fec_tcp_fanout_send (port->fanout, connection, frame, size, now);
  if (connection->blocked || connection->broken)
    g_ptr_array_add (port->changed, connection);
}

static void
run_command (GstFecTcpPort *port, const Command *command, gint64 now)
{
  GstFecTcpConnection *connection =
      g_hash_table_lookup (port->connections, &command->client);

  if (connection == NULL)
    return;
  switch (command->kind) {
    case JOIN:
      gst_fec_tcp_fanout_join (port->fanout, command->channel, connection);
      break;
    case LEAVE:
      gst_fec_tcp_fanout_leave (port->fanout, command->channel, connection);
      break;
    case SEND:
      send_frame (port, connection, command->frame, now);
      break;
  }
}

static void
run_commands (GstFecTcpPort *port)
{
  gint64 now;
  GArray *commands;
  guint i;

  g_mutex_lock (&port->lock);
  commands = port->commands;
  if (commands->len > 0)
    port->commands = new_commands ();
  port->n_sends = 0;
  g_mutex_unlock (&port->lock);
  if (commands->len == 0)
    return;
  now = get_now (port);
  for (i = 0; i < commands->len; i++)
    run_command (port, &g_array_index (commands, Command, i), now);
  g_array_unref (commands);
}

/* ---- What clients say --------------------------------------------------- */

static void
handle_message (GstFecTcpPort *port, GstFecTcpConnection *connection,
    const guint8 *data, gsize size)
{
  guint8 reply[GST_FEC_CONTROL_MAX_SIZE], frame[GST_FEC_TCP_MAX_INPUT];
  gboolean has_session = FALSE;
  gint64 now = get_now (port);
  gsize n;

  connection->proved = TRUE;
  n = port->callbacks.message (port->user_data, data, size, &connection->client,
      &connection->local, reply, sizeof (reply), &has_session);
  set_has_session (port, connection, has_session, now);
  /* Before the client knows: what is written then is for it too. An answer that is lost is asked for again. */
  run_commands (port);
  if (n > 0 && !connection->blocked && !connection->broken) {
    n = gst_fec_frame_write_control (reply, n, frame);
    gst_fec_tcp_connection_send (connection, frame, 0, &n, 1, now);
  }
}

/* Handles the first frame of @data. Returns its size, 0: it is not whole, or the connection is broken. */
static gsize
handle_frame (GstFecTcpPort *port, GstFecTcpConnection *connection,
    const guint8 *data, gsize size)
{
  GstFecControlMessage message;
  const guint8 *payload;
  gsize payload_size, consumed;

  switch (gst_fec_frame_read (data, size, &payload, &payload_size, &consumed)) {
    case GST_FEC_FRAME_NONE:
      /* The length is all that can be wrong yet. */
      if (size < GST_FEC_TCP_MAX_INPUT &&
          (size < GST_FEC_FRAME_HEADER ||
              (data[0] << 8 | data[1]) <= GST_FEC_CONTROL_MAX_SIZE))
        return 0;
      break;
    case GST_FEC_FRAME_ALIVE:
      return consumed;
    case GST_FEC_FRAME_CONTROL:
      if (gst_fec_control_parse (&message, payload, payload_size) ==
          GST_FEC_CONTROL_NOT_STUN)
        break;
      handle_message (port, connection, payload, payload_size);
      return consumed;
    default:
      break;
  }
  count (&port->malformed);
  connection->broken = TRUE;
  return 0;
}

static void
read_frames (GstFecTcpPort *port, GstFecTcpConnection *connection)
{
  guint8 buffer[GST_FEC_TCP_MAX_INPUT];
  gsize size = gst_fec_tcp_connection_receive (connection, buffer);
  gboolean ended = connection->broken;
  gsize done = 0, n;

  /* What came before the end counts. */
  connection->broken = FALSE;
  while (done < size && !connection->blocked && !connection->broken) {
    n = handle_frame (port, connection, buffer + done, size - done);
    if (n == 0)
      break;
    done += n;
  }
  connection->broken |= ended;
  gst_fec_tcp_connection_keep_input (connection, buffer + done, size - done);
}

static void
handle_event (
    GstFecTcpPort *port, GstFecTcpConnection *connection, guint32 events)
{
  if ((events & EPOLLOUT) != 0)
    gst_fec_tcp_connection_flush (connection, get_now (port));
  if (!connection->blocked && !connection->broken)
    read_frames (port, connection);
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 ||
      (connection->blocked && (events & EPOLLRDHUP) != 0))
    connection->broken = TRUE;
  settle (port, connection);
}

/* ---- Times -------------------------------------------------------------- */

static gboolean
is_over (GstFecTcpPort *port, GstFecTcpConnection *connection, gint64 now)
{
  if (!connection->proved)
    return now - connection->accepted >= FIRST_MESSAGE_US;
  if (connection->has_session)
    set_has_session (port, connection,
        port->callbacks.has_session (port->user_data, &connection->client),
        now);
  return !connection->has_session &&
      now - connection->without_session >= SESSION_US;
}

static void
keep_alive (GstFecTcpConnection *connection, gint64 now)
{
  static const guint8 frame[GST_FEC_FRAME_HEADER] = { 0 };
  const gsize size = sizeof (frame);

  if (!connection->blocked && now - connection->sent >= ALIVE_US)
    gst_fec_tcp_connection_send (connection, frame, 0, &size, 1, now);
}

/* Closes the connections whose time is over; tells the others that we are here. */
static void
scan (GstFecTcpPort *port, gint64 now)
{
  GHashTableIter iter;
  GstFecTcpConnection *connection;

  port->scanned = now;
  g_hash_table_iter_init (&iter, port->connections);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &connection)) {
    if (is_over (port, connection, now)) {
      count (&port->timed_out);
      connection->broken = TRUE;
    } else {
      keep_alive (connection, now);
    }
    if (connection->broken || connection->blocked)
      g_ptr_array_add (port->changed, connection);
  }
  if (!port->accepting)
    watch_listener (port, TRUE);
}

static void
settle_changed (GstFecTcpPort *port)
{
  while (port->changed->len > 0)
    settle (port,
        g_ptr_array_steal_index_fast (port->changed, port->changed->len - 1));
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
      handle_event (port, events[i].data.ptr, events[i].events);
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
    gint64 now = get_now (port);

    handle_events (port, events, n);
    run_commands (port);
    if (now - port->scanned >= SCAN_US) {
      scan (port, now);
      settle_changed (port);
    }
    more = gst_fec_tcp_fanout_serve (port->fanout, port->changed, now);
    settle_changed (port);
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
  port->scanned = get_now (port);
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
  wake (port);
  g_thread_join (port->thread);
  port->thread = NULL;

  connections = g_hash_table_get_values (port->connections);
  for (l = connections; l != NULL; l = l->next)
    free_connection (port, l->data);
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
