// Sleeps until SIGTERM: what the services of the benchmark run.
#include <signal.h>
#include <unistd.h>

static void end(int number) {
  (void)number;
  _exit(0);
}

int main(void) {
  signal(SIGTERM, end);
  for (;;) pause();
}
