#ifndef CALLOCATION_COUNT_H
#define CALLOCATION_COUNT_H

#include <stdint.h>

/// How many blocks this process has asked the C library for since it started, by any function and in any thread.
uint64_t CAllocationCount_total(void);

/// Allocates a block and frees it: what a packet path must never do.
void CAllocationCount_allocateOnce(void);

#endif
