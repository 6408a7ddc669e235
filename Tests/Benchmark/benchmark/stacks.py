"""Stacks of services that only sleep, on one network: up, down, exec and memory."""
import glob
import os
import shutil
import subprocess
import sys
import time

from .machine import SETTLING_TIME, milliseconds, processes, proportional_set_size, run


class Roost:
    def __init__(self, fixture, programs, host):
        self.name = programs.name
        self.fixture = fixture
        self.host = host
        self.prefix = programs.prefix
        self.base = programs.command("stacks")
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
        return proportional_set_size(processes(
            lambda words: "roost" in words[0]
            and any(word.startswith(self.prefix) for word in words[1:])))

    def first_pid(self, stack):
        found = run(self.base + ["ps", "-q", "s0"], cwd=stack).stdout.strip()
        shown = run(self.base + ["container", "inspect", "-f", "{{.State.Pid}}", found])
        return int(shown.stdout)

    def close(self):
        # A measurement that failed leaves its stack running.
        with self.host:
            for stack in glob.glob(self.fixture.path("stack*")):
                run(self.base + ["down", "-t", "1"], cwd=stack, check=False)


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


def measure_stacks(report, fixture, programs, host, sizes, runs):
    tools = []
    try:
        for one in programs:
            tools.append(Roost(fixture, one, host))
        tools += [peer(fixture) for peer in (Docker, Podman) if peer.available()]
        measure(report, fixture, tools, sizes, runs)
    finally:
        for tool in tools:
            tool.close()


def measure(report, fixture, tools, sizes, runs):
    roost = tools[0]
    floor = Floor(fixture)
    for count in sizes:
        stack = fixture.stack(count)
        ups = {tool.name: [] for tool in tools} | {floor.name: []}
        downs = {tool.name: [] for tool in tools} | {floor.name: []}
        memory = {tool.name: [] for tool in tools}
        execs = {tool.name: [] for tool in tools} | {floor.name: []}
        starts = {}
        for number in range(runs + 1):
            # The tools take turns, so that a slow moment of the machine meets them all.
            for tool in tools:
                up = tool.up(stack)
                if number == runs:
                    time.sleep(1)
                    memory[tool.name].append(tool.memory())
                    if count == 1:
                        execs[tool.name] = [tool.exec(stack) for _ in range(4 * runs)]
                        if isinstance(tool, Roost):
                            starts[tool.name] = [tool.start_of_process() for _ in range(4 * runs)]
                        if tool is roost:
                            pid = roost.first_pid(stack)
                            execs[floor.name] = [floor.exec(pid) for _ in range(4 * runs)]
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
            report.add("start of the program alone", "ms", starts)
