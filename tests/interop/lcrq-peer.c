/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lcrq-peer.c: liblcrq for tests and benchmarks. Knows lcrq.h only.
 */
#include "lcrq-peer.h"

#include <lcrq.h>
#include <stdlib.h>
#include <string.h>

struct _LcrqPeer
{
  rq_t *rq;
  uint8_t *source; /* rq_encode() takes no const data */
};

/* The block must not be cut by liblcrq's own choice of Z and N. */
static rq_t *
init (uint32_t k, uint32_t t)
{
  rq_t *rq = rq_init ((uint64_t) k * t, (uint16_t) t);

  if (rq != NULL && (rq_Z (rq) != 1 || rq_N (rq) != 1 || rq_K (rq) != k)) {
    rq_free (rq);
    return NULL;
  }
  return rq;
}

LcrqPeer *
lcrq_peer_new (const uint8_t *source, uint32_t k, uint32_t t)
{
  size_t size = (size_t) k * t;
  LcrqPeer *peer = calloc (1, sizeof *peer);

  peer->source = malloc (size);
  memcpy (peer->source, source, size);
  peer->rq = init (k, t);
  if (peer->rq == NULL || rq_encode (peer->rq, peer->source, size) != 0) {
    lcrq_peer_free (peer);
    return NULL;
  }
  return peer;
}

void
lcrq_peer_free (LcrqPeer *peer)
{
  if (peer == NULL)
    return;
  if (peer->rq != NULL)
    rq_free (peer->rq);
  free (peer->source);
  free (peer);
}

void
lcrq_peer_symbol (LcrqPeer *peer, uint32_t esi, uint8_t *symbol)
{
  rq_pid_t pid = 0;

  pid = rq_pidsetesi (pid, esi);
  rq_symbol (peer->rq, &pid, symbol, 0);
}

bool
lcrq_peer_decode (uint32_t k, uint32_t t, uint32_t *esis, uint32_t n,
    uint8_t *symbols, uint8_t *block)
{
  rq_t *rq = init (k, t);
  bool ok = rq != NULL && rq_decode (rq, block, symbols, esis, n) == 0;

  if (rq != NULL)
    rq_free (rq);
  return ok;
}
