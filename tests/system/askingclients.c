/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* askingclients.c: clients that lose packets and say what they lack. */
#include "askingclients.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <raptorq.h>
#include <wire/alc.h>
#include <wire/control.h>

#define TRIES 50
#define TSI 1

typedef struct
{
  guint32 toi;
  guint32 esi;
  gboolean fresh;
  guint8 *symbol;
} Kept;

struct _AskingClient
{
  int fd;
  guint64 session;
  guint32 report_number;
  guint32 lose_from, lose_count;
  GArray *kept; /* Kept */
  guint counted;
  guint gaps;
  guint answers;
  guint16 seq; /* of the newest packet */
  guint32 toi;
};

static void
clear_kept (gpointer data)
{
  g_free (((Kept *) data)->symbol);
}

static void
send_message (AskingClient *client, const GstFecControlMessage *message)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (message, data, sizeof (data));

  if (size == 0 || send (client->fd, data, size, 0) < 0)
    g_warning ("a message could not be sent");
}

/* Sends a Connect until there is an answer. */
static gboolean
connect_once (AskingClient *client, const gchar *channel, const gchar *nonce,
    GstFecControlMessage *answer)
{
  struct pollfd pfd = { .fd = client->fd, .events = POLLIN };
  GstFecControlMessage request;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  guint i;

  gst_fec_control_init (
      &request, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  g_strlcpy (
      request.channels[0].name, channel, sizeof (request.channels[0].name));
  request.channels[0].lease_seconds = 60;
  request.n_channels = 1;
  g_strlcpy (request.nonce, nonce, sizeof (request.nonce));
  for (i = 0; i < TRIES; i++) {
    gssize size;

    send_message (client, &request);
    if (poll (&pfd, 1, 200) <= 0)
      continue;
    size = recv (client->fd, data, sizeof (data), 0);
    if (size > 0 && gst_fec_control_is_message (data, (gsize) size) &&
        gst_fec_control_parse (answer, data, (gsize) size) ==
            GST_FEC_CONTROL_OK &&
        memcmp (answer->transaction, request.transaction,
            sizeof (request.transaction)) == 0)
      return TRUE;
  }
  return FALSE;
}

AskingClient *
asking_client_new (guint index, guint16 port, const gchar *channel)
{
  AskingClient *client = g_new0 (AskingClient, 1);
  struct sockaddr_in address = { .sin_family = AF_INET };
  GstFecControlMessage answer;
  int size = 4 << 20;

  client->kept = g_array_new (FALSE, TRUE, sizeof (Kept));
  g_array_set_clear_func (client->kept, clear_kept);
  client->fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt (client->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof (size));
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK + 1 + index);
  if (bind (client->fd, (struct sockaddr *) &address, sizeof (address)) < 0)
    g_error ("cannot bind a loopback address");
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  address.sin_port = htons (port);
  if (connect (client->fd, (struct sockaddr *) &address, sizeof (address)) < 0)
    g_error ("cannot reach the loopback address");

  if (!connect_once (client, channel, "", &answer) ||
      answer.error_code != GST_FEC_ERROR_UNAUTHENTICATED)
    goto refused;
  if (!connect_once (client, channel, answer.nonce, &answer) ||
      answer.klass != GST_FEC_CLASS_SUCCESS || answer.grants[0].error != 0)
    goto refused;
  client->session = answer.session_id;
  return client;

  /* ERRORS */
refused : {
  asking_client_free (client);
  return NULL;
}
}

void
asking_client_free (AskingClient *client)
{
  close (client->fd);
  g_array_unref (client->kept);
  g_free (client);
}

void
asking_client_lose (AskingClient *client, guint32 first, guint32 count)
{
  client->lose_from = first;
  client->lose_count = count;
}

/* Whether the number of a packet follows that of the one before. */
static void
check_number (AskingClient *client, const GstFecAlcPacket *packet)
{
  gboolean fresh = (packet->block_flags & GST_FEC_BLOCK_REPLACEMENT) != 0;
  guint16 expected = client->seq + (fresh ? 0 : 1);

  if (client->counted > 0 && packet->seq != expected)
    client->gaps++;
  client->seq = packet->seq;
  if (!fresh)
    client->counted++;
}

static void
take_packet (AskingClient *client, const guint8 *data, gsize size)
{
  GstFecAlcPacket packet;
  Kept kept;

  if (gst_fec_alc_parse (&packet, data, size) != GST_FEC_ALC_OK)
    return;
  check_number (client, &packet);
  client->toi = packet.toi;
  if (packet.esi >= client->lose_from &&
      packet.esi < client->lose_from + client->lose_count)
    return;
  kept = (Kept){
    .toi = packet.toi,
    .esi = packet.esi,
    .fresh = (packet.block_flags & GST_FEC_BLOCK_REPLACEMENT) != 0,
    .symbol = g_memdup2 (packet.symbol, packet.symbol_size),
  };
  g_array_append_val (client->kept, kept);
}

void
asking_client_poll (AskingClient *client)
{
  guint8 data[GST_FEC_ALC_MAX_PACKET];
  gssize size;

  while ((size = recv (client->fd, data, sizeof (data), 0)) > 0) {
    if (gst_fec_control_is_message (data, (gsize) size))
      client->answers++;
    else
      take_packet (client, data, (gsize) size);
  }
}

static guint
count_kept (AskingClient *client, guint32 toi, gboolean fresh)
{
  guint n = 0, i;

  for (i = 0; i < client->kept->len; i++) {
    const Kept *kept = &g_array_index (client->kept, Kept, i);

    n += kept->toi == toi && kept->fresh == fresh;
  }
  return n;
}

guint
asking_client_get_source (AskingClient *client, guint32 toi)
{
  return count_kept (client, toi, FALSE);
}

guint
asking_client_get_fresh (AskingClient *client, guint32 toi)
{
  return count_kept (client, toi, TRUE);
}

guint
asking_client_get_counted (AskingClient *client)
{
  return client->counted;
}

guint
asking_client_get_gaps (AskingClient *client)
{
  return client->gaps;
}

guint32
asking_client_get_toi (AskingClient *client)
{
  return client->toi;
}

static void
begin_report (AskingClient *client, GstFecControlMessage *report)
{
  gst_fec_control_init (
      report, GST_FEC_METHOD_REPORT, GST_FEC_CLASS_REQUEST, NULL);
  report->session_id = client->session;
  report->report_number = ++client->report_number;
}

void
asking_client_report (
    AskingClient *client, guint32 toi, guint32 count, guint times)
{
  GstFecControlMessage report;

  begin_report (client, &report);
  report.missing[0] = (GstFecMissing){
    .tsi = TSI,
    .toi = toi,
    .seq = client->seq,
    .count = count,
  };
  report.n_missing = 1;
  while (times-- > 0)
    send_message (client, &report);
}

void
asking_client_report_loss (AskingClient *client, guint32 received, guint32 lost)
{
  GstFecControlMessage report;

  begin_report (client, &report);
  report.reports[0] = (GstFecChannelReport){
    .tsi = TSI,
    .received = received,
    .lost = lost,
  };
  report.n_reports = 1;
  send_message (client, &report);
}

guint
asking_client_get_answers (AskingClient *client)
{
  return client->answers;
}

gboolean
asking_client_decode (
    AskingClient *client, guint32 toi, guint32 k, guint32 t, guint8 *out)
{
  RqDecoder *decoder = rq_decoder_new (NULL, k, t, NULL);
  guint8 **places = g_new (guint8 *, k);
  RqStatus status;
  guint i;

  for (i = 0; i < k; i++)
    places[i] = out + (gsize) i * t;
  rq_decoder_set_block (decoder, places);
  for (i = 0; i < client->kept->len; i++) {
    const Kept *kept = &g_array_index (client->kept, Kept, i);

    if (kept->toi == toi)
      rq_decoder_add (decoder, kept->esi, kept->symbol);
  }
  status = rq_decoder_decode (decoder);
  rq_decoder_free (decoder);
  g_free (places);
  return status == RQ_OK;
}
