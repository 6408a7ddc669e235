"""The directory that everything of a run lies in."""
import os
import shutil
import tempfile

from .machine import run

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


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
