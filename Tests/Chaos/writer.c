/* writer LINES CODE [TEXT]: writes lines as fast as they are taken, numbered ones without TEXT, in portions
   that end anywhere within a line, and ends with the code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[1 << 16];

static void put(size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t written = write(1, buffer + done, count - done);
    if (written < 0) exit(99);
    done += (size_t)written;
  }
}

int main(int argc, char **argv) {
  long lines = atol(argv[1]);
  const char *text = argc > 3 ? argv[3] : NULL;
  size_t used = 0, limit = 1;
  for (long line = 1; line <= lines; line++) {
    used += text ? (size_t)sprintf(buffer + used, "%s\n", text)
                 : (size_t)sprintf(buffer + used, "%ld\n", line);
    if (used < limit) continue;
    put(limit);
    used -= limit;
    memmove(buffer, buffer + limit, used);
    limit = limit % 4099 + 37;
  }
  put(used);
  return atoi(argv[2]);
}
