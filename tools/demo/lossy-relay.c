/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lossy-relay.c: a UDP relay that loses, delays and doubles packets on purpose,
 * for tests and for machines where no network namespace with loss can be made.
 *
 * Every client address gets a socket of its own towards the server, so the
 * server sees as many clients as there are. What happens to a packet follows
 * from a seeded generator and the order of the packets alone. Knows UDP and
 * nothing of what the packets carry.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "impairment.h"

/* Most clients at a time; the one idle longest makes room for a new one. */
#define MAX_CLIENTS 256
/* Largest UDP payload. */
#define MAX_PACKET 65507
/* Packets held back in one direction of one client. */
#define MAX_HELD 8
/* A packet is held back behind so many later ones at most... */
#define MAX_BEHIND 5
/* ... and never longer than this, in microseconds. */
#define MAX_HOLD_US (20 * G_TIME_SPAN_MILLISECOND)
/* Packets read from one socket before the others have their turn. */
#define BATCH 64
#define SOCKET_BUFFER (4 << 20)

typedef struct
{
  guint64 received;
  guint64 lost;
  guint64 lost_in_bursts;
  guint64 reordered;
  guint64 duplicated;
  guint64 sent;
  guint64 send_errors;
} Counters;

typedef struct
{
  guint8 *data;
  gsize size;
  guint behind; /* later packets still to go first */
  gint64 deadline;
} Held;

/* One way of one client. */
typedef struct
{
  Held held[MAX_HELD];
  guint n_held;
} Lane;

typedef struct
{
  gboolean used;
  struct sockaddr_storage address;
  socklen_t address_size;
  int fd; /* connected to the server */
  gint64 last_used;
  Lane up;
  Lane down;
} Client;

typedef struct
{
  gboolean down_only;
  Impairment up_impairment;
  Impairment down_impairment;
  struct sockaddr_storage server;
  socklen_t server_size;
  int listen_fd;
  Client clients[MAX_CLIENTS];
  Counters up;
  Counters down;
  guint64 evicted;
} Relay;

static volatile sig_atomic_t stop_asked = 0;

static void
on_signal (int number)
{
  stop_asked = 1;
}

static gboolean
resolve (const gchar *text, struct sockaddr_storage *address,
    socklen_t *address_size, gboolean passive)
{
  struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | (passive ? AI_PASSIVE : 0) };
  struct addrinfo *found = NULL;
  const gchar *colon = strrchr (text, ':');
  gchar *host;
  gsize length;
  gboolean ret = FALSE;

  if (colon == NULL || colon[1] == '\0')
    return FALSE;

  length = colon - text;
  if (length >= 2 && text[0] == '[' && text[length - 1] == ']')
    host = g_strndup (text + 1, length - 2);
  else
    host = g_strndup (text, length);

  if (getaddrinfo (host, colon + 1, &hints, &found) == 0) {
    memcpy (address, found->ai_addr, found->ai_addrlen);
    *address_size = found->ai_addrlen;
    freeaddrinfo (found);
    ret = TRUE;
  }
  g_free (host);
  return ret;
}

static int
open_socket (int family)
{
  int fd = socket (family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int size = SOCKET_BUFFER;

  if (fd >= 0) {
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof (size));
    setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof (size));
  }
  return fd;
}

static guint
bound_port (int fd)
{
  struct sockaddr_storage address;
  socklen_t size = sizeof (address);
  gchar service[NI_MAXSERV];

  if (getsockname (fd, (struct sockaddr *) &address, &size) < 0 ||
      getnameinfo ((struct sockaddr *) &address, size, NULL, 0, service,
          sizeof (service), NI_NUMERICSERV | NI_DGRAM) != 0)
    return 0;
  return (guint) g_ascii_strtoull (service, NULL, 10);
}

static void
lane_clear (Lane *lane)
{
  guint i;

  for (i = 0; i < lane->n_held; i++)
    g_free (lane->held[i].data);
  lane->n_held = 0;
}

static void
client_clear (Client *client)
{
  lane_clear (&client->up);
  lane_clear (&client->down);
  close (client->fd);
  client->used = FALSE;
}

/* A free place, or that of the client idle longest. */
static Client *
take_place (Relay *relay)
{
  Client *oldest = &relay->clients[0];
  guint i;

  for (i = 0; i < MAX_CLIENTS; i++) {
    Client *client = &relay->clients[i];

    if (!client->used)
      return client;
    if (client->last_used < oldest->last_used)
      oldest = client;
  }
  relay->evicted++;
  client_clear (oldest);
  return oldest;
}

static Client *
find_client (Relay *relay, const struct sockaddr_storage *address,
    socklen_t address_size)
{
  Client *client;
  int fd;
  guint i;

  for (i = 0; i < MAX_CLIENTS; i++) {
    client = &relay->clients[i];
    if (client->used && client->address_size == address_size &&
        memcmp (&client->address, address, address_size) == 0)
      return client;
  }

  fd = open_socket (relay->server.ss_family);
  if (fd < 0 ||
      connect (fd, (struct sockaddr *) &relay->server, relay->server_size) <
          0) {
    if (fd >= 0)
      close (fd);
    return NULL;
  }

  client = take_place (relay);
  memset (client, 0, sizeof (*client));
  client->used = TRUE;
  client->fd = fd;
  client->address = *address;
  client->address_size = address_size;
  return client;
}

static void
send_packet (
    Relay *relay, Client *client, gboolean up, const guint8 *data, gsize size)
{
  Counters *counters = up ? &relay->up : &relay->down;
  gssize sent;

  if (up)
    sent = send (client->fd, data, size, MSG_NOSIGNAL);
  else
    sent = sendto (relay->listen_fd, data, size, MSG_NOSIGNAL,
        (struct sockaddr *) &client->address, client->address_size);

  if (sent < 0)
    counters->send_errors++;
  else
    counters->sent++;
}

static void
release_held (Relay *relay, Client *client, gboolean up, guint index)
{
  Lane *lane = up ? &client->up : &client->down;
  Held held = lane->held[index];

  lane->n_held--;
  memmove (&lane->held[index], &lane->held[index + 1],
      (lane->n_held - index) * sizeof (Held));
  send_packet (relay, client, up, held.data, held.size);
  g_free (held.data);
}

/* A packet went past those held back: some have waited for enough now. */
static void
count_passed (Relay *relay, Client *client, gboolean up)
{
  Lane *lane = up ? &client->up : &client->down;
  guint i = 0;

  while (i < lane->n_held) {
    if (--lane->held[i].behind == 0)
      release_held (relay, client, up, i);
    else
      i++;
  }
}

static gboolean
hold_back (Impairment *impairment, Lane *lane, const guint8 *data, gsize size,
    gint64 now)
{
  Held *held;

  if (lane->n_held == MAX_HELD)
    return FALSE;
  held = &lane->held[lane->n_held++];
  held->data = g_memdup2 (data, size);
  held->size = size;
  held->behind = 1 + impairment_draw (impairment, MAX_BEHIND);
  held->deadline = now + MAX_HOLD_US;
  return TRUE;
}

static void
impair_packet (Relay *relay, Client *client, gboolean up, const guint8 *data,
    gsize size, gint64 now)
{
  Impairment *impairment = up ? &relay->up_impairment : &relay->down_impairment;
  Counters *counters = up ? &relay->up : &relay->down;

  switch (impairment_lose (impairment)) {
    case IMPAIRMENT_LOST:
      counters->lost++;
      return;
    case IMPAIRMENT_LOST_IN_BURST:
      counters->lost_in_bursts++;
      return;
    case IMPAIRMENT_KEPT:
      break;
  }

  if (impairment_reorder (impairment) &&
      hold_back (
          impairment, up ? &client->up : &client->down, data, size, now)) {
    counters->reordered++;
    return;
  }

  send_packet (relay, client, up, data, size);
  if (impairment_duplicate (impairment)) {
    counters->duplicated++;
    send_packet (relay, client, up, data, size);
  }
  count_passed (relay, client, up);
}

static void
relay_packet (Relay *relay, Client *client, gboolean up, const guint8 *data,
    gsize size, gint64 now)
{
  Counters *counters = up ? &relay->up : &relay->down;

  counters->received++;
  client->last_used = now;
  if (up && relay->down_only)
    send_packet (relay, client, up, data, size);
  else
    impair_packet (relay, client, up, data, size, now);
}

static void
read_clients (Relay *relay, gint64 now)
{
  guint8 data[MAX_PACKET];
  guint i;

  for (i = 0; i < BATCH; i++) {
    struct sockaddr_storage from;
    socklen_t from_size = sizeof (from);
    Client *client;
    gssize size;

    memset (&from, 0, sizeof (from));
    size = recvfrom (relay->listen_fd, data, sizeof (data), 0,
        (struct sockaddr *) &from, &from_size);
    if (size < 0)
      return;
    client = find_client (relay, &from, from_size);
    if (client != NULL)
      relay_packet (relay, client, TRUE, data, size, now);
  }
}

static void
read_server (Relay *relay, Client *client, gint64 now)
{
  guint8 data[MAX_PACKET];
  guint i;

  for (i = 0; i < BATCH; i++) {
    gssize size = recv (client->fd, data, sizeof (data), 0);

    if (size < 0)
      return;
    relay_packet (relay, client, FALSE, data, size, now);
  }
}

/* Sends what is due; returns when the next one is, G_MAXINT64 for never. */
static gint64
release_due (Relay *relay, gint64 now)
{
  gint64 next = G_MAXINT64;
  guint i, up, j;

  for (i = 0; i < MAX_CLIENTS; i++) {
    Client *client = &relay->clients[i];

    if (!client->used)
      continue;
    for (up = 0; up < 2; up++) {
      Lane *lane = up ? &client->up : &client->down;

      j = 0;
      while (j < lane->n_held) {
        if (lane->held[j].deadline <= now) {
          release_held (relay, client, up, j);
        } else {
          next = MIN (next, lane->held[j].deadline);
          j++;
        }
      }
    }
  }
  return next;
}

static gboolean
wait_for_packets (Relay *relay, struct pollfd *fds, Client **owners,
    nfds_t *n_fds, gint64 timeout_us, const sigset_t *mask)
{
  struct timespec timeout = { .tv_sec = timeout_us / G_USEC_PER_SEC,
    .tv_nsec = timeout_us % G_USEC_PER_SEC * 1000 };
  nfds_t n = 0;
  guint i;

  fds[n].fd = relay->listen_fd;
  fds[n].events = POLLIN;
  owners[n++] = NULL;
  for (i = 0; i < MAX_CLIENTS; i++) {
    if (!relay->clients[i].used)
      continue;
    fds[n].fd = relay->clients[i].fd;
    fds[n].events = POLLIN;
    owners[n++] = &relay->clients[i];
  }
  *n_fds = n;
  return ppoll (fds, n, &timeout, mask) > 0;
}

static void
run (Relay *relay, const sigset_t *mask)
{
  static struct pollfd fds[MAX_CLIENTS + 1];
  static Client *owners[MAX_CLIENTS + 1];
  nfds_t n_fds, i;

  while (!stop_asked) {
    gint64 now = g_get_monotonic_time ();
    gint64 next = release_due (relay, now);
    gint64 timeout = CLAMP (next - now, 0, G_USEC_PER_SEC);

    if (!wait_for_packets (relay, fds, owners, &n_fds, timeout, mask))
      continue;

    now = g_get_monotonic_time ();
    /* the server's side first: a new client may take the place of another */
    for (i = 1; i < n_fds; i++) {
      if (fds[i].revents != 0)
        read_server (relay, owners[i], now);
    }
    if (fds[0].revents != 0)
      read_clients (relay, now);
  }
}

static void
print_counters (const gchar *name, const Counters *counters)
{
  g_print ("%s: received %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT
           ", lost in bursts %" G_GUINT64_FORMAT
           ", reordered %" G_GUINT64_FORMAT ", duplicated %" G_GUINT64_FORMAT
           ", sent %" G_GUINT64_FORMAT ", send errors %" G_GUINT64_FORMAT "\n",
      name, counters->received, counters->lost, counters->lost_in_bursts,
      counters->reordered, counters->duplicated, counters->sent,
      counters->send_errors);
}

static gboolean
parse_options (
    int *argc, char ***argv, Relay *relay, gchar **listen_text, gchar **to_text)
{
  ImpairmentSettings settings = { 0 };
  const gchar *problem = NULL;
  gint64 seed = 1;
  GOptionEntry entries[] = { { "listen", 0, 0, G_OPTION_ARG_STRING, listen_text,
                                 "Where clients send to; port 0: any free one",
                                 "ADDR:PORT" },
    { "to", 0, 0, G_OPTION_ARG_STRING, to_text, "The server", "ADDR:PORT" },
    { "loss", 0, 0, G_OPTION_ARG_DOUBLE, &settings.loss,
        "Packets lost at random", "PERCENT" },
    { "burst-every", 0, 0, G_OPTION_ARG_INT, &settings.burst_every,
        "Lose a burst each N packets", "N" },
    { "burst-length", 0, 0, G_OPTION_ARG_INT, &settings.burst_length,
        "Packets lost in a burst", "M" },
    { "reorder", 0, 0, G_OPTION_ARG_DOUBLE, &settings.reorder,
        "Packets held back behind later ones", "PERCENT" },
    { "duplicate", 0, 0, G_OPTION_ARG_DOUBLE, &settings.duplicate,
        "Packets sent twice", "PERCENT" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed,
        "Seed of the random generator (1)", "N" },
    { "down-only", 0, 0, G_OPTION_ARG_NONE, &relay->down_only,
        "Leave what clients send alone", NULL },
    { NULL } };
  GOptionContext *context = g_option_context_new ("- lose packets on purpose");
  GError *error = NULL;
  gboolean ret;

  g_option_context_add_main_entries (context, entries, NULL);
  ret = g_option_context_parse (context, argc, argv, &error);
  g_option_context_free (context);

  if (!ret) {
    g_printerr ("lossy-relay: %s\n", error->message);
    g_clear_error (&error);
  } else if (*argc > 1) {
    g_printerr ("lossy-relay: unexpected argument \"%s\"\n", (*argv)[1]);
    ret = FALSE;
  } else if (*listen_text == NULL || *to_text == NULL) {
    g_printerr ("lossy-relay: both --listen ADDR:PORT and --to ADDR:PORT are "
                "needed\n");
    ret = FALSE;
  } else if (!impairment_check (&settings, &problem)) {
    g_printerr ("lossy-relay: %s\n", problem);
    ret = FALSE;
  }
  impairment_init (&relay->up_impairment, &settings, seed);
  impairment_init (&relay->down_impairment, &settings, seed + 1);
  return ret;
}

static gboolean
open_relay (Relay *relay, const gchar *listen_text, const gchar *to_text)
{
  struct sockaddr_storage address;
  socklen_t address_size;

  if (!resolve (listen_text, &address, &address_size, TRUE)) {
    g_printerr (
        "lossy-relay: \"%s\" is no numeric address and port\n", listen_text);
    return FALSE;
  }
  if (!resolve (to_text, &relay->server, &relay->server_size, FALSE)) {
    g_printerr (
        "lossy-relay: \"%s\" is no numeric address and port\n", to_text);
    return FALSE;
  }
  relay->listen_fd = open_socket (address.ss_family);
  if (relay->listen_fd < 0 ||
      bind (relay->listen_fd, (struct sockaddr *) &address, address_size) < 0) {
    g_printerr ("lossy-relay: cannot listen on %s: %s\n", listen_text,
        g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

/* Stop signals are let in only while waiting, so that none is missed. */
static void
catch_signals (sigset_t *while_waiting)
{
  struct sigaction action = { .sa_handler = on_signal };
  sigset_t stop_signals;

  sigemptyset (&stop_signals);
  sigaddset (&stop_signals, SIGTERM);
  sigaddset (&stop_signals, SIGINT);
  sigprocmask (SIG_BLOCK, &stop_signals, while_waiting);
  sigdelset (while_waiting, SIGTERM);
  sigdelset (while_waiting, SIGINT);
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
}

int
main (int argc, char **argv)
{
  static Relay relay;
  gchar *listen_text = NULL, *to_text = NULL;
  sigset_t while_waiting;
  int ret = 2;
  guint i;

  if (parse_options (&argc, &argv, &relay, &listen_text, &to_text)) {
    ret = 1;
    if (open_relay (&relay, listen_text, to_text)) {
      catch_signals (&while_waiting);
      g_print ("listening on port %u\n", bound_port (relay.listen_fd));
      fflush (stdout);
      run (&relay, &while_waiting);
      print_counters ("up", &relay.up);
      print_counters ("down", &relay.down);
      if (relay.evicted > 0)
        g_print ("clients evicted: %" G_GUINT64_FORMAT "\n", relay.evicted);
      for (i = 0; i < MAX_CLIENTS; i++) {
        if (relay.clients[i].used)
          client_clear (&relay.clients[i]);
      }
      close (relay.listen_fd);
      ret = 0;
    }
  }
  g_free (listen_text);
  g_free (to_text);
  return ret;
}
