import State

extension SeccompProfile {
  /// What Docker lets a container do that asks for nothing: the calls that programs need, without
  /// those that reach beyond the container or that a capability it does not have guards.
  package static let dockerDefault = SeccompProfile(
    defaultAction: .fail(errno: 1),
    rules: [
      Rule(split(filesAndDescriptors)), Rule(split(memory)), Rule(split(processes)),
      Rule(split(identity)), Rule(split(signalsAndTimers)), Rule(split(waiting)),
      Rule(split(communication)), Rule(split(scheduling)), Rule(split(restrictions)),
    ] + conditional + byArchitecture + byCapability)

  private static func split(_ names: String) -> [String] {
    names.split { $0 == " " || $0 == "\n" }.map(String.init)
  }

  private static let filesAndDescriptors = """
    access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3
    faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat
    fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock
    fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64
    futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch inotify_init
    inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents
    io_pgetevents_time64 io_setup io_submit ioctl lchown lchown32 lgetxattr link linkat listmount
    listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 mkdir
    mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pread64 preadv preadv2
    pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr removexattrat
    rename renameat renameat2 rmdir sendfile sendfile64 setxattr setxattrat splice stat stat64
    statfs statfs64 statmount statx symlink symlinkat sync sync_file_range syncfs tee truncate
    truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev
    """

  private static let memory = """
    brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock
    mlock2 mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc
    pkey_free pkey_mprotect process_mrelease remap_file_pages shmat shmctl shmdt shmget
    """

  private static let processes = """
    execve execveat exit exit_group fork get_robust_list get_thread_area getcpu getpgid getpgrp
    getpid getppid getrlimit getrusage getsid gettid ioprio_get ioprio_set kill pidfd_open
    pidfd_send_signal prctl prlimit64 restart_syscall rseq set_robust_list set_thread_area
    set_tid_address setpgid setrlimit setsid sysinfo tgkill times tkill ugetrlimit uname uretprobe
    vfork wait4 waitid waitpid
    """

  private static let identity = """
    capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
    getresgid getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid
    setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32
    setresuid setresuid32 setreuid setreuid32 setuid setuid32
    """

  private static let signalsAndTimers = """
    adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
    clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep pause
    rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo setitimer sigaltstack signalfd
    signalfd4 sigprocmask sigreturn time timer_create timer_delete timer_getoverrun timer_gettime
    timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64
    timerfd_settime timerfd_settime64
    """

  private static let waiting = """
    epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait
    epoll_wait_old eventfd eventfd2 futex futex_requeue futex_time64 futex_wait futex_waitv
    futex_wake _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select
    """

  private static let communication = """
    accept accept4 bind connect getpeername getrandom getsockname getsockopt ipc listen
    mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
    mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd pipe pipe2 recv recvfrom recvmmsg
    recvmmsg_time64 recvmsg semctl semget semop semtimedop semtimedop_time64 send sendmmsg sendmsg
    sendto setsockopt shutdown socketcall socketpair
    """

  private static let scheduling = """
    getpriority sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
    sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
    sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield setpriority
    """

  private static let restrictions = """
    landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp
    """

  // Address family 40 is AF_VSOCK: it would reach the hypervisor.
  private static let conditional: [Rule] =
    [Rule(["socket"], when: [Condition(0, .notEqual, 40)])]
    // The usual execution domains: Linux, UNAME26, no address randomisation, and asking.
    + [0, 0x0008, 0x20000, 0x20008, 0xFFFF_FFFF].map { domain in
      Rule(["personality"], when: [Condition(0, .equal, domain)])
    } + [
      Rule(["process_vm_readv", "process_vm_writev", "ptrace"], minimumKernel: [4, 8])
    ]

  private static let byArchitecture = [
    Rule(["arch_prctl"], architectures: ["amd64", "x32"]),
    Rule(["modify_ldt"], architectures: ["amd64", "x32", "x86"]),
    Rule(
      [
        "arm_fadvise64_64", "arm_sync_file_range", "sync_file_range2", "breakpoint", "cacheflush",
        "set_tls",
      ], architectures: ["arm", "arm64"]),
    Rule(["sync_file_range2", "swapcontext"], architectures: ["ppc64le"]),
    Rule(["riscv_flush_icache", "riscv_hwprobe"], architectures: ["riscv64"]),
    Rule(
      ["s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr"],
      architectures: ["s390", "s390x"]),
  ]

  private static func with(_ capability: String, _ calls: [String]) -> Rule {
    Rule(calls, capabilities: CapabilitySet(known: [capability]))
  }

  // Every flag that makes a namespace: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and
  // NEWNET.
  private static let namespaceFlags: UInt64 = 0x7E02_0000
  private static let administrator = CapabilitySet(known: ["SYS_ADMIN"])

  private static let byCapability: [Rule] = [
    with("DAC_READ_SEARCH", ["open_by_handle_at"]),
    with(
      "SYS_ADMIN",
      [
        "bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick",
        "lookup_dcookie", "mount", "mount_setattr", "move_mount", "open_tree", "perf_event_open",
        "quotactl", "quotactl_fd", "setdomainname", "sethostname", "setns", "syslog", "umount",
        "umount2", "unshare",
      ]),
    with("SYS_BOOT", ["reboot"]),
    with("SYS_CHROOT", ["chroot"]),
    with("SYS_MODULE", ["delete_module", "init_module", "finit_module"]),
    with("SYS_PACCT", ["acct"]),
    with(
      "SYS_PTRACE",
      [
        "kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev",
        "ptrace",
      ]),
    with("SYS_RAWIO", ["iopl", "ioperm"]),
    with("SYS_TIME", ["settimeofday", "stime", "clock_settime", "clock_settime64"]),
    with("SYS_TTY_CONFIG", ["vhangup"]),
    with("SYS_NICE", ["get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"]),
    with("SYSLOG", ["syslog"]),
    with("BPF", ["bpf"]),
    with("PERFMON", ["perf_event_open"]),
    Rule(
      ["clone"], when: [Condition(0, .maskedEqual, namespaceFlags, 0)],
      withoutCapabilities: administrator, withoutArchitectures: ["s390", "s390x"]),
    Rule(
      ["clone"], when: [Condition(1, .maskedEqual, namespaceFlags, 0)],
      withoutCapabilities: administrator, architectures: ["s390", "s390x"]),
    // Its flags lie in memory, where no filter can look: programs fall back to clone.
    Rule(["clone3"], .fail(errno: 38), withoutCapabilities: administrator),
  ]
}
