/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * raptorq.h: the fountain code of RFC 6330 (RaptorQ), the whole public interface of the codec.
 *
 * What it is for. An object of F bytes is cut into Z source blocks of K source symbols of T bytes. Of each block any
 * number of encoding symbols can be made, numbered by their ESI: the first K are the source symbols themselves, all
 * others are repair symbols. Any K of them, whichever they are (rarely one or two more), give the block back.
 *
 * Parts. RqOti describes how an object is cut (sections 3.3 and 4.3, 4.4). RqEncoder makes symbols of one source
 * block, RqDecoder rebuilds one source block. RqCache keeps what depends on K only (tables, plans), shared by all
 * encoders and decoders of a process. rq_object_encode() and RqObjectDecoder do it for whole objects, on several threads.
 *
 * Memory. The caller owns all symbols, on both sides. Pointers to symbols that are handed in are borrowed: each
 * function says until when they must stay valid. Nothing is copied that need not be.
 *
 * Threads. An RqEncoder or RqDecoder belongs to one thread at a time; different ones may run at once, also on blocks
 * of one object. An RqCache may be used by any number of threads.
 *
 * Errors. Every function that can be called wrongly returns an RqStatus and leaves its objects usable; nothing aborts.
 * Running out of memory gives RQ_ERR_MEMORY.
 */
#ifndef RAPTORQ_H
#define RAPTORQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RQ_API __attribute__ ((visibility ("default")))
#else
#define RQ_API
#endif

/** Most source symbols of a source block (RFC 6330 section 5.1.2). */
#define RQ_K_MAX 56403u
/** Largest encoding symbol ID: ESIs have 24 bits (section 3.2). */
#define RQ_ESI_MAX 16777215u
/** Largest symbol size in bytes (section 3.3.2). */
#define RQ_T_MAX 65535u
/** Most source blocks of an object (section 3.3.3; Z has 8 bits). */
#define RQ_Z_MAX 255u
/** Largest transfer length in bytes (section 3.3.2). */
#define RQ_F_MAX 946270874880ull
/** Bytes of an object transmission information as it goes over the wire (sections 3.3.2 and 3.3.3). */
#define RQ_OTI_SIZE 12u

/** What a call came to. RQ_OK and RQ_NEED_MORE are not errors. */
typedef enum
{
  RQ_OK = 0,
  /** not enough (independent) symbols yet: add more and ask again */
  RQ_NEED_MORE = 1,
  /** a NULL pointer where there must be one, or a call out of order */
  RQ_ERR_ARGUMENT = -1,
  RQ_ERR_K = -2, /**< K is 0 or above RQ_K_MAX */
  RQ_ERR_T = -3, /**< T is 0, above RQ_T_MAX, or no multiple of Al */
  RQ_ERR_ESI = -4, /**< an ESI above RQ_ESI_MAX */
  /** a buffer or stride too small, or a size that does not fit K and T */
  RQ_ERR_SIZE = -5,
  /** F, Z, N and Al contradict each other or the RFC's limits */
  RQ_ERR_OTI = -6,
  RQ_ERR_MEMORY = -7, /**< out of memory */
} RqStatus;

/** A sentence in English for @status; static, never NULL, also for numbers that are no RqStatus. */
RQ_API const char *rq_status_message (RqStatus status);

/* ---- Kernels ------------------------------------------------------------------------------------------------------ */

/**
 * What the bytes are worked on with, chosen by what the machine can do: "scalar", "ssse3", "avx2", "avx2gfni", "avx512"
 * (with GFNI) or "neon". The environment variable RQ_KERNELS names another set, which is ignored where the machine
 * lacks it.
 */
RQ_API const char *rq_kernels_name (void);

/**
 * Makes the process use the kernels @name from now on, NULL: the fastest ones again. For tests and benchmarks; calls
 * that run at the same time in other threads end with the kernels they began with, all kernels give the same bytes.
 *
 * @return RQ_OK, or RQ_ERR_ARGUMENT when this machine has no such kernels
 */
RQ_API RqStatus rq_kernels_force (const char *name);

/* ---- Objects: partitioning and object transmission information ---------------------------------------------- */

/** Object transmission information (OTI), sections 3.3.2 and 3.3.3. */
typedef struct
{
  uint64_t transfer_length; /**< F: bytes of the object, 1 to RQ_F_MAX */
  uint16_t symbol_size; /**< T: bytes of a symbol, a multiple of Al */
  uint8_t source_blocks; /**< Z: number of source blocks, at least 1 */
  uint16_t
      sub_blocks; /**< N: number of sub-blocks of each source block, at least 1 */
  uint8_t alignment; /**< Al: symbol alignment in bytes, at least 1 */
} RqOti;

/**
 * Derives T, Z and N for an object as section 4.3 does.
 *
 * @param oti           is filled in
 * @param length        F, 1 to RQ_F_MAX
 * @param max_payload   P', largest symbol a packet can hold, in bytes; T becomes the largest multiple of Al in it
 * @param alignment     Al, in bytes (the RFC recommends 4)
 * @param min_sub       SS: a sub-symbol is at least SS * Al bytes (the RFC's example: 8)
 * @param max_memory    WS: most working memory of a block that is decoded sub-block by sub-block, in bytes
 * @return RQ_OK, RQ_ERR_T, RQ_ERR_ARGUMENT, or RQ_ERR_OTI when no allowed Z and N exist
 */
RQ_API RqStatus rq_oti_derive (RqOti *oti, uint64_t length,
    uint16_t max_payload, uint8_t alignment, uint16_t min_sub,
    uint64_t max_memory);

/** Checks that @oti can be true: all limits of section 3.3 and 4.4. RQ_OK, RQ_ERR_T or RQ_ERR_OTI. Allocates nothing. */
RQ_API RqStatus rq_oti_check (const RqOti *oti);

/** Writes the 8-byte common and the 4-byte scheme-specific OTI, big endian, RQ_OTI_SIZE bytes to @out. NULL: nothing. */
RQ_API void rq_oti_write (const RqOti *oti, uint8_t out[RQ_OTI_SIZE]);

/** Reads what rq_oti_write() wrote and checks it as rq_oti_check() does; the reserved byte is ignored. */
RQ_API RqStatus rq_oti_read (RqOti *oti, const uint8_t in[RQ_OTI_SIZE]);

/**
 * K of source block @sbn (section 4.4.1.2); 0 when the object has no such block. @oti must have passed the check: else
 * these three give 0 or any number.
 */
RQ_API uint32_t rq_oti_block_symbols (const RqOti *oti, unsigned sbn);

/** Where source block @sbn begins in the object, in bytes; the last block may be cut short by F. */
RQ_API uint64_t rq_oti_block_offset (const RqOti *oti, unsigned sbn);

/** Bytes of the object that lie in source block @sbn (K * T, less what F lacks in the last one). */
RQ_API uint64_t rq_oti_block_size (const RqOti *oti, unsigned sbn);

/**
 * Copies source symbol @esi out of a block: with N > 1 a symbol is made of one sub-symbol of each sub-block
 * (section 4.4.1.2). Bytes past the object's end are zero.
 *
 * @param block   rq_oti_block_size() bytes of the object from rq_oti_block_offset()
 * @param symbol  T bytes, written
 * @return RQ_OK, RQ_ERR_ESI when @esi is not below K, RQ_ERR_OTI
 */
RQ_API RqStatus rq_oti_take_symbol (const RqOti *oti, unsigned sbn,
    uint32_t esi, const uint8_t *block, uint8_t *symbol);

/** The way back of rq_oti_take_symbol(): copies @symbol to its places in @block; padding is not written. */
RQ_API RqStatus rq_oti_put_symbol (const RqOti *oti, unsigned sbn, uint32_t esi,
    const uint8_t *symbol, uint8_t *block);

/* ---- Cache ----------------------------------------------------------------------------------------------------- */

/** What depends on K only, kept for the next block of that size; bounded in bytes, shared between threads. */
typedef struct _RqCache RqCache;

/** What a cache holds and did; bytes and counts. */
typedef struct
{
  size_t bytes; /**< held now */
  size_t max_bytes; /**< the limit */
  uint64_t hits;
  uint64_t misses;
} RqCacheStats;

/** A cache of its own with a limit in bytes; NULL when out of memory. Freed with rq_cache_free(). */
RQ_API RqCache *rq_cache_new (size_t max_bytes);

/** Frees @cache (NULL is allowed). Encoders and decoders made with it keep what they use; they may live on. */
RQ_API void rq_cache_free (RqCache *cache);

/** The cache of the process, used wherever NULL is given; made on first use; never freed by callers. */
RQ_API RqCache *rq_cache_default (void);

/** Empties @cache (NULL: the default one); what is in use stays alive until its last user is gone. */
RQ_API void rq_cache_clear (RqCache *cache);

/** Sets the limit of @cache (NULL: the default one, 64 MiB at first); what is above it is dropped, oldest use first. */
RQ_API void rq_cache_set_limit (RqCache *cache, size_t max_bytes);

/** Fills @stats for @cache (NULL: the default one). */
RQ_API void rq_cache_get_stats (RqCache *cache, RqCacheStats *stats);

/* ---- Encoder ---------------------------------------------------------------------------------------------------- */

/** Makes symbols of one source block. */
typedef struct _RqEncoder RqEncoder;

/**
 * @param cache  NULL for the default one
 * @param k      source symbols, 1 to RQ_K_MAX
 * @param t      bytes of a symbol, 1 to RQ_T_MAX
 * @param status where the reason goes when NULL is returned; may be NULL
 * @return a new encoder, to be freed with rq_encoder_free(), or NULL
 */
RQ_API RqEncoder *rq_encoder_new (
    RqCache *cache, uint32_t k, uint32_t t, RqStatus *status);

/** Frees @encoder; NULL is allowed. */
RQ_API void rq_encoder_free (RqEncoder *encoder);

/** Makes @encoder ready for another block of @k symbols of @t bytes; keeps its memory where it fits. */
RQ_API RqStatus rq_encoder_reset (RqEncoder *encoder, uint32_t k, uint32_t t);

/**
 * Says where the source symbols are: @symbols[i] points to T readable bytes of source symbol i, for all i < K. The
 * array is copied; the symbols are borrowed until rq_encoder_reset(), the next set_source or rq_encoder_free(), and
 * must not change. No alignment is asked for. A short last symbol must have been filled up with zeros.
 */
RQ_API RqStatus rq_encoder_set_source (
    RqEncoder *encoder, const uint8_t *const *symbols);

/**
 * The same for a block that lies in one piece: symbol i at @data + i * @stride, @stride >= T. @size is the number of
 * bytes from @data that may be read, more than (K - 1) * stride; when it ends within the last symbol, the encoder
 * fills that symbol up with zeros in a copy of its own.
 */
RQ_API RqStatus rq_encoder_set_source_block (
    RqEncoder *encoder, const uint8_t *data, size_t size, size_t stride);

/**
 * Writes @count encoding symbols with consecutive ESIs from @esi: symbol j to @out[j], T bytes each. ESIs below K give
 * source symbols. Repair symbols begin at ESI K (section 5.3.1). The outputs must not overlap the source.
 *
 * @return RQ_OK, RQ_ERR_ESI, RQ_ERR_ARGUMENT (no source yet), RQ_ERR_MEMORY
 */
RQ_API RqStatus rq_encoder_write (
    RqEncoder *encoder, uint32_t esi, uint32_t count, uint8_t *const *out);

/**
 * How many repair symbols to ask for at a time, when @total are wanted of the present source in the end: the least
 * number, 1 to @total, that does not make them cost more altogether than all at once. So who sends them one by one need
 * neither make nor keep them all before the first is due. Tells what is best now; may be asked again before each call.
 *
 * @return a number of symbols; 0 when @total is 0, @encoder is NULL or has no source
 */
RQ_API uint32_t rq_encoder_portion (RqEncoder *encoder, uint32_t total);

/* ---- Decoder ---------------------------------------------------------------------------------------------------- */

/** Rebuilds one source block from symbols as they come. */
typedef struct _RqDecoder RqDecoder;

/** As rq_encoder_new(). */
RQ_API RqDecoder *rq_decoder_new (
    RqCache *cache, uint32_t k, uint32_t t, RqStatus *status);

/** Frees @decoder; NULL is allowed. The block's memory stays the caller's. */
RQ_API void rq_decoder_free (RqDecoder *decoder);

/** Makes @decoder ready for another block; what was added and the block's place are forgotten. */
RQ_API RqStatus rq_decoder_reset (RqDecoder *decoder, uint32_t k, uint32_t t);

/**
 * Says where the block's source symbols are to lie: @symbols[i] points to T writable bytes for source symbol i, i < K.
 * The array is copied; the memory is borrowed until reset, the next set_block or free. To be called before the first
 * rq_decoder_add().
 */
RQ_API RqStatus rq_decoder_set_block (
    RqDecoder *decoder, uint8_t *const *symbols);

/**
 * Adds one received symbol. A source symbol (@esi < K) is copied to its place unless @symbol already points there; a
 * repair symbol is borrowed and must stay valid and unchanged until rq_decoder_decode() has returned RQ_OK, reset or
 * free. Duplicates are ignored. Cheap: no work is done until rq_decoder_decode().
 *
 * @return RQ_OK when a decode may be tried now (or nothing is missing), RQ_NEED_MORE when not yet, or an error
 */
RQ_API RqStatus rq_decoder_add (
    RqDecoder *decoder, uint32_t esi, const uint8_t *symbol);

/** Whether source symbol @esi lies in its place, received or recovered. */
RQ_API bool rq_decoder_has (const RqDecoder *decoder, uint32_t esi);

/** How many source symbols do not lie in their place yet. */
RQ_API uint32_t rq_decoder_missing (const RqDecoder *decoder);

/** How many more symbols are needed at least before rq_decoder_decode() can succeed; 0 when it may be tried. */
RQ_API uint32_t rq_decoder_needed (const RqDecoder *decoder);

/**
 * Rebuilds all missing source symbols into their places. Costs nothing when none is missing.
 *
 * @return RQ_OK: the whole block is right. RQ_NEED_MORE: too few symbols, or those there are not independent (once in
 *   a hundred with exactly K symbols, section 5.8): nothing was changed, add one more and call again. RQ_ERR_*.
 */
RQ_API RqStatus rq_decoder_decode (RqDecoder *decoder);

/* ---- Whole objects, on several threads --------------------------------------------------------------------------- */

/*
 * @n_threads below is how many threads work, the caller's own among them: 1 makes none, 0 takes as many as processors
 * are online. There are never more than there are blocks, and when the system gives fewer, these do all the work. The
 * result does not depend on it.
 */

/**
 * Makes repair symbols of all source blocks of an object: of block sbn those with the ESIs K + @first to
 * K + @first + @count - 1, where K is that block's (rq_oti_block_symbols()). The object is read where it lies; only with
 * sub-blocks (N > 1) each thread copies the block it works on (K * T bytes).
 *
 * @param cache  NULL for the default one
 * @param object F bytes
 * @param out    Z * @count places of T writable bytes; symbol i of block sbn goes to @out[sbn * @count + i]
 * @return RQ_OK, what rq_oti_check() says, RQ_ERR_ARGUMENT, RQ_ERR_ESI, RQ_ERR_SIZE (F does not fit the address space)
 *   or RQ_ERR_MEMORY. After RQ_ERR_MEMORY some of the places have been written; after the others none.
 */
RQ_API RqStatus rq_object_encode (RqCache *cache, const RqOti *oti,
    const uint8_t *object, uint32_t first, uint32_t count, uint8_t *const *out,
    unsigned n_threads);

/**
 * Calls rq_decoder_decode() for @n decoders, all different, set up and fed by the caller.
 *
 * @param statuses  @n of them, written: what each came to (RQ_ERR_ARGUMENT for one that is NULL)
 * @return RQ_OK when all are, else the first error, else RQ_NEED_MORE; RQ_ERR_ARGUMENT
 */
RQ_API RqStatus rq_decoders_decode (RqDecoder *const *decoders,
    RqStatus *statuses, size_t n, unsigned n_threads);

/** Rebuilds a whole object in the caller's memory. Belongs to one thread at a time, as an RqDecoder does. */
typedef struct _RqObjectDecoder RqObjectDecoder;

/**
 * Nothing as large as the object is allocated here: a block's memory is taken when its first symbol is added, and given
 * back when the block is whole (about K * 9 bytes and what rq_decoder_add() and rq_decoder_decode() take; with
 * sub-blocks K * T more). So the caller, who has F bytes, bounds it.
 *
 * @param cache  NULL for the default one
 * @param oti    copied
 * @param object F writable bytes, borrowed until rq_object_decoder_free(); nothing beyond them is touched, also when F is
 *   no multiple of T
 * @param status where the reason goes when NULL is returned; may be NULL: what rq_oti_check() says, RQ_ERR_ARGUMENT,
 *   RQ_ERR_SIZE (F does not fit the address space) or RQ_ERR_MEMORY
 * @return a new decoder, to be freed with rq_object_decoder_free(), or NULL
 */
RQ_API RqObjectDecoder *rq_object_decoder_new (
    RqCache *cache, const RqOti *oti, uint8_t *object, RqStatus *status);

/** Frees @decoder; NULL is allowed. The object's memory stays the caller's. */
RQ_API void rq_object_decoder_free (RqObjectDecoder *decoder);

/**
 * Adds symbol @esi of source block @sbn as rq_decoder_add() does: a repair symbol must stay valid until
 * rq_object_decoder_decode() has made that block whole, or free. Symbols of whole blocks are ignored.
 *
 * @return RQ_OK when that block may be decoded now, RQ_NEED_MORE when not yet, RQ_ERR_ARGUMENT, RQ_ERR_OTI (there is no
 *   block @sbn), RQ_ERR_ESI or RQ_ERR_MEMORY
 */
RQ_API RqStatus rq_object_decoder_add (RqObjectDecoder *decoder, unsigned sbn,
    uint32_t esi, const uint8_t *symbol);

/** How many source symbols of block @sbn are not there yet; 0 when there is no such block. */
RQ_API uint32_t rq_object_decoder_missing (
    const RqObjectDecoder *decoder, unsigned sbn);

/** How many more symbols of block @sbn are needed at least; 0 when it may be tried, is whole or does not exist. */
RQ_API uint32_t rq_object_decoder_needed (
    const RqObjectDecoder *decoder, unsigned sbn);

/**
 * Decodes all blocks that have enough symbols. To be called also when no symbol was lost: only a block that was decoded
 * is whole.
 *
 * @return RQ_OK: the whole object is right. RQ_NEED_MORE: blocks are missing symbols, as rq_object_decoder_needed() says;
 *   the others are whole. RQ_ERR_MEMORY: a block could not be decoded, it can be tried again.
 */
RQ_API RqStatus rq_object_decoder_decode (
    RqObjectDecoder *decoder, unsigned n_threads);

#ifdef __cplusplus
}
#endif
#endif
