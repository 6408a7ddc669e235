// The floor: what the kernel itself takes for the work that `up`, `down` and `exec` ask of it, with
// nothing around it. No library, no image store, no supervision.
//
//   floor up ROOTFS COUNT     one bridge and COUNT containers up, then down; prints two times in ms
//   floor exec PID            enters the namespaces of PID and runs /bin/busybox true; prints ms
//
// ROOTFS needs /bin/busybox and /bin/pause, a static program that ends on SIGTERM. Run it in a
// network namespace of its own. Build: cc -O2 -static -pthread -o floor floor.c
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/veth.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(call)                                                                  \
  do {                                                                               \
    if ((long)(call) < 0) {                                                          \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, strerror(errno)); \
      _exit(1);                                                                      \
    }                                                                                \
  } while (0)

static const char *root_filesystem;
static char scratch[256];
static const char *controllers[] = {"cpu", "memory", "pids"};

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static char *text(const char *format, ...) {
  static __thread char buffers[4][1024];
  static __thread int next;
  char *buffer = buffers[next++ % 4];
  va_list list;
  va_start(list, format);
  vsnprintf(buffer, sizeof buffers[0], format, list);
  va_end(list);
  return buffer;
}

static void write_file(const char *path, const char *content) {
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  CHECK(file);
  CHECK(write(file, content, strlen(content)));
  close(file);
}

// ---- rtnetlink: a batch of messages in one buffer

struct batch {
  char bytes[4096];
  size_t length;
  struct nlmsghdr *header;
  int count;
};

static void *message(struct batch *batch, int type, int flags, size_t size) {
  size_t start = NLMSG_ALIGN(batch->length);
  batch->header = (void *)(batch->bytes + start);
  memset(batch->header, 0, NLMSG_SPACE(size));
  batch->header->nlmsg_type = type;
  batch->header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  batch->header->nlmsg_len = NLMSG_LENGTH(size);
  batch->header->nlmsg_seq = ++batch->count;
  batch->length = start + batch->header->nlmsg_len;
  return NLMSG_DATA(batch->header);
}

static struct rtattr *attribute(struct batch *batch, int type, const void *data, size_t size) {
  struct rtattr *attribute = (void *)(batch->bytes + NLMSG_ALIGN(batch->length));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(size);
  if (size) memcpy(RTA_DATA(attribute), data, size);
  batch->length = (char *)attribute - batch->bytes + RTA_ALIGN(attribute->rta_len);
  batch->header->nlmsg_len = batch->bytes + batch->length - (char *)batch->header;
  return attribute;
}

static void close_attribute(struct batch *batch, struct rtattr *attribute) {
  attribute->rta_len = batch->bytes + batch->length - (char *)attribute;
}

static int open_netlink(void) {
  int socket_descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  CHECK(socket_descriptor);
  return socket_descriptor;
}

static void send_batch(int socket_descriptor, struct batch *batch) {
  char reply[8192];
  CHECK(send(socket_descriptor, batch->bytes, batch->length, 0));
  while (batch->count > 0) {
    ssize_t size = recv(socket_descriptor, reply, sizeof reply, 0);
    CHECK(size);
    for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, size); h = NLMSG_NEXT(h, size)) {
      if (h->nlmsg_type != NLMSG_ERROR) continue;
      errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
      if (errno) CHECK(-1);
      batch->count--;
    }
  }
  batch->length = 0;
}

static void add_address(struct batch *batch, int link, uint32_t address) {
  struct ifaddrmsg *body = message(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *body);
  body->ifa_family = AF_INET;
  body->ifa_prefixlen = 16;
  body->ifa_index = link;
  address = htonl(address);
  attribute(batch, IFA_LOCAL, &address, 4);
  attribute(batch, IFA_ADDRESS, &address, 4);
}

static int make_bridge(int netlink) {
  struct batch batch = {.length = 0};
  struct ifinfomsg *body = message(&batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *body);
  body->ifi_flags = body->ifi_change = IFF_UP;
  attribute(&batch, IFLA_IFNAME, "floor0", 7);
  struct rtattr *info = attribute(&batch, IFLA_LINKINFO, 0, 0);
  attribute(&batch, IFLA_INFO_KIND, "bridge", 6);
  close_attribute(&batch, info);
  send_batch(netlink, &batch);
  int link = if_nametoindex("floor0");
  add_address(&batch, link, 0x0a580001);
  send_batch(netlink, &batch);
  return link;
}

// The pair, the peer's namespace, its bridge and "up" in one message.
static void make_veth(int netlink, int number, int bridge, pid_t owner) {
  struct batch batch = {.length = 0};
  struct ifinfomsg *body = message(&batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *body);
  body->ifi_flags = body->ifi_change = IFF_UP;
  char *name = text("floorv%d", number);
  attribute(&batch, IFLA_IFNAME, name, strlen(name) + 1);
  attribute(&batch, IFLA_MASTER, &bridge, 4);
  struct rtattr *info = attribute(&batch, IFLA_LINKINFO, 0, 0);
  attribute(&batch, IFLA_INFO_KIND, "veth", 4);
  struct rtattr *data = attribute(&batch, IFLA_INFO_DATA, 0, 0);
  struct ifinfomsg peer = {0};
  struct rtattr *end = attribute(&batch, VETH_INFO_PEER, &peer, sizeof peer);
  attribute(&batch, IFLA_IFNAME, "eth0", 5);
  attribute(&batch, IFLA_NET_NS_PID, &owner, 4);
  close_attribute(&batch, end);
  close_attribute(&batch, data);
  close_attribute(&batch, info);
  send_batch(netlink, &batch);
}

static void configure_inside(int number) {
  int netlink = open_netlink();
  struct batch batch = {.length = 0};
  int links[] = {1, if_nametoindex("eth0")};
  for (int i = 0; i < 2; i++) {
    struct ifinfomsg *body = message(&batch, RTM_NEWLINK, 0, sizeof *body);
    body->ifi_index = links[i];
    body->ifi_flags = body->ifi_change = IFF_UP;
  }
  add_address(&batch, links[1], 0x0a580002 + number);
  struct rtmsg *route = message(&batch, RTM_NEWROUTE, NLM_F_CREATE, sizeof *route);
  route->rtm_family = AF_INET;
  route->rtm_table = RT_TABLE_MAIN;
  route->rtm_protocol = RTPROT_BOOT;
  route->rtm_type = RTN_UNICAST;
  uint32_t gateway = htonl(0x0a580001);
  attribute(&batch, RTA_GATEWAY, &gateway, 4);
  send_batch(netlink, &batch);
  close(netlink);
}

// ---- one container

struct container {
  int number, bridge;
  pid_t pid;
  int executed[2], connected[2];
};

static void load_filter(void) {
  static struct sock_filter filter[302];
  int length = 0;
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
  for (int i = 0; i < 300; i++)
    filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 100000 + i, 0, 0);
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {length, filter};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static void mount_root(int number) {
  char *merged = text("%s/c%d/merged", scratch, number);
  CHECK(mount("overlay", merged, "overlay", 0,
              text("lowerdir=%s,upperdir=%s/c%d/upper,workdir=%s/c%d/work", root_filesystem,
                   scratch, number, scratch, number)));
  CHECK(chdir(merged));
  unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  CHECK(mount("proc", "proc", "proc", safe, 0));
  CHECK(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=65536k"));
  static const struct { const char *path; int major, minor; } nodes[] = {
      {"dev/null", 1, 3}, {"dev/zero", 1, 5},    {"dev/full", 1, 7},
      {"dev/tty", 5, 0},  {"dev/random", 1, 8}, {"dev/urandom", 1, 9}};
  for (int i = 0; i < 6; i++)
    CHECK(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
  CHECK(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755));
  CHECK(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666"));
  CHECK(mount("shm", "dev/shm", "tmpfs", safe, "mode=1777,size=65536k"));
  CHECK(mount("mqueue", "dev/mqueue", "mqueue", safe, 0));
  CHECK(mount("sysfs", "sys", "sysfs", MS_RDONLY | safe, 0));
  static const char *files[] = {"resolv.conf", "hosts", "hostname"};
  for (int i = 0; i < 3; i++) {
    write_file(text("etc/%s", files[i]), "");
    CHECK(mount(text("%s/c%d/%s", scratch, number, files[i]), text("etc/%s", files[i]), 0,
                MS_BIND, 0));
  }
  static const char *read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys"};
  for (int i = 0; i < 4; i++) {
    CHECK(mount(read_only[i], read_only[i], 0, MS_BIND | MS_REC, 0));
    CHECK(mount(0, read_only[i], 0, MS_BIND | MS_REMOUNT | MS_RDONLY | safe, 0));
  }
  CHECK(mount("dev/null", "proc/timer_list", 0, MS_BIND, 0));
  CHECK(mount("dev/null", "proc/keys", 0, MS_BIND, 0));
  CHECK(mount("tmpfs", "sys/firmware", "tmpfs", MS_RDONLY, 0));
}

static void contain(struct container *container) {
  for (int i = 0; i < 3; i++)
    write_file(text("/sys/fs/cgroup/%s/floor/c%d/tasks", controllers[i], container->number), "0");
  CHECK(unshare(CLONE_NEWCGROUP));
  CHECK(mount(0, "/", 0, MS_REC | MS_SLAVE, 0));
  CHECK(sethostname("floor", 5));
  mount_root(container->number);
  char byte;
  close(container->connected[1]);
  CHECK(read(container->connected[0], &byte, 1) - 1);
  configure_inside(container->number);
  CHECK(syscall(SYS_pivot_root, ".", "."));
  CHECK(umount2(".", MNT_DETACH));
  CHECK(chdir("/"));
  load_filter();
  execl("/bin/pause", "pause", NULL);
  CHECK(-1);
}

static void start(struct container *container, int netlink) {
  int n = container->number;
  CHECK(mkdir(text("%s/c%d", scratch, n), 0755));
  static const char *parts[] = {"upper", "work", "merged"};
  for (int i = 0; i < 3; i++) CHECK(mkdir(text("%s/c%d/%s", scratch, n, parts[i]), 0755));
  static const char *files[] = {"resolv.conf", "hosts", "hostname"};
  for (int i = 0; i < 3; i++)
    write_file(text("%s/c%d/%s", scratch, n, files[i]), "127.0.0.1 localhost\n");
  for (int i = 0; i < 3; i++)
    CHECK(mkdir(text("/sys/fs/cgroup/%s/floor/c%d", controllers[i], n), 0755));
  CHECK(pipe2(container->executed, O_CLOEXEC));
  CHECK(pipe2(container->connected, O_CLOEXEC));
  struct clone_args arguments = {
      .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
      .exit_signal = SIGCHLD};
  container->pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  CHECK(container->pid);
  if (container->pid == 0) contain(container);
  close(container->executed[1]);
  make_veth(netlink, n, container->bridge, container->pid);
  CHECK(write(container->connected[1], "x", 1));
  close(container->connected[0]);
  close(container->connected[1]);
}

struct share { struct container *containers; int first, count; };

static void *start_share(void *argument) {
  struct share *share = argument;
  int netlink = open_netlink();
  for (int i = share->first; i < share->count; i += 2) start(&share->containers[i], netlink);
  for (int i = share->first; i < share->count; i += 2) {
    char byte;
    // The end of the pipe is the exec: the other side closed by it.
    if (read(share->containers[i].executed[0], &byte, 1) != 0) CHECK(-1);
    close(share->containers[i].executed[0]);
  }
  close(netlink);
  return NULL;
}

static void remove_directories(int count) {
  for (int i = 0; i < count; i++)
    for (int k = 0; k < 3; k++)
      while (rmdir(text("/sys/fs/cgroup/%s/floor/c%d", controllers[k], i)) && errno == EBUSY)
        usleep(100);
  for (int k = 0; k < 3; k++) rmdir(text("/sys/fs/cgroup/%s/floor", controllers[k]));
  if (system(text("rm -rf %s", scratch))) CHECK(-1);
}

static int measure_up(int count) {
  snprintf(scratch, sizeof scratch, "%s/floor.%d", getenv("FLOOR_DIR") ?: "/var/tmp", getpid());
  CHECK(mkdir(scratch, 0755));
  for (int i = 0; i < 3; i++) mkdir(text("/sys/fs/cgroup/%s/floor", controllers[i]), 0755);
  struct container *containers = calloc(count, sizeof *containers);
  double begin = milliseconds();
  int netlink = open_netlink();
  int bridge = make_bridge(netlink);
  for (int i = 0; i < count; i++) {
    containers[i].number = i;
    containers[i].bridge = bridge;
  }
  pthread_t threads[2];
  struct share shares[2] = {{containers, 0, count}, {containers, 1, count}};
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, start_share, &shares[i]);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
  double up = milliseconds() - begin;
  begin = milliseconds();
  // A PID 1 that has not come to install its handler yet never sees the signal: say it again.
  int left = count;
  for (int i = 0; i < count; i++) kill(containers[i].pid, SIGTERM);
  while (left > 0) {
    for (int i = 0; i < count; i++) {
      if (containers[i].pid == 0) continue;
      if (waitpid(containers[i].pid, NULL, WNOHANG) == 0) continue;
      containers[i].pid = 0;
      left--;
    }
    if (left == 0) break;
    usleep(200);
    for (int i = 0; i < count; i++)
      if (containers[i].pid) kill(containers[i].pid, SIGTERM);
  }
  remove_directories(count);
  double down = milliseconds() - begin;
  struct batch batch = {.length = 0};
  struct ifinfomsg *body = message(&batch, RTM_DELLINK, 0, sizeof *body);
  body->ifi_index = bridge;
  send_batch(netlink, &batch);
  printf("%.2f %.2f\n", up, down);
  return 0;
}

static int measure_exec(const char *pid) {
  double begin = milliseconds();
  int process = syscall(SYS_pidfd_open, atoi(pid), 0);
  CHECK(process);
  CHECK(setns(process, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                           CLONE_NEWCGROUP));
  pid_t child = vfork();
  if (child == 0) {
    execl("/bin/busybox", "busybox", "true", NULL);
    _exit(127);
  }
  int status;
  waitpid(child, &status, 0);
  printf("%.2f\n", milliseconds() - begin);
  return status != 0;
}

int main(int count, char **arguments) {
  umask(0);
  if (count == 4 && !strcmp(arguments[1], "up")) {
    root_filesystem = arguments[2];
    return measure_up(atoi(arguments[3]));
  }
  if (count == 3 && !strcmp(arguments[1], "exec")) return measure_exec(arguments[2]);
  fprintf(stderr, "usage: floor up ROOTFS COUNT | floor exec PID\n");
  return 2;
}
