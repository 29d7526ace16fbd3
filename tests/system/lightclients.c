/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lightclients.c: runs sessions over sockets of their own, each from another
 * loopback address, as so many machines would.
 */
#include "lightclients.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <session/sessionclient.h>
#include <wire/alc.h>

#define MAX_CLIENTS 200
#define RECEIVE_BUFFER (1 << 20)
#define PACKETS_A_TURN 64
/* Who has been there for so long must have been served. */
#define SERVED_WITHIN_US (2 * G_TIME_SPAN_SECOND)

typedef struct
{
  guint index;
  int fd;
  GstFecSessionClient *session; /* NULL: away */
  gint64 change_at; /* when it comes or goes */
  gint64 came_at;
  gint64 ask_at;
  guint64 packets;
  guint16 next_seq;
} LightClient;

struct _LightClients
{
  LightClientsSettings settings;
  GThread *thread;
  gint stop; /* atomic */
  gint present; /* atomic */
  GRand *random;
  LightClient clients[MAX_CLIENTS];
  LightClientsResult result;
};

static gint64
draw_stay (LightClients *self)
{
  return (gint64) g_rand_int_range (self->random, self->settings.min_stay_ms,
             self->settings.max_stay_ms + 1) *
      1000;
}

static int
open_socket (LightClients *self, guint index)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  int size = RECEIVE_BUFFER;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK + 1 + index);
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof (size));
  if (bind (fd, (struct sockaddr *) &address, sizeof (address)) < 0)
    g_error ("cannot bind a loopback address");
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  address.sin_port = htons (self->settings.port);
  if (connect (fd, (struct sockaddr *) &address, sizeof (address)) < 0)
    g_error ("cannot reach the loopback address");
  return fd;
}

static void
come (LightClients *self, LightClient *client, gint64 now)
{
  GstFecClientSettings settings;

  gst_fec_client_settings_init (&settings);
  settings.channel = self->settings.channel;
  settings.join = TRUE;
  settings.report_ms = 1000;
  client->fd = open_socket (self, client->index);
  client->session = gst_fec_session_client_new (&settings);
  client->came_at = now;
  client->ask_at = now;
  client->packets = 0;
  client->change_at =
      self->settings.steady ? G_MAXINT64 : now + draw_stay (self);
  self->result.visits++;
  g_atomic_int_inc (&self->present);
}

static void
judge_stay (LightClients *self, LightClient *client, gint64 now)
{
  if (gst_fec_session_client_get_state (client->session) ==
      GST_FEC_CLIENT_REFUSED)
    self->result.refused++;
  else if (client->packets == 0 && now - client->came_at >= SERVED_WITHIN_US)
    self->result.unserved++;
}

static void
go (LightClients *self, LightClient *client, gboolean vanish, gint64 now)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  judge_stay (self, client, now);
  if (vanish) {
    self->result.vanished++;
  } else {
    size = gst_fec_session_client_leave (client->session, out, sizeof (out));
    if (size > 0 && send (client->fd, out, size, 0) < 0)
      g_warning ("a Leave could not be sent");
  }
  close (client->fd);
  g_clear_pointer (&client->session, gst_fec_session_client_free);
  client->change_at = now + draw_stay (self);
  g_atomic_int_add (&self->present, -1);
}

static void
ask (LightClient *client, gint64 now)
{
  guint8 out[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  while ((size = gst_fec_session_client_next (
              client->session, now, out, sizeof (out), &client->ask_at)) > 0) {
    if (send (client->fd, out, size, 0) < 0)
      return;
  }
}

static void
take_packet (LightClients *self, LightClient *client, const guint8 *data)
{
  guint16 seq = gst_fec_alc_peek_seq (data);

  if (client->packets > 0 && seq != client->next_seq)
    self->result.gaps += (guint16) (seq - client->next_seq);
  client->next_seq = seq + 1;
  client->packets++;
  self->result.packets++;
}

static void
listen_to (LightClients *self, LightClient *client, gint64 now)
{
  guint8 data[GST_FEC_ALC_MAX_PACKET];
  guint i;

  for (i = 0; i < PACKETS_A_TURN; i++) {
    gssize size = recv (client->fd, data, sizeof (data), 0);

    if (size <= 0)
      return;
    if (gst_fec_control_is_message (data, size)) {
      gst_fec_session_client_handle (client->session, data, size, now);
      ask (client, now);
    } else if (size >= GST_FEC_ALC_HEADER_SIZE) {
      take_packet (self, client, data);
    }
  }
}

/* Lets those come and go whose time it is; returns when the next thing is due. */
static gint64
act (LightClients *self, gint64 now)
{
  gint64 next = G_MAXINT64;
  guint i;

  for (i = 0; i < self->settings.n_clients; i++) {
    LightClient *client = &self->clients[i];

    if (now >= client->change_at) {
      if (client->session == NULL)
        come (self, client, now);
      else
        go (self, client,
            (guint) g_rand_int_range (self->random, 0, 100) <
                self->settings.vanish,
            now);
    }
    if (client->session != NULL) {
      if (now >= client->ask_at)
        ask (client, now);
      next = MIN (next, client->ask_at);
    }
    next = MIN (next, client->change_at);
  }
  return next;
}

static gpointer
run (gpointer data)
{
  LightClients *self = data;
  struct pollfd fds[MAX_CLIENTS];
  LightClient *owners[MAX_CLIENTS];
  guint i, n;

  while (!g_atomic_int_get (&self->stop)) {
    gint64 now = g_get_monotonic_time ();
    gint64 next = act (self, now);

    for (i = n = 0; i < self->settings.n_clients; i++) {
      if (self->clients[i].session == NULL)
        continue;
      fds[n].fd = self->clients[i].fd;
      fds[n].events = POLLIN;
      owners[n++] = &self->clients[i];
    }
    if (poll (fds, n, CLAMP ((next - now) / 1000 + 1, 1, 50)) <= 0)
      continue;
    now = g_get_monotonic_time ();
    for (i = 0; i < n; i++) {
      if (fds[i].revents != 0)
        listen_to (self, owners[i], now);
    }
  }

  for (i = 0; i < self->settings.n_clients; i++) {
    if (self->clients[i].session != NULL)
      go (self, &self->clients[i], FALSE, g_get_monotonic_time ());
  }
  return NULL;
}

LightClients *
light_clients_start (const LightClientsSettings *settings)
{
  LightClients *self = g_new0 (LightClients, 1);
  gint64 now = g_get_monotonic_time ();
  guint i;

  g_return_val_if_fail (settings->n_clients <= MAX_CLIENTS, NULL);
  self->settings = *settings;
  self->random = g_rand_new_with_seed (settings->seed);
  for (i = 0; i < settings->n_clients; i++) {
    self->clients[i].index = i;
    self->clients[i].change_at =
        settings->steady ? now : now + draw_stay (self) / 2;
  }
  self->thread = g_thread_new ("light-clients", run, self);
  return self;
}

guint
light_clients_present (LightClients *self)
{
  return g_atomic_int_get (&self->present);
}

void
light_clients_finish (LightClients *self, LightClientsResult *result)
{
  g_atomic_int_set (&self->stop, TRUE);
  g_thread_join (self->thread);
  *result = self->result;
  g_rand_free (self->random);
  g_free (self);
}
