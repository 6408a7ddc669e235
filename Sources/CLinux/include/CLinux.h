#pragma once
// Wrappers for what Swift cannot call (variadic functions, raw system calls, macros) or cannot see
// (declarations behind _GNU_SOURCE, which must not be defined here: it would change the types that
// other modules import). Every function returns -1 and sets errno on failure unless it says so.
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <sys/xattr.h>

enum {
  LINUX_CLONE_NEWNS = 0x00020000,
  LINUX_CLONE_NEWCGROUP = 0x02000000,
  LINUX_CLONE_NEWUTS = 0x04000000,
  LINUX_CLONE_NEWIPC = 0x08000000,
  LINUX_CLONE_NEWUSER = 0x10000000,
  LINUX_CLONE_NEWPID = 0x20000000,
  LINUX_CLONE_NEWNET = 0x40000000,

  LINUX_O_PATH = 010000000,
  LINUX_AT_EMPTY_PATH = 0x1000,
  LINUX_AT_RECURSIVE = 0x8000,
  LINUX_F_SETPIPE_SZ = 1031,

  LINUX_RESOLVE_NO_XDEV = 0x01,
  LINUX_RESOLVE_NO_MAGICLINKS = 0x02,
  LINUX_RESOLVE_NO_SYMLINKS = 0x04,
  LINUX_RESOLVE_BENEATH = 0x08,
  LINUX_RESOLVE_IN_ROOT = 0x10,

  LINUX_OPEN_TREE_CLONE = 1,
  LINUX_MOVE_MOUNT_F_EMPTY_PATH = 0x04,
  LINUX_MOVE_MOUNT_T_EMPTY_PATH = 0x40,
  LINUX_MOUNT_ATTR_RDONLY = 0x01, LINUX_MOUNT_ATTR_NOSUID = 0x02,
  LINUX_MOUNT_ATTR_NODEV = 0x04, LINUX_MOUNT_ATTR_NOEXEC = 0x08,
  LINUX_MOUNT_ATTR_NOATIME = 0x10, LINUX_MOUNT_ATTR_STRICTATIME = 0x20,
  LINUX_MOUNT_ATTR_IDMAP = 0x00100000,

  LINUX_PR_SET_PDEATHSIG = 1,
  LINUX_PR_SET_DUMPABLE = 4,
  LINUX_PR_SET_NAME = 15,
  LINUX_PR_CAPBSET_DROP = 24,
  LINUX_PR_SET_CHILD_SUBREAPER = 36,
  LINUX_PR_SET_NO_NEW_PRIVS = 38,
  LINUX_PR_CAP_AMBIENT = 47,
  LINUX_PR_CAP_AMBIENT_CLEAR_ALL = 4,

  LINUX_TIOCSCTTY = 0x540E,
  LINUX_TIOCGPTPEER = 0x5441,
  LINUX_TIOCGWINSZ = 0x5413,
  LINUX_TIOCSWINSZ = 0x5414,
};

// How a program is started (see linux_spawn). Descriptors come in pairs: from, to.
struct linux_spawn_request {
  const char *_Nonnull executable;
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  const char *_Nullable directory;
  const int *_Nullable descriptors;
  int descriptor_pairs;
  int new_session;
  int detached;
  int new_group;
  int kept; // a descriptor that the path of the program needs, above all that are listed; or -1
};

// Starts a program without copying the address space. Of descriptors above 2 it inherits the
// listed ones only. `detached` leaves no child to wait for. Returns the pid.
pid_t linux_spawn(const struct linux_spawn_request *_Nonnull request);

// A fork into new namespaces, and into the cgroup behind a descriptor (-1: none). Returns 0 in the
// child, the pid in the parent, where *pidfd is set.
pid_t linux_clone_process(uint64_t flags, int cgroup, int *_Nonnull pidfd);
// A process that does nothing but hold new namespaces until `*release` is closed. Once it was
// waited for, free(*memory).
pid_t linux_clone_holder(
    uint64_t flags, int *_Nonnull release, void *_Nullable *_Nonnull memory);

// Has a process of its own send a datagram, and returns its pid at once: for messages whose sender
// the kernel keeps for long. It holds the socket until `*release` is closed, then ends by itself. It
// shares a little memory with us, never freed.
pid_t linux_send_from_child(
    int socket, const void *_Nonnull datagram, size_t length, int *_Nonnull release);

int linux_unshare(uint64_t flags);
int linux_setns(int descriptor, uint64_t flags);
int linux_pivot_root(const char *_Nonnull new_root, const char *_Nonnull put_old);
int linux_prctl(int option, unsigned long value, unsigned long second);
int linux_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int linux_get_capabilities(uint64_t *_Nonnull effective, uint64_t *_Nonnull permitted);
int linux_load_seccomp(const void *_Nonnull program, unsigned short instructions);
int linux_join_session_keyring(const char *_Nonnull name);
int linux_attach_device_program(
    int cgroup, const uint64_t *_Nonnull instructions, unsigned count);
void linux_release_start_memory(void);

int linux_pidfd_open(pid_t pid);
int linux_pidfd_send_signal(int pidfd, int signal);
int linux_pidfd_get_descriptor(int pidfd, int descriptor);
// The wait status of a process that ended, kernel 6.15; 1 when set, 0 when not (yet) known.
int linux_pidfd_exit_status(int pidfd, int *_Nonnull status);
// Waits for a child; *status is as of waitpid(2).
int linux_wait_pidfd(int pidfd, int *_Nonnull status);

int linux_pipe(int descriptors[_Nonnull 2], int flags);
int linux_accept(int socket, int flags);
int linux_ioctl(int descriptor, unsigned long request, void *_Nullable argument);
ssize_t linux_tee(int from, int to, size_t length, int non_blocking);
ssize_t linux_splice(int from, int to, size_t length);
int linux_close_range(unsigned first, unsigned last, int close_on_exec);
int linux_openat2(
    int directory, const char *_Nonnull path, uint64_t flags, uint64_t mode, uint64_t resolve);
// Without the C library, which hides that a working directory is unreachable.
int linux_getcwd(char *_Nonnull buffer, size_t size);
int linux_make_device(
    int directory, const char *_Nonnull name, unsigned mode, unsigned major, unsigned minor);
unsigned linux_major(uint64_t device);
unsigned linux_minor(uint64_t device);

int linux_open_tree(int directory, const char *_Nonnull path, unsigned flags);
int linux_move_mount(int from, int to_directory, const char *_Nonnull to_path);
int linux_mount_setattr(
    int mount, int recursive, uint64_t set, uint64_t propagation, int user_namespace);
int linux_fsopen(const char *_Nonnull type);
int linux_fsconfig(int context, const char *_Nullable key, const char *_Nullable value);
int linux_fsmount(int context, unsigned attributes);

ssize_t linux_send_descriptors(
    int socket, const void *_Nonnull bytes, size_t length, const int *_Nullable descriptors,
    int count);
ssize_t linux_receive_descriptors(
    int socket, void *_Nonnull bytes, size_t length, int *_Nonnull descriptors,
    int *_Nonnull count);
