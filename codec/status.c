/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status.c: what the status values mean, in English. Knows raptorq.h only.
 */
#include "raptorq.h"

const char *
rq_status_message (RqStatus status)
{
  switch (status) {
    case RQ_OK:
      return "Success.";
    case RQ_NEED_MORE:
      return "More symbols are needed.";
    case RQ_ERR_ARGUMENT:
      return "A pointer is missing or the call is out of order.";
    case RQ_ERR_K:
      return "The number of source symbols must be between 1 and 56403.";
    case RQ_ERR_T:
      return "The symbol size must be between 1 and 65535 bytes and a "
             "multiple of the alignment.";
    case RQ_ERR_ESI:
      return "The encoding symbol ID is out of range.";
    case RQ_ERR_SIZE:
      return "A buffer or stride does not fit the symbols.";
    case RQ_ERR_OTI:
      return "The object transmission information contradicts itself or the "
             "limits of RFC 6330.";
    case RQ_ERR_MEMORY:
      return "Out of memory.";
  }
  return "Unknown status.";
}
