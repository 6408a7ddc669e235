"""The directory that everything of a run lies in, and the programs that are measured."""
import os
import shutil
import sys
import tempfile

from .machine import run

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Programs:
    """Programs of roost in a directory, with directories of their own for what they keep."""

    def __init__(self, name, directory, fixture):
        self.name = name
        self.program = os.path.join(os.path.abspath(directory), "roost")
        if not os.access(self.program, os.X_OK):
            sys.exit(f"{self.program} is not there: build it first")
        # Processes are told apart by these two, which are in their arguments.
        self.prefix = fixture.path(f"{name}-")

    def command(self, part):
        """The words that call `roost`, with directories for this part of the benchmark."""
        return [self.program, "--root", self.root(part), "--run-root", f"{self.prefix}{part}-run"]

    def root(self, part):
        return f"{self.prefix}{part}"


class Fixture:
    """A directory in RAM with a root file system, the floor program and Compose files."""

    def __init__(self):
        base = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.directory = tempfile.mkdtemp(prefix="roost-bench-", dir=base)
        self.rootfs = self.path("rootfs")
        for name in ("bin", "etc", "proc", "dev", "sys", "tmp"):
            os.makedirs(f"{self.rootfs}/{name}")
        shutil.copy("/bin/busybox", f"{self.rootfs}/bin/busybox")
        for name in ("true", "sh", "test"):
            os.symlink("busybox", f"{self.rootfs}/bin/{name}")
        self.compile("pause", f"{self.rootfs}/bin/pause")
        self.compile("floor", self.path("floor"))
        run(["tar", "-C", self.rootfs, "-cf", self.path("rootfs.tar"), "."])

    def path(self, name):
        return os.path.join(self.directory, name)

    def compile(self, name, target):
        run(["cc", "-O2", "-static", "-pthread", "-o", target, f"{HERE}/{name}.c"])

    def stack(self, count):
        directory = self.path(f"stack{count}")
        os.makedirs(directory, exist_ok=True)
        lines = ["services:"]
        for number in range(count):
            lines.append(f"  s{number}: {{ image: roost-bench, command: [/bin/pause] }}")
        with open(f"{directory}/compose.yaml", "w") as file:
            file.write("\n".join(lines) + "\n")
        return directory

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)
