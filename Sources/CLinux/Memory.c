// What a process that stays gives back once it has started.
#define _GNU_SOURCE
#include "CLinux.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// The linker puts these at the two ends of the program's code.
extern const char __executable_start;
extern const char etext;

void linux_release_start_memory(void) {
  malloc_trim(0);
  // Code is never written, so its pages come back from the file when they are run again: what only
  // the start needed no longer counts as ours.
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t begin = ((uintptr_t)&__executable_start + page - 1) & ~(page - 1);
  const uintptr_t end = (uintptr_t)&etext & ~(page - 1);
  if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
}
