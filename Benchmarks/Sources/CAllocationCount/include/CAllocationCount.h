#ifndef CALLOCATION_COUNT_H
#define CALLOCATION_COUNT_H

#include <stdint.h>

/// The number of blocks that this process has allocated from the C library since it started, with any function in any thread.
uint64_t CAllocationCount_total(void);

/// Allocates a block and frees it, which the packet path must never do.
void CAllocationCount_allocateOnce(void);

#endif
