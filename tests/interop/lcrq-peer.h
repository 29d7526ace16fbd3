/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lcrq-peer.h: liblcrq, another implementation of RFC 6330, for tests and
 * benchmarks. Knows nothing of the codec, because both headers define the same
 * names. liblcrq is GPL: nothing that is shipped may link it.
 */
#ifndef LCRQ_PEER_H
#define LCRQ_PEER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct _LcrqPeer LcrqPeer;

/** Encodes one source block of @k symbols of @t bytes (a multiple of four), in
    one piece; NULL when liblcrq does not want to. */
LcrqPeer *lcrq_peer_new (const uint8_t *source, uint32_t k, uint32_t t);

void lcrq_peer_free (LcrqPeer *peer);

/** Writes the symbol @esi. */
void lcrq_peer_symbol (LcrqPeer *peer, uint32_t esi, uint8_t *symbol);

/** Decodes @n symbols in one piece to @block; false when it fails. */
bool lcrq_peer_decode (uint32_t k, uint32_t t, uint32_t *esis, uint32_t n,
    uint8_t *symbols, uint8_t *block);

#endif
