// Counts calls of malloc and its kin on the threads that ask for it, by standing in for them in the
// test program. Off (and saying so) under sanitizers, which stand in for them themselves.
#ifndef CALLOCATIONCOUNTER_H
#define CALLOCATIONCOUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted in this build.
bool allocation_counter_works(void);

/// Whether allocations of the calling thread count from now on; at first they do not.
void allocation_counter_watch_thread(bool on);

/// Allocations of the calling thread while it was watched.
uint64_t allocation_counter_thread_total(void);

#endif
