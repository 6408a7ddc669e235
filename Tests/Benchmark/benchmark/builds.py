"""Builds where nothing has changed, and builds that do not use what lies in their context."""
import os
import shutil

from .images import DockerImages, take_turns, unmount
from .machine import milliseconds, run

BASE = "roost-bench-build"


class RoostBuild:
    def __init__(self, fixture, programs, host):
        self.name = programs.name
        self.host = host
        self.program = programs.command("build") + ["image"]
        run(self.program + ["import", fixture.path("rootfs.tar"), BASE])

    def build(self, context):
        with self.host:
            return milliseconds(self.program + ["build", "-q", "-t", "roost-bench-built", context])

    def forget(self):
        pass


class DockerBuild:
    name = "docker"

    def __init__(self, fixture):
        run(["docker", "import", fixture.path("rootfs.tar"), BASE])

    def build(self, context):
        return milliseconds(["docker", "build", "-q", "-t", "roost-bench-built", context])

    def forget(self):
        pass

    def close(self):
        run(["docker", "image", "rm", "-f", "roost-bench-built", BASE], check=False)


class BuildahBuild:
    name = "buildah"

    def __init__(self, fixture):
        self.root = fixture.path("build-buildah")
        self.program = [
            "buildah", "--root", self.root, "--runroot", fixture.path("build-buildah-run"),
            "--storage-driver", "overlay"]
        container = run(self.program + ["from", "scratch"]).stdout.strip()
        run(self.program + ["add", container, fixture.path("rootfs.tar"), "/"])
        run(self.program + ["commit", "--rm", container, f"localhost/{BASE}"])

    @staticmethod
    def available():
        return bool(shutil.which("buildah"))

    def build(self, context):
        return milliseconds(self.program + [
            "bud", "--layers", "--quiet", "--isolation", "chroot", "-t", "roost-bench-built",
            context])

    def forget(self):
        pass

    def close(self):
        unmount(os.path.join(self.root, "overlay"))


class EmptyContext:
    """roost beside itself: the same build with nothing in its context."""
    name = "floor"

    def __init__(self, roost, context):
        self.roost = roost
        self.context = context

    def build(self, _):
        return self.roost.build(self.context)

    def forget(self):
        pass


def write_context(directory, lines, trees):
    """A context with a Dockerfile; `trees` are the number and size of the files by directory."""
    os.makedirs(directory)
    with open(f"{directory}/Dockerfile", "w") as file:
        file.write("\n".join([f"FROM {BASE}"] + lines) + "\n")
    for name, (count, size) in trees.items():
        for number in range(count):
            part = f"{directory}/{name}/{number // 100}"
            os.makedirs(part, exist_ok=True)
            with open(f"{part}/{number}", "wb") as file:
                file.write(number.to_bytes(8, "big") * (size // 8))
    return directory


def measure_builds(report, fixture, programs, host, runs):
    ours = [RoostBuild(fixture, one, host) for one in programs]
    peers = [DockerBuild(fixture)] if DockerImages.available() else []
    if BuildahBuild.available():
        peers.append(BuildahBuild(fixture))
    try:
        unchanged = write_context(
            fixture.path("unchanged"),
            ["COPY a /a", "RUN test -d /a", "COPY b /b", "RUN test -d /b"],
            {"a": (1000, 4096), "b": (1000, 4096)})
        report.add("build, nothing changed", "ms", take_turns(
            ours + peers, runs, lambda tool: tool.build(unchanged)))
        lines = ["RUN true"]
        unused = write_context(fixture.path("unused"), lines, {"data": (20_000, 15_000)})
        empty = write_context(fixture.path("empty"), lines, {})
        report.add("build, 300 MB of context unused (floor: nothing there)", "ms", take_turns(
            ours + [EmptyContext(ours[0], empty)] + peers, runs, lambda tool: tool.build(unused)))
    finally:
        for peer in peers:
            peer.close()
