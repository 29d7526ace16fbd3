/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-object.c: object transmission information and partitioning. Knows
 * raptorq.h.
 */
#include "check.h"

static RqStatus
check (uint64_t f, uint16_t t, uint8_t z, uint16_t n, uint8_t al)
{
  const RqOti oti = { f, t, z, n, al };

  return rq_oti_check (&oti);
}

static void
contradictory_oti_is_refused (void)
{
  CHECK_EQUAL (check (10000, 64, 3, 4, 4), RQ_OK);
  CHECK_EQUAL (check (0, 64, 1, 1, 4), RQ_ERR_OTI);
  CHECK_EQUAL (check (RQ_F_MAX + 1, 65532, 255, 1, 4), RQ_ERR_OTI);
  CHECK_EQUAL (check (UINT64_MAX, 65532, 255, 1, 4), RQ_ERR_OTI);
  CHECK_EQUAL (check (10000, 0, 1, 1, 4), RQ_ERR_T);
  CHECK_EQUAL (check (10000, 62, 1, 1, 4), RQ_ERR_T);
  CHECK_EQUAL (check (10000, 64, 1, 1, 0), RQ_ERR_OTI);
  CHECK_EQUAL (check (10000, 64, 1, 0, 4), RQ_ERR_OTI);
  CHECK_EQUAL (check (10000, 64, 1, 16, 4), RQ_OK);
  CHECK_EQUAL (check (10000, 64, 1, 17, 4), RQ_ERR_OTI);
  CHECK_EQUAL (check (10000, 64, 0, 1, 4), RQ_ERR_OTI);
  CHECK_EQUAL (check (640, 64, 10, 1, 4), RQ_OK);
  CHECK_EQUAL (check (640, 64, 11, 1, 4), RQ_ERR_OTI);
  CHECK_EQUAL (check (56403ull * 64, 64, 1, 1, 4), RQ_OK);
  CHECK_EQUAL (check (56403ull * 64 + 1, 64, 1, 1, 4), RQ_ERR_OTI);
  CHECK_EQUAL (check (56403ull * 255 * 65535, 65535, 255, 1, 1), RQ_OK);
  CHECK_EQUAL (check (RQ_F_MAX, 65535, 255, 1, 1), RQ_ERR_OTI);
  CHECK_EQUAL (rq_oti_check (NULL), RQ_ERR_OTI);
}

static void
what_is_written_is_read (void)
{
  const RqOti oti = { UINT64_C (0x0123456789), 1344, 200, 3, 4 };
  const uint8_t expected[RQ_OTI_SIZE] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0, 5,
    0x40, 200, 0, 3, 4 };
  uint8_t wire[RQ_OTI_SIZE];
  RqOti back;

  rq_oti_write (&oti, wire);
  CHECK (memcmp (wire, expected, sizeof wire) == 0);
  wire[5] = 0xff;
  CHECK_EQUAL (rq_oti_read (&back, wire), RQ_OK);
  CHECK_EQUAL (back.transfer_length, oti.transfer_length);
  CHECK_EQUAL (back.symbol_size, oti.symbol_size);
  CHECK_EQUAL (back.source_blocks, oti.source_blocks);
  CHECK_EQUAL (back.sub_blocks, oti.sub_blocks);
  CHECK_EQUAL (back.alignment, oti.alignment);
  wire[8] = 0;
  CHECK_EQUAL (rq_oti_read (&back, wire), RQ_ERR_OTI);
  CHECK_EQUAL (rq_oti_read (NULL, wire), RQ_ERR_ARGUMENT);
}

/* KL(1) = 1002 for WS = 1002 * T: so many blocks of at most that size. */
static void
derivation_follows_section_4_3 (void)
{
  RqOti oti;

  CHECK_EQUAL (
      rq_oti_derive (&oti, 1344 * 1002, 1346, 4, 8, 1344 * 1002), RQ_OK);
  CHECK_EQUAL (oti.symbol_size, 1344);
  CHECK_EQUAL (oti.source_blocks, 1);
  CHECK_EQUAL (oti.sub_blocks, 1);
  CHECK_EQUAL (oti.alignment, 4);
  /* One byte more makes 1003 symbols, for which two sub-blocks are needed. */
  CHECK_EQUAL (
      rq_oti_derive (&oti, 1344 * 1002 + 1, 1344, 4, 8, 1344 * 1002), RQ_OK);
  CHECK_EQUAL (oti.source_blocks, 1);
  CHECK_EQUAL (oti.sub_blocks, 2);
  /* Sub-symbols of at least a symbol: N = 1, so Z must grow. */
  CHECK_EQUAL (
      rq_oti_derive (&oti, 1344 * 1002 + 1, 1344, 4, 336, 1344 * 1002), RQ_OK);
  CHECK_EQUAL (oti.source_blocks, 2);
  CHECK_EQUAL (oti.sub_blocks, 1);
}

static void
derivation_refuses_what_cannot_be (void)
{
  RqOti oti;

  CHECK_EQUAL (rq_oti_derive (NULL, 1000, 64, 4, 8, 1 << 20), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_oti_derive (&oti, 1000, 64, 0, 8, 1 << 20), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_oti_derive (&oti, 1000, 64, 4, 0, 1 << 20), RQ_ERR_ARGUMENT);
  CHECK_EQUAL (rq_oti_derive (&oti, 1000, 3, 4, 8, 1 << 20), RQ_ERR_T);
  CHECK_EQUAL (rq_oti_derive (&oti, 0, 64, 4, 8, 1 << 20), RQ_ERR_OTI);
  CHECK_EQUAL (
      rq_oti_derive (&oti, RQ_F_MAX + 1, 64, 4, 8, 1 << 20), RQ_ERR_OTI);
  CHECK_EQUAL (rq_oti_derive (&oti, 1000, 64, 4, 8, 1), RQ_ERR_OTI);
  CHECK_EQUAL (
      rq_oti_derive (&oti, RQ_F_MAX, 64, 4, 8, UINT64_MAX), RQ_ERR_OTI);
}

static void
derived_oti_passes_the_check (void)
{
  for (unsigned i = 0; i < 20000; i++) {
    RqOti oti;
    uint64_t f = 1 + check_random () % (1ull << check_random_below (40));
    uint8_t al = (uint8_t) (1 + check_random_below (8));
    RqStatus status = rq_oti_derive (&oti, f,
        (uint16_t) (1 + check_random_below (65535)), al,
        (uint16_t) (1 + check_random_below (16)), check_random () % (1u << 26));

    if (status == RQ_OK)
      CHECK_EQUAL (rq_oti_check (&oti), RQ_OK);
  }
}

static void
take_and_put (const RqOti *oti)
{
  uint8_t *object = malloc (oti->transfer_length);
  uint8_t *copy = calloc (oti->transfer_length + 1, 1);
  uint8_t *symbol = malloc (oti->symbol_size);
  uint64_t end = 0;

  CHECK_EQUAL (rq_oti_check (oti), RQ_OK);
  for (uint64_t i = 0; i < oti->transfer_length; i++)
    object[i] = (uint8_t) check_random ();
  for (unsigned sbn = 0; sbn < oti->source_blocks; sbn++) {
    uint64_t offset = rq_oti_block_offset (oti, sbn);
    uint32_t k = rq_oti_block_symbols (oti, sbn);

    CHECK_EQUAL (offset, end);
    end += rq_oti_block_size (oti, sbn);
    for (uint32_t esi = 0; esi < k; esi++) {
      CHECK_EQUAL (
          rq_oti_take_symbol (oti, sbn, esi, object + offset, symbol), RQ_OK);
      CHECK_EQUAL (
          rq_oti_put_symbol (oti, sbn, esi, symbol, copy + offset), RQ_OK);
    }
    CHECK_EQUAL (rq_oti_take_symbol (oti, sbn, k, object, symbol), RQ_ERR_ESI);
    CHECK_EQUAL (rq_oti_put_symbol (oti, sbn, k, symbol, copy), RQ_ERR_ESI);
  }
  CHECK_EQUAL (end, oti->transfer_length);
  CHECK (memcmp (object, copy, oti->transfer_length) == 0);
  CHECK_EQUAL (copy[oti->transfer_length], 0);
  CHECK_EQUAL (rq_oti_take_symbol (oti, oti->source_blocks, 0, object, symbol),
      RQ_ERR_OTI);
  CHECK_EQUAL (rq_oti_block_symbols (oti, oti->source_blocks), 0);
  CHECK_EQUAL (rq_oti_block_size (oti, oti->source_blocks), 0);
  free (object);
  free (copy);
  free (symbol);
}

static void
symbols_taken_and_put_give_the_object (void)
{
  take_and_put (&(RqOti){ 10007, 64, 3, 5, 4 });
  take_and_put (&(RqOti){ 999, 8, 2, 4, 1 });
  take_and_put (&(RqOti){ 1, 8, 1, 8, 1 });
  take_and_put (&(RqOti){ 65537, 36, 4, 3, 4 });
  take_and_put (&(RqOti){ 50000, 1023, 2, 7, 3 });
}

static void
padding_of_a_symbol_is_zero (void)
{
  const RqOti oti = { 10, 8, 1, 2, 4 };
  const uint8_t object[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  const uint8_t expected[8] = { 5, 6, 7, 8, 0, 0, 0, 0 };
  uint8_t symbol[8];

  CHECK_EQUAL (rq_oti_take_symbol (&oti, 0, 1, object, symbol), RQ_OK);
  CHECK (memcmp (symbol, expected, sizeof symbol) == 0);
}

int
main (void)
{
  RUN (contradictory_oti_is_refused);
  RUN (what_is_written_is_read);
  RUN (derivation_follows_section_4_3);
  RUN (derivation_refuses_what_cannot_be);
  RUN (derived_oti_passes_the_check);
  RUN (symbols_taken_and_put_give_the_object);
  RUN (padding_of_a_symbol_is_zero);
  return 0;
}
