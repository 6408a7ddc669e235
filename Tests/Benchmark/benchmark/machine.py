"""What measures: programs and their time, memory, and a network namespace that plays the host."""
import contextlib
import ctypes
import os
import subprocess
import sys
import tempfile
import threading
import time


def run(command, **options):
    options.setdefault("check", True)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("timeout", 300)
    try:
        return subprocess.run(command, text=True, **options)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(command)} ended with {error.returncode}:\n{error.stderr}")


# The kernel goes on taking namespaces and links down when the program that had them has ended;
# that must not be counted for whoever comes next.
SETTLING_TIME = 0.25


def milliseconds(command, cwd=None):
    """How long a program takes, with as little of our own around it as can be."""
    time.sleep(SETTLING_TIME)
    # wait() with a timeout would look only now and then.
    watchdog = threading.Timer(300, lambda: program.kill())
    with tempfile.TemporaryFile("w+") as errors:
        begin = time.perf_counter()
        program = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        watchdog.start()
        code = program.wait()
        taken = (time.perf_counter() - begin) * 1000
        watchdog.cancel()
        if code != 0:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} ended with {code}:\n{errors.read()}")
    return taken


def proportional_set_size(pids):
    """The memory of processes in MB; pages that several share count in parts."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return total / 1024


def processes(wanted):
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                if wanted([word.decode(errors="replace") for word in words]):
                    yield int(name)


class NetworkNamespace:
    """A network namespace that plays the host.

    `with` moves this process into it, so that no helper's start is measured with what runs there.
    """

    KIND = 0x40000000  # CLONE_NEWNET
    library = ctypes.CDLL(None, use_errno=True)

    def __init__(self):
        self.name = f"roost-bench-{os.getpid()}"
        run(["ip", "netns", "add", self.name])
        run(["ip", "-n", self.name, "link", "set", "lo", "up"])

    def __enter__(self):
        self.outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        inside = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        self.move(inside)

    def __exit__(self, *_):
        self.move(self.outside)

    def move(self, descriptor):
        if self.library.setns(descriptor, self.KIND) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(descriptor)

    def close(self):
        run(["ip", "netns", "del", self.name])
