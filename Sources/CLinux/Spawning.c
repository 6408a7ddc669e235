// Starting programs and processes that share our memory until they run something else.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPAWN_STACK = 64 * 1024, HIGHEST_SIGNAL = 64 };

struct spawn_state {
  const struct linux_spawn_request *request;
  char *inner_stack;
  pid_t pid;
  int error;
};

// The kernel's own structure: the C library's signal functions take locks that another thread of
// the parent may hold, and parent and child share memory here.
static void reset_signals(void) {
  struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } standard = {0};
  for (int number = 1; number <= HIGHEST_SIGNAL; number++)
    syscall(SYS_rt_sigaction, number, &standard, NULL, 8);
  unsigned long none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
}

// A process that shares our memory. A signal of ours must not run our handlers there.
static pid_t clone_sharing(int (*body)(void *), char *stack_end, uint64_t flags, void *argument) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  pid_t pid = clone(body, stack_end, CLONE_VM | (int)flags, argument);
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return pid;
}

// How such a process ends: a sanitizer that sees _exit() closes its books, which here are ours.
static int leave(int code) { return (int)syscall(SYS_exit_group, code); }

static int place_descriptors(const struct linux_spawn_request *request) {
  // First out of the way of every target, then into place, so that pairs may overlap.
  int highest = 2, moved[request->descriptor_pairs + 1];
  for (int i = 0; i < request->descriptor_pairs; i++)
    if (request->descriptors[2 * i + 1] > highest) highest = request->descriptors[2 * i + 1];
  for (int i = 0; i < request->descriptor_pairs; i++) {
    moved[i] = fcntl(request->descriptors[2 * i], F_DUPFD_CLOEXEC, highest + 1);
    if (moved[i] < 0) return -1;
  }
  if (highest > 2) close_range(3, highest, 0);
  // Not dup2(): a sanitizer would take the child's descriptors for ours.
  for (int i = 0; i < request->descriptor_pairs; i++)
    if (syscall(SYS_dup3, moved[i], request->descriptors[2 * i + 1], 0) < 0) return -1;
  // The kernel lets our parent go on before it closes what is close-on-exec: by then a port that the
  // parent gives up must not be held here any more.
  int low = highest + 1, kept = request->kept;
  if (kept > low) close_range(low, kept - 1, 0);
  close_range(kept >= low ? kept + 1 : low, ~0U, 0);
  return kept < low ? 0 : fcntl(kept, F_SETFD, FD_CLOEXEC);
}

static int spawned_child(void *argument) {
  struct spawn_state *state = argument;
  const struct linux_spawn_request *request = state->request;
  if (request->new_session) setsid();
  if (request->new_group) setpgid(0, 0);
  if ((!request->directory || chdir(request->directory) == 0) && place_descriptors(request) == 0) {
    reset_signals();
    execve(request->executable, request->arguments, request->environment);
  }
  state->error = errno;
  return leave(127);
}

static int spawned_parent_of_detached(void *argument) {
  struct spawn_state *state = argument;
  state->pid = clone(spawned_child, state->inner_stack + SPAWN_STACK,
                     CLONE_VM | CLONE_VFORK | SIGCHLD, state);
  if (state->pid < 0) state->error = errno;
  close_range(0, ~0U, 0);
  return leave(0);
}

pid_t linux_spawn(const struct linux_spawn_request *request) {
  char *stacks = malloc(2 * SPAWN_STACK);
  if (!stacks) return -1;
  struct spawn_state state = {.request = request, .inner_stack = stacks};
  pid_t pid = clone_sharing(request->detached ? spawned_parent_of_detached : spawned_child,
                            stacks + 2 * SPAWN_STACK, CLONE_VFORK | SIGCHLD, &state);
  int error = pid < 0 ? errno : state.error;
  if (pid > 0 && (request->detached || error))
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
  free(stacks);
  if (error) { errno = error; return -1; }
  return request->detached ? state.pid : pid;
}

pid_t linux_clone_process(uint64_t flags, int cgroup, int *pidfd) {
  struct clone_args arguments = {
      .flags = flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
      .pidfd = (uint64_t)(uintptr_t)pidfd,
      .exit_signal = SIGCHLD,
      .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
  };
  return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

// A system call that touches nothing but the kernel. A process that runs beside us in our memory
// also has our thread's local storage: what the C library's syscall() writes to errno there would
// be read by us as the reason of a failure of ours.
static long bare_call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#else
#error "the system call instruction of this processor is not known here"
#endif
}

// Closes all descriptors but two.
static void keep_only(int one, int other) {
  int low = one < other ? one : other, high = one < other ? other : one;
  if (low > 0) bare_call(SYS_close_range, 0, low - 1, 0, 0, 0, 0);
  if (high > low + 1) bare_call(SYS_close_range, low + 1, high - 1, 0, 0, 0, 0);
  bare_call(SYS_close_range, high + 1, ~0U, 0, 0, 0, 0);
}

struct companion {
  int socket, pipe[2];
  size_t length;
  char stack[4096] __attribute__((aligned(16)));
  char datagram[];
};

// Sends a datagram, if it was given one, and stays until the other end of its pipe is closed.
static int accompany(void *argument) {
  struct companion *companion = argument;
  char byte;
  // Nothing else may stay open: of two made at once each would keep the other's writing end, and
  // both would wait for ever; whoever reads our output or wants a lock of ours must not wait.
  keep_only(companion->length ? companion->socket : companion->pipe[0], companion->pipe[0]);
  if (companion->length)
    bare_call(SYS_sendto, companion->socket, (long)companion->datagram, (long)companion->length, 0, 0, 0);
  // Who closes a socket last waits as long as who sends.
  bare_call(SYS_read, companion->pipe[0], (long)&byte, 1, 0, 0, 0);
  bare_call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
  return 0;
}

static pid_t start_companion(struct companion *companion, uint64_t flags, int *release) {
  if (!companion) return -1;
  if (pipe2(companion->pipe, O_CLOEXEC) < 0) { free(companion); return -1; }
  pid_t pid =
      clone_sharing(accompany, companion->stack + sizeof companion->stack, flags, companion);
  int error = errno;
  close(companion->pipe[0]);
  if (pid < 0) { close(companion->pipe[1]); free(companion); errno = error; return -1; }
  *release = companion->pipe[1];
  return pid;
}

pid_t linux_clone_holder(uint64_t flags, int *release, void **memory) {
  struct companion *companion = calloc(1, sizeof *companion);
  *memory = companion;
  return start_companion(companion, flags | SIGCHLD, release);
}

pid_t linux_send_from_child(int socket, const void *datagram, size_t length, int *release) {
  struct companion *companion = malloc(sizeof *companion + length);
  if (companion) {
    companion->socket = socket;
    companion->length = length;
    memcpy(companion->datagram, datagram, length);
  }
  return start_companion(companion, 0, release);
}
