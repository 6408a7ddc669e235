#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- Namespaces and privileges

int linux_unshare(uint64_t flags) { return unshare((int)flags); }
int linux_setns(int descriptor, uint64_t flags) { return setns(descriptor, (int)flags); }
int linux_pivot_root(const char *new_root, const char *put_old) {
  return (int)syscall(SYS_pivot_root, new_root, put_old);
}
int linux_prctl(int option, unsigned long value, unsigned long second) {
  return prctl(option, value, second, 0, 0);
}

int linux_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {
      {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
      {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)}};
  return (int)syscall(SYS_capset, &header, data);
}
int linux_get_capabilities(uint64_t *effective, uint64_t *permitted) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -1;
  *effective = (uint64_t)data[1].effective << 32 | data[0].effective;
  *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
  return 0;
}
int linux_load_seccomp(const void *program, unsigned short instructions) {
  struct sock_fprog filter = {instructions, (struct sock_filter *)program};
  return (int)syscall(
      SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
}
int linux_join_session_keyring(const char *name) {
  return (int)syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, name, 0, 0, 0);
}
int linux_attach_device_program(int cgroup, const uint64_t *instructions, unsigned count) {
  union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};
  load.insns = (uint64_t)(uintptr_t)instructions;
  load.insn_cnt = count;
  load.license = (uint64_t)(uintptr_t) "";
  int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
  if (program < 0) return -1;
  union bpf_attr attach = {.target_fd = (uint32_t)cgroup};
  attach.attach_bpf_fd = (uint32_t)program;
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  int result = (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach);
  int error = errno;
  close(program);
  errno = error;
  return result;
}

// ---- Processes by descriptor

int linux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
int linux_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}
int linux_pidfd_get_descriptor(int pidfd, int descriptor) {
  return (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0);
}
int linux_pidfd_exit_status(int pidfd, int *status) {
  // struct pidfd_info and PIDFD_GET_INFO of linux/pidfd.h, newer than Debian 12's headers.
  struct { uint64_t mask, cgroup; uint32_t ids[11]; int32_t exit_code; } info = {.mask = 1 << 3};
  if (ioctl(pidfd, _IOWR(0xFF, 11, info), &info) < 0) return -1;
  if (!(info.mask & 1 << 3)) return 0;
  *status = info.exit_code;
  return 1;
}
int linux_wait_pidfd(int pidfd, int *status) {
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0) return -1;
  *status = info.si_code == CLD_EXITED ? info.si_status << 8
            : info.si_code == CLD_DUMPED ? info.si_status | 0x80 : info.si_status;
  return 0;
}

// ---- Descriptors and files

int linux_pipe(int descriptors[2], int flags) { return pipe2(descriptors, flags | O_CLOEXEC); }
int linux_accept(int socket, int flags) { return accept4(socket, NULL, NULL, flags); }
int linux_ioctl(int descriptor, unsigned long request, void *argument) {
  return ioctl(descriptor, request, argument);
}
ssize_t linux_tee(int from, int to, size_t length, int non_blocking) {
  return tee(from, to, length, non_blocking ? SPLICE_F_NONBLOCK : 0);
}
ssize_t linux_splice(int from, int to, size_t length) {
  return splice(from, NULL, to, NULL, length, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
}
int linux_close_range(unsigned first, unsigned last, int close_on_exec) {
  return close_range(first, last, close_on_exec ? CLOSE_RANGE_CLOEXEC : 0);
}
int linux_openat2(
    int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}
int linux_getcwd(char *buffer, size_t size) { return (int)syscall(SYS_getcwd, buffer, size); }
int linux_make_device(
    int directory, const char *name, unsigned mode, unsigned major, unsigned minor) {
  return mknodat(directory, name, mode, makedev(major, minor));
}
unsigned linux_major(uint64_t device) { return major(device); }
unsigned linux_minor(uint64_t device) { return minor(device); }

// ---- Mounts by descriptor

int linux_open_tree(int directory, const char *path, unsigned flags) {
  return (int)syscall(SYS_open_tree, directory, path, flags | O_CLOEXEC);
}
int linux_move_mount(int from, int to_directory, const char *to_path) {
  unsigned flags = LINUX_MOVE_MOUNT_F_EMPTY_PATH | (*to_path ? 0 : LINUX_MOVE_MOUNT_T_EMPTY_PATH);
  return (int)syscall(SYS_move_mount, from, "", to_directory, to_path, flags);
}
int linux_mount_setattr(
    int mount, int recursive, uint64_t set, uint64_t propagation, int user_namespace) {
  struct { uint64_t set, clear, propagation, user_namespace; } attributes = {
      set, 0, propagation, (uint64_t)user_namespace};
  return (int)syscall(
      SYS_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attributes,
      sizeof attributes);
}
int linux_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, 1 /* close on exec */); }
int linux_fsconfig(int context, const char *key, const char *value) {
  int command = !key ? 6 /* create */ : value ? 1 /* set string */ : 0 /* set flag */;
  return (int)syscall(SYS_fsconfig, context, command, key, value, 0);
}
int linux_fsmount(int context, unsigned attributes) {
  return (int)syscall(SYS_fsmount, context, 1 /* close on exec */, attributes);
}

// ---- Descriptors through sockets

enum { MOST_DESCRIPTORS = 16 };

ssize_t linux_send_descriptors(
    int socket, const void *bytes, size_t length, const int *descriptors, int count) {
  union { char space[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)]; struct cmsghdr align; } control;
  struct iovec part = {(void *)bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > MOST_DESCRIPTORS) { errno = EINVAL; return -1; }
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.space;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t linux_receive_descriptors(
    int socket, void *bytes, size_t length, int *descriptors, int *count) {
  union { char space[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)]; struct cmsghdr align; } control;
  struct iovec part = {bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space,
                           .msg_controllen = sizeof control.space};
  int capacity = *count;
  *count = 0;
  ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (received < 0) return -1;
  for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
    int found = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < found; i++) {
      int descriptor = ((int *)CMSG_DATA(h))[i];
      if (*count < capacity) descriptors[(*count)++] = descriptor; else close(descriptor);
    }
  }
  return received;
}
