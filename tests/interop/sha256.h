/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sha256.h: SHA-256 (FIPS 180-4) for test vectors. Knows libc only.
 */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

/** Writes the digest of @head followed by @data as 64 hexadecimal digits. */
void sha256_hex (const uint8_t *head, size_t head_size, const uint8_t *data,
    size_t size, char hex[65]);

#endif
