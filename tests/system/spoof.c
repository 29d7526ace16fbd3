/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spoof.c: datagrams with forged source addresses; see spoof.h. */
#include "spoof.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define N_ADDRESSES (1 << 24)
#define MAX_DATAGRAM 2048
#define NETWORK 10 /* first byte of the forged addresses */
#define HEADERS (sizeof (struct iphdr) + sizeof (struct udphdr))
#define WATCH_BUFFER (256 << 20)
#define WATCH_TIMEOUT_MS 50

typedef struct
{
  guint32 request_bytes, answer_bytes;
  guint16 answers;
} Address;

struct _Spoof
{
  guint16 port;
  gint sender, watcher;
  guint n_waiting;
  guint8 datagrams[BATCH][MAX_DATAGRAM];
  struct iovec iov[BATCH];
  struct mmsghdr messages[BATCH];
  struct sockaddr_in server;

  GThread *thread;
  gint stop; /* atomic */
  GMutex lock; /* what follows */
  SpoofCounts counts;
  Address *addresses; /* by the low 24 bits */
};

/* ---- Watching ---- */

/* Only what @port sends to 10.0.0.0/8. */
static gboolean
filter (gint fd, guint16 port)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_B | BPF_ABS, 9),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 5),
    BPF_STMT (BPF_LD | BPF_B | BPF_ABS, 16),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, NETWORK, 0, 3),
    BPF_STMT (BPF_LD | BPF_H | BPF_ABS, 20),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, 0xffff),
    BPF_STMT (BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = { G_N_ELEMENTS (code), code };

  return setsockopt (
             fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof (program)) == 0;
}

static void
count_answer (Spoof *spoof, const struct iphdr *ip, gsize size)
{
  Address *address = &spoof->addresses[ntohl (ip->daddr) % N_ADDRESSES];
  guint payload = size - HEADERS;

  g_mutex_lock (&spoof->lock);
  spoof->counts.answers++;
  spoof->counts.answer_bytes += payload;
  spoof->counts.largest_answer = MAX (spoof->counts.largest_answer, payload);
  address->answers++;
  address->answer_bytes += payload;
  g_mutex_unlock (&spoof->lock);
}

static void
count_unseen (Spoof *spoof)
{
  struct tpacket_stats stats = { 0 };
  socklen_t size = sizeof (stats);

  getsockopt (spoof->watcher, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
  g_mutex_lock (&spoof->lock);
  spoof->counts.unseen += stats.tp_drops;
  g_mutex_unlock (&spoof->lock);
}

static gpointer
watch (gpointer user_data)
{
  Spoof *spoof = user_data;

  while (!g_atomic_int_get (&spoof->stop)) {
    guint8 head[HEADERS];
    gssize size = recv (
        spoof->watcher, head, sizeof (head), MSG_TRUNC); /* or a timeout */

    if (size >= (gssize) HEADERS)
      count_answer (spoof, (const struct iphdr *) head, size);
    else
      count_unseen (spoof);
  }
  return NULL;
}

static gint
open_watcher (guint16 port)
{
  struct timeval timeout = { 0, WATCH_TIMEOUT_MS * 1000 };
  struct sockaddr_ll address = { .sll_family = AF_PACKET,
    .sll_protocol = htons (ETH_P_IP),
    .sll_ifindex = if_nametoindex ("lo") };
  gint size = WATCH_BUFFER;
  gint fd = socket (AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof (size));
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof (timeout));
  if (filter (fd, port) &&
      bind (fd, (struct sockaddr *) &address, sizeof (address)) == 0)
    return fd;
  close (fd);
  return -1;
}

/* ---- Sending ---- */

/* The UDP checksum is left out, as IPv4 allows; the kernel fills in that of IP. */
static void
write_headers (guint8 *out, guint32 address, guint16 port, gsize size)
{
  struct iphdr ip = { .version = 4,
    .ihl = 5,
    .ttl = 64,
    .protocol = IPPROTO_UDP,
    .tot_len = htons (HEADERS + size),
    .saddr = htonl (NETWORK << 24 | address % N_ADDRESSES),
    .daddr = htonl (INADDR_LOOPBACK) };
  struct udphdr udp = { .source = htons (1024 + address % 60000),
    .dest = htons (port),
    .len = htons (sizeof (udp) + size) };

  memcpy (out, &ip, sizeof (ip));
  memcpy (out + sizeof (ip), &udp, sizeof (udp));
}

void
spoof_put (Spoof *spoof, guint32 address, const guint8 *data, gsize size)
{
  guint i = spoof->n_waiting;

  g_return_if_fail (size <= MAX_DATAGRAM - HEADERS);
  write_headers (spoof->datagrams[i], address, spoof->port, size);
  memcpy (spoof->datagrams[i] + HEADERS, data, size);
  spoof->iov[i] = (struct iovec){ spoof->datagrams[i], HEADERS + size };
  spoof->messages[i].msg_hdr = (struct msghdr){ .msg_name = &spoof->server,
    .msg_namelen = sizeof (spoof->server),
    .msg_iov = &spoof->iov[i],
    .msg_iovlen = 1 };
  if (++spoof->n_waiting == BATCH)
    spoof_flush (spoof);
}

/* Counted before they are sent: an answer may be there before the call returns. */
static void
count_requests (Spoof *spoof)
{
  guint i;

  g_mutex_lock (&spoof->lock);
  for (i = 0; i < spoof->n_waiting; i++) {
    struct iphdr ip;
    guint payload = spoof->iov[i].iov_len - HEADERS;

    spoof->counts.requests++;
    spoof->counts.request_bytes += payload;
    memcpy (&ip, spoof->datagrams[i], sizeof (ip));
    spoof->addresses[ntohl (ip.saddr) % N_ADDRESSES].request_bytes += payload;
  }
  g_mutex_unlock (&spoof->lock);
}

void
spoof_flush (Spoof *spoof)
{
  guint done = 0;

  count_requests (spoof);
  while (done < spoof->n_waiting) {
    gint n = sendmmsg (
        spoof->sender, spoof->messages + done, spoof->n_waiting - done, 0);

    if (n <= 0) {
      g_mutex_lock (&spoof->lock);
      spoof->counts.not_sent++;
      g_mutex_unlock (&spoof->lock);
      n = 1;
    }
    done += n;
  }
  spoof->n_waiting = 0;
}

/* ---- Begin and end ---- */

Spoof *
spoof_new (guint16 port, const gchar **reason)
{
  Spoof *spoof = g_new0 (Spoof, 1);
  gint status = 0;

  g_mutex_init (&spoof->lock);
  spoof->addresses = g_new0 (Address, N_ADDRESSES);
  spoof->port = port;
  spoof->server = (struct sockaddr_in){ .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  spoof->sender = socket (AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  spoof->watcher = open_watcher (port);
  if (spoof->sender < 0 || spoof->watcher < 0)
    *reason = "no raw sockets are allowed here";
  else if (!g_spawn_command_line_sync (
               "ip route add 10.0.0.0/8 dev lo", NULL, NULL, &status, NULL) ||
      !g_spawn_check_wait_status (status, NULL))
    *reason = "no route can be set here";
  else
    spoof->thread = g_thread_new ("watch", watch, spoof);
  if (spoof->thread == NULL)
    g_clear_pointer (&spoof, spoof_free);
  return spoof;
}

void
spoof_free (Spoof *spoof)
{
  g_atomic_int_set (&spoof->stop, TRUE);
  if (spoof->thread != NULL)
    g_thread_join (spoof->thread);
  if (spoof->sender >= 0)
    close (spoof->sender);
  if (spoof->watcher >= 0)
    close (spoof->watcher);
  g_mutex_clear (&spoof->lock);
  g_free (spoof->addresses);
  g_free (spoof);
}

void
spoof_get_counts (Spoof *spoof, SpoofCounts *counts)
{
  g_mutex_lock (&spoof->lock);
  *counts = spoof->counts;
  g_mutex_unlock (&spoof->lock);
}

guint64
spoof_count_answers (Spoof *spoof, guint prefix)
{
  guint64 answers = 0;
  guint i;

  g_mutex_lock (&spoof->lock);
  for (i = 0; i < 256; i++)
    answers += spoof->addresses[prefix << 8 | i].answers;
  g_mutex_unlock (&spoof->lock);
  return answers;
}

guint
spoof_count_amplified (Spoof *spoof)
{
  guint i, n = 0;

  g_mutex_lock (&spoof->lock);
  for (i = 0; i < N_ADDRESSES; i++)
    n += spoof->addresses[i].answer_bytes > spoof->addresses[i].request_bytes;
  g_mutex_unlock (&spoof->lock);
  return n;
}
