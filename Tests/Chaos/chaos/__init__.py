"""A project of roost in a network namespace of its own, and its processes."""
import contextlib
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Benchmark"))

from benchmark.fixture import Fixture, Programs  # noqa: E402
from benchmark.machine import NetworkNamespace, processes, run  # noqa: E402


class Project:
    """A Compose file, the programs that run it, and a host for it."""

    def __init__(self, programs, compose, name="chaos"):
        self.fixture = Fixture()
        self.host = NetworkNamespace()
        self.programs = Programs(name, programs, self.fixture)
        self.command = self.programs.command("stack")
        self.root = self.command[2]
        self.run_root = self.command[4]
        self.directory = self.fixture.path(name)
        self.name = name
        os.makedirs(self.directory)
        with open(f"{self.directory}/compose.yaml", "w") as file:
            file.write(compose)
        self.make_image()

    def make_image(self):
        rootfs = self.fixture.rootfs
        run(["cc", "-O2", "-static", "-o", f"{rootfs}/bin/writer", f"{HERE}/writer.c"])
        for name in ("sleep", "httpd", "nslookup", "wget", "cat", "echo", "touch", "usleep"):
            os.symlink("busybox", f"{rootfs}/bin/{name}")
        os.makedirs(f"{rootfs}/www")
        with open(f"{rootfs}/www/index.html", "w") as file:
            file.write("here\n")
        run(["tar", "-C", rootfs, "-cf", self.fixture.path("rootfs.tar"), "."])
        self.roost("image", "import", self.fixture.path("rootfs.tar"), "chaos")

    def start(self, *words):
        """Starts a command and does not wait for it."""
        with self.host:
            return subprocess.Popen(
                self.command + list(words), cwd=self.directory, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def roost(self, *words, check=True, timeout=120):
        """Runs a command to its end; returns code, output and errors."""
        program = self.start(*words)
        try:
            output, errors = program.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            program.kill()
            output, errors = program.communicate()
            return 124, output, f"{' '.join(words)} did not end in {timeout} s\n{errors}"
        if check and program.returncode != 0:
            raise Failure(f"{' '.join(words)} ended with {program.returncode}:\n{errors}")
        return program.returncode, output, errors

    def containers(self):
        """All containers, by service and number, as `container inspect` shows them."""
        _, output, _ = self.roost("ps", "-aq")
        names = output.split()
        if not names:
            return {}
        _, output, _ = self.roost("container", "inspect", *names)
        found = {}
        for one in json.loads(output):
            labels = one["Config"]["Labels"]
            key = labels["com.docker.compose.service"], labels["com.docker.compose.container-number"]
            found[key] = one
        return found

    def keepers(self):
        """The processes that look after the project: its supervisor, shims and keepers."""
        return self.supervisors() + self.named("roost-shim") + self.named("roost-keep")

    def named(self, name):
        """The processes of the project that go by a name."""
        return list(processes(
            lambda words: os.path.basename(words[0]) == name and self.run_root in " ".join(words)))

    def supervisors(self):
        return list(processes(lambda words: "__supervise" in words and self.run_root in words))

    def state(self):
        """What there is, for whoever has to find out why something failed."""
        text = self.roost("ps", "-a", check=False)[1]
        with contextlib.suppress(OSError):
            with open(f"{self.run_root}/projects/{self.name}/supervisor.log") as file:
                text += "".join(file.readlines()[-40:])
        return text

    def left(self):
        """What is left of the project on the machine."""
        found = [
            f"process {pid}: {command_line(pid)}"
            for pid in processes(lambda words: self.run_root in " ".join(words))
        ]
        with open("/proc/self/mountinfo") as file:
            found += [f"mount {line.split()[4]}" for line in file if self.run_root in line]
        for part in ("containers", "projects", "ports", "names"):
            with contextlib.suppress(FileNotFoundError):
                found += [f"{part}/{name}" for name in os.listdir(f"{self.run_root}/{part}")]
        for part in ("containers", "volumes", "networks"):
            with contextlib.suppress(FileNotFoundError):
                found += [f"{part}/{name}" for name in os.listdir(f"{self.root}/{part}")]
        with self.host:
            links = run(["ip", "-o", "link"]).stdout.splitlines()
            found += [line.split(":")[1].strip() for line in links if ": lo:" not in line]
            found += run(["nft", "list", "tables"]).stdout.splitlines()
        return found

    def close(self):
        with contextlib.suppress(Failure):
            self.roost("down", "-v", "-t", "0")
        self.host.close()
        self.fixture.close()


def command_line(pid):
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read().replace("\0", " ").strip()
    return "gone meanwhile"


class Failure(Exception):
    """What must be true is not."""


def wait_until(condition, seconds, what):
    """How long it takes until something is true, in seconds."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > seconds:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(0.01)
    return time.monotonic() - begin
