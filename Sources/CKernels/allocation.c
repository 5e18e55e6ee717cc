#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "allocation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *program(void) {
#if defined(__linux__)
  return program_invocation_short_name;
#else
  return "dlvideo";
#endif
}

void *ck_take_memory(size_t bytes, size_t alignment) {
  void *memory = NULL;
  if (posix_memalign(&memory, alignment, bytes) == 0 && memory) return memory;
  char line[256];  // printing to a stream might want memory too
  int length = snprintf(line, sizeof line,
                        "%s: not enough memory: %zu bytes more are needed; a smaller network input "
                        "(--size) or fewer threads (--threads) need less\n",
                        program(), bytes);
  ssize_t written = write(STDERR_FILENO, line, (size_t)length);
  (void)written;
  _exit(CK_NO_MEMORY);
}
