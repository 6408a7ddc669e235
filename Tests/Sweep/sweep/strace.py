"""Which system calls there are to be hit, and what hits them."""
import os
import re
import signal
import subprocess

# Calls that change or read state; each is one kind.
CALLS = (
    "openat", "openat2", "read", "write", "fsync", "fdatasync", "newfstatat", "getdents64",
    "rename,renameat,renameat2", "unlink,unlinkat,rmdir", "mkdir,mkdirat", "link,linkat",
    "symlink,symlinkat", "readlink,readlinkat", "mknodat,mknod", "flock", "ioctl", "mmap",
    "mount", "umount2", "open_tree", "move_mount", "mount_setattr", "fsopen", "fsconfig", "fsmount",
    "pivot_root", "clone,vfork", "clone3", "execve", "socket", "bind", "listen", "connect",
    "accept4", "sendto,sendmsg", "recvfrom,recvmsg", "setns", "unshare", "pidfd_open",
    "pidfd_send_signal", "kill", "wait4,waitid", "epoll_create1", "epoll_ctl", "inotify_add_watch",
    "pipe2", "ftruncate", "fchmod,fchmodat,chmod", "fchown,fchownat,chown,lchown", "utimensat",
    "splice,tee", "fcntl", "dup3", "memfd_create", "setxattr,lsetxattr,fsetxattr", "sethostname",
    "seccomp", "prctl", "setsid", "socketpair", "setsockopt", "statx", "copy_file_range,sendfile",
)
ERRORS = ("EIO", "ENOMEM", "EMFILE", "ENOSPC", "EPERM", "EAGAIN")
# A failure that the kernel does not give and a program may take for its end, or that only the C
# library of the tests' own programs would see.
NEVER_FAIL = {"mmap", "prctl", "fcntl", "wait4,waitid", "setsid"}

LINE = re.compile(r"^(\d+) +(\w+)\((.*)")


def tracing(log, calls, follow=("-f", "-b", "execve")):
    return ["strace", *follow, "-q", "-o", log, "-e", f"trace={calls}", "-e", "signal=none"]


def injecting(log, case, follow=("-f", "-b", "execve")):
    """The words that run a program with one call hit."""
    what = "signal=KILL" if case.error is None else f"error={case.error}"
    return [*tracing(log, case.call, follow),
            "-e", f"inject={case.call}:{what}:when={case.number}"]


def kind(call):
    """The kind that a call belongs to, if any."""
    for one in CALLS:
        if call in one.split(","):
            return one
    return None


def counts(log, mark):
    """How often a thread makes calls of each kind, as first and last number.

    The first number is that of the call with which a program begins to work on what `mark` names:
    before it there is only the start of the program itself.
    """
    last, first, numbers, began = {}, {}, {}, set()
    with open(log, errors="replace") as file:
        for line in file:
            match = LINE.match(line)
            if not match or (call := kind(match[2])) is None:
                continue
            thread = match[1]
            number = numbers[thread, call] = numbers.get((thread, call), 0) + 1
            if mark in match[3]:
                began.add(thread)
            # Threads of a program that has begun begin with it.
            if began:
                last[call] = max(last.get(call, 0), number)
                first[call] = min(first.get(call, number), number)
    return {call: (first[call], last[call]) for call in last}


def was_hit(log, case):
    """Whether a call was hit: strace marks those that fail, and those that never return are the
    last of their thread."""
    numbers = {}
    try:
        with open(log, errors="replace") as file:
            for line in file:
                if "(INJECTED)" in line:
                    return True
                match = LINE.match(line)
                if not match or match[2] not in case.call.split(","):
                    continue
                numbers[match[1]] = numbers.get(match[1], 0) + 1
                if case.error is None and numbers[match[1]] == case.number:
                    return True
    except OSError:
        pass
    return False


def message_was_hit(log):
    """Whether a write to standard error failed."""
    with open(log, errors="replace") as file:
        return any("write(2, " in line and "(INJECTED)" in line for line in file)


class Attached:
    """strace at processes that run already."""

    def __init__(self, words, pid):
        self.program = subprocess.Popen([*words, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
        os.set_blocking(self.program.stderr.fileno(), False)
        self.pid = pid

    def has_ended(self):
        return self.program.poll() is not None

    def is_attached(self):
        try:
            with open(f"/proc/{self.pid}/status") as file:
                return f"TracerPid:\t{self.program.pid}" in file.read()
        except OSError:
            return True

    def end(self):
        self.program.send_signal(signal.SIGINT)
        try:
            self.program.wait(10)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()
