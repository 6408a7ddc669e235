#!/usr/bin/env python3
"""Compares roost with the kernel floor and, where they are installed, with Docker Compose and
podman-compose, side by side in one run. Prints one table of medians.

    run.py [--roost DIR] [--runs N] [--sizes 1,3,10,30] [--only PATTERN]

Stacks of services that only sleep, on one network. Everything of ours lies in a directory in RAM
and in network namespaces of its own. Machines are noisy: read the ratios, not the times.
"""
import argparse
import contextlib
import ctypes
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


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


class Fixture:
    """A directory in RAM with a root file system, the floor program and Compose files."""

    def __init__(self):
        base = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.directory = tempfile.mkdtemp(prefix="roost-bench-", dir=base)
        self.rootfs = self.path("rootfs")
        for name in ("bin", "etc", "proc", "dev", "sys", "tmp"):
            os.makedirs(f"{self.rootfs}/{name}")
        shutil.copy("/bin/busybox", f"{self.rootfs}/bin/busybox")
        os.symlink("busybox", f"{self.rootfs}/bin/true")
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


class Roost:
    name = "roost"

    def __init__(self, fixture, directory):
        self.fixture = fixture
        self.host = NetworkNamespace()
        self.base = [
            f"{directory}/roost", "--root", fixture.path("root"), "--run-root", fixture.path("run")]
        with self.host:
            run(self.base + ["image", "import", fixture.path("rootfs.tar"), "roost-bench"])

    def measure(self, stack, *words):
        with self.host:
            return milliseconds(self.base + list(words), cwd=stack)

    def up(self, stack):
        return self.measure(stack, "up", "-d")

    def down(self, stack):
        return self.measure(stack, "down")

    def exec(self, stack):
        return self.measure(stack, "exec", "-T", "s0", "true")

    def start_of_process(self):
        return self.measure(None, "version", "--short")

    def memory(self):
        ours = self.fixture.path("")
        return proportional_set_size(processes(
            lambda words: "roost" in words[0] and any(word.startswith(ours) for word in words[1:])))

    def first_pid(self, stack):
        found = run(self.base + ["ps", "-q", "s0"], cwd=stack).stdout.strip()
        shown = run(self.base + ["container", "inspect", "-f", "{{.State.Pid}}", found])
        return int(shown.stdout)

    def close(self):
        # A measurement that failed leaves its stack running.
        with self.host:
            for stack in glob.glob(self.fixture.path("stack*")):
                run(self.base + ["down", "-t", "1"], cwd=stack, check=False)
        self.host.close()


class Docker:
    name = "docker compose"

    def __init__(self, fixture):
        self.fixture = fixture
        run(["docker", "import", fixture.path("rootfs.tar"), "roost-bench"])
        self.base = ["docker", "compose"]
        if subprocess.run(self.base + ["version"], capture_output=True).returncode != 0:
            self.base = ["docker-compose"]

    @staticmethod
    def available():
        return bool(shutil.which("docker")) and subprocess.run(
            ["docker", "info"], capture_output=True).returncode == 0

    def up(self, stack):
        return milliseconds(self.base + ["up", "-d"], cwd=stack)

    def down(self, stack):
        return milliseconds(self.base + ["down"], cwd=stack)

    def exec(self, stack):
        return milliseconds(self.base + ["exec", "-T", "s0", "true"], cwd=stack)

    def memory(self):
        names = ("dockerd", "containerd", "containerd-shim", "docker-proxy")
        return proportional_set_size(processes(
            lambda words: os.path.basename(words[0]).startswith(names)))

    def close(self):
        run(["docker", "image", "rm", "-f", "roost-bench"], check=False)


class Podman(Docker):
    name = "podman-compose"

    def __init__(self, fixture):
        self.fixture = fixture
        self.base = ["podman-compose"]
        run(["podman", "import", fixture.path("rootfs.tar"), "localhost/roost-bench"])

    @staticmethod
    def available():
        return bool(shutil.which("podman") and shutil.which("podman-compose"))

    def up(self, stack):
        taken = super().up(stack)
        # It ends with 0 whatever became of the containers.
        if not run(["podman", "ps", "-q"]).stdout.strip():
            sys.exit("podman-compose started no container: try it by hand to see why")
        return taken

    def memory(self):
        return proportional_set_size(processes(
            lambda words: os.path.basename(words[0]) in ("conmon", "aardvark-dns")))

    def close(self):
        run(["podman", "image", "rm", "-f", "localhost/roost-bench"], check=False)


class Floor:
    name = "floor"

    def __init__(self, fixture):
        self.fixture = fixture

    def up_and_down(self, count):
        environment = dict(os.environ, FLOOR_DIR=self.fixture.directory)
        time.sleep(SETTLING_TIME)
        result = run(
            ["unshare", "--net", "--pid", "--fork", "--kill-child", self.fixture.path("floor"),
             "up", self.fixture.rootfs, str(count)], env=environment)
        return tuple(float(word) for word in result.stdout.split())

    def exec(self, pid):
        return float(run([self.fixture.path("floor"), "exec", str(pid)]).stdout)


class Report:
    """Medians by measurement and tool."""

    def __init__(self, tools):
        self.tools = tools
        self.rows = []

    def add(self, title, unit, values):
        medians = {tool: statistics.median(times) for tool, times in values.items() if times}
        self.rows.append((title, unit, medians))
        print(f"  {title}: " + ", ".join(
            f"{tool} {value:.1f} {unit}" for tool, value in medians.items()), file=sys.stderr)

    def print(self):
        print(f"| work | {' | '.join(self.tools)} | roost / floor | fastest peer / roost |")
        print("|---" * (len(self.tools) + 3) + "|")
        for title, unit, medians in self.rows:
            cells = [f"{medians[t]:.1f} {unit}" if t in medians else "–" for t in self.tools]
            ours = medians.get("roost")
            floor = medians.get("floor")
            peers = [v for t, v in medians.items() if t not in ("roost", "floor", "start")]
            cells.append(f"{ours / floor:.1f}" if ours and floor else "–")
            cells.append(f"{min(peers) / ours:.1f}" if ours and peers else "–")
            print(f"| {title} | {' | '.join(cells)} |")


def measure(report, fixture, tools, floor, sizes, runs):
    roost = tools[0]
    for count in sizes:
        stack = fixture.stack(count)
        ups = {tool.name: [] for tool in tools} | {floor.name: []}
        downs = {tool.name: [] for tool in tools} | {floor.name: []}
        memory = {tool.name: [] for tool in tools}
        execs = {tool.name: [] for tool in tools} | {floor.name: []}
        starts = []
        for number in range(runs + 1):
            # The tools take turns, so that a slow moment of the machine meets them all.
            for tool in tools:
                up = tool.up(stack)
                if number == runs:
                    time.sleep(1)
                    memory[tool.name].append(tool.memory())
                    if count == 1:
                        execs[tool.name] = [tool.exec(stack) for _ in range(4 * runs)]
                        if tool is roost:
                            pid = roost.first_pid(stack)
                            execs[floor.name] = [floor.exec(pid) for _ in range(4 * runs)]
                            starts = [roost.start_of_process() for _ in range(4 * runs)]
                down = tool.down(stack)
                # The first run warms the caches and does not count.
                if number > 0:
                    ups[tool.name].append(up)
                    downs[tool.name].append(down)
            up, down = floor.up_and_down(count)
            if number > 0:
                ups[floor.name].append(up)
                downs[floor.name].append(down)
        report.add(f"up -d, {count}", "ms", ups)
        report.add(f"down, {count}", "ms", downs)
        if count in (3, 30):
            report.add(f"idle memory (PSS), {count} running", "MB", memory)
        if count == 1:
            report.add("exec true", "ms", execs)
            report.add("start of the program alone", "ms", {"roost": starts})


def typical_stack():
    """A file of ten services as people write them: build, ports, volumes, healthchecks, anchors."""
    lines = ["x-common: &common", "  restart: unless-stopped", "  logging:",
             "    options: { max-size: 10m, max-file: '3' }", "services:"]
    for number in range(10):
        lines += [
            f"  service{number}:", "    <<: *common", f"    image: example/app{number}:${{TAG:-1.0}}",
            "    environment:", "      - LOG_LEVEL=${LOG_LEVEL:-info}",
            f"      - NAME=service{number}", "    ports:", f"      - '{8000 + number}:80'",
            "    volumes:", f"      - data{number}:/data", "      - ./config:/etc/app:ro",
            "    healthcheck:", "      test: [CMD, curl, -f, http://localhost]",
            "      interval: 30s", "      timeout: 5s", "    networks: [front, back]"]
        if number:
            lines += ["    depends_on:", f"      service{number - 1}:",
                      "        condition: service_healthy"]
    lines += ["networks:", "  front:", "  back:", "    internal: true", "volumes:"]
    lines += [f"  data{number}:" for number in range(10)]
    return "\n".join(lines) + "\n"


def large_stack(count):
    lines = ["services:"]
    for number in range(count):
        lines += [f"  s{number}:", f"    image: example/app:{number}", "    environment:",
                  f"      NUMBER: '{number}'", "      HOME: ${HOME}", f"    ports: ['{10000 + number}:80']"]
    return "\n".join(lines) + "\n"


def measure_config(report, fixture, directory, runs):
    """`config -q` as a whole process, beside the reference where it is installed."""
    ours = [f"{directory}/roost"]
    reference = os.environ.get("ROOST_COMPOSE_REFERENCE") or shutil.which("docker-compose")
    for title, text in (("ten services", typical_stack()), ("1,000 services", large_stack(1000))):
        path = fixture.path("config.yaml")
        with open(path, "w") as file:
            file.write(text)
        values = {"roost": [], "docker compose": []}
        for number in range(2 * runs + 1):
            for tool, command in (("roost", ours), ("docker compose", [reference])):
                if command[0]:
                    time_taken = milliseconds(command + ["-f", path, "config", "-q"])
                    if number:
                        values[tool].append(time_taken)
        report.add(f"config -q, {title}", "ms", values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--roost", default=os.path.join(HERE, "../../.build/release"))
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--sizes", default="1,3,10,30")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("the benchmark makes namespaces: run it as root")
    fixture = Fixture()
    tools = []
    try:
        tools.append(Roost(fixture, os.path.abspath(arguments.roost)))
        tools += [peer(fixture) for peer in (Docker, Podman) if peer.available()]
        floor = Floor(fixture)
        names = [floor.name] + [tool.name for tool in tools]
        report = Report(names + [name for name in ("docker compose",) if name not in names])
        sizes = [int(size) for size in arguments.sizes.split(",")]
        measure(report, fixture, tools, floor, sizes, arguments.runs)
        measure_config(report, fixture, os.path.abspath(arguments.roost), arguments.runs)
        report.print()
    finally:
        for tool in tools:
            tool.close()
        fixture.close()


if __name__ == "__main__":
    main()
