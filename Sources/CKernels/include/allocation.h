// Memory that a job cannot go without.
#ifndef DLVIDEO_CK_ALLOCATION_H
#define DLVIDEO_CK_ALLOCATION_H

#include <stddef.h>

/// `bytes` of memory on a boundary of `alignment` (a power of two, at least a pointer's size); to
/// be given back by free(). Never NULL: where the system has none left, one line on standard error
/// says so and the process ends with CK_NO_MEMORY. Take it before an output is created.
void *ck_take_memory(size_t bytes, size_t alignment);

enum { CK_NO_MEMORY = 70 };  ///< the program's status for lack of memory or threads

#endif
