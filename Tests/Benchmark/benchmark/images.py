"""Loading an image from an archive and pulling it from a registry, until its files lie there."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

from .machine import milliseconds, run
from .sample import NAME


class RoostImages:
    def __init__(self, programs):
        self.name = programs.name
        self.root = programs.root("images")
        self.program = programs.command("images")

    def load(self, archive):
        return milliseconds(self.program + ["image", "load", "-q", "-i", archive])

    def pull(self, address):
        return milliseconds(self.program + ["image", "pull", "-q", f"{address}/{NAME}"])

    def forget(self):
        shutil.rmtree(self.root, ignore_errors=True)


class PodmanImages:
    name = "podman"

    def __init__(self, fixture):
        self.root = fixture.path("images-podman")
        # Its locks would stay behind in shared memory.
        configuration = fixture.path("containers.conf")
        with open(configuration, "w") as file:
            file.write('[engine]\nlock_type = "file"\n')
        self.program = [
            "env", f"CONTAINERS_CONF={configuration}", "podman",
            "--tmpdir", fixture.path("images-podman-tmp"), "--root", self.root,
            "--runroot", fixture.path("images-podman-run"),
            "--storage-driver", "overlay", "--cgroup-manager", "cgroupfs",
            "--events-backend", "none"]

    @staticmethod
    def available():
        return bool(shutil.which("podman"))

    def load(self, archive):
        if not archive.endswith(".gz"):
            return milliseconds(self.program + ["load", "-q", "-i", archive])
        # Podman 4.3 finds no image in a large archive that it has to decompress itself.
        command = " ".join(self.program + ["load", "-q"])
        return milliseconds(["sh", "-c", f"gzip -dc {archive} | {command}"])

    def forget(self):
        unmount(os.path.join(self.root, "overlay"))
        shutil.rmtree(self.root, ignore_errors=True)


class DockerImages:
    name = "docker"

    def __init__(self, _):
        pass

    @staticmethod
    def available():
        return bool(shutil.which("docker")) and subprocess.run(
            ["docker", "info"], capture_output=True).returncode == 0

    def load(self, archive):
        return milliseconds(["docker", "load", "-q", "-i", archive])

    def forget(self):
        run(["docker", "image", "rm", "-f", NAME], check=False)


class TarImages:
    """The floor: tar writes the files of the layers, and keeps nothing else."""
    name = "floor"

    def __init__(self, fixture):
        self.root = fixture.path("images-tar")

    def unpack(self, layers):
        os.makedirs(self.root)
        commands = [f"tar -C {self.root} -xf {layer}" for layer in layers]
        return milliseconds(["sh", "-ec", "; ".join(commands)])

    def forget(self):
        shutil.rmtree(self.root, ignore_errors=True)


class SkopeoImages:
    """`skopeo copy` into a layout, and tar for each of its layers."""
    name = "skopeo + tar"

    def __init__(self, fixture):
        self.root = fixture.path("images-skopeo")

    @staticmethod
    def available():
        return bool(shutil.which("skopeo"))

    def push(self, archive, address):
        run(["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false",
             f"docker-archive:{archive}", f"docker://{address}/{NAME}"])
        manifest = json.loads(run(
            ["skopeo", "inspect", "--raw", "--tls-verify=false",
             f"docker://{address}/{NAME}"]).stdout)
        self.layers = [layer["digest"].split(":")[1] for layer in manifest["layers"]]

    def pull(self, address):
        os.makedirs(f"{self.root}/files")
        commands = ["skopeo --insecure-policy copy -q --src-tls-verify=false "
                    f"docker://{address}/{NAME} oci:{self.root}/layout:latest"]
        commands += [f"tar -C {self.root}/files -xzf {self.root}/layout/blobs/sha256/{layer}"
                     for layer in self.layers]
        return milliseconds(["sh", "-ec", "; ".join(commands)])

    def forget(self):
        shutil.rmtree(self.root, ignore_errors=True)


class Registry:
    """Debian's `docker-registry` on the loopback of the host's network namespace."""

    def __init__(self, fixture):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        configuration = fixture.path("registry.yml")
        with open(configuration, "w") as file:
            json.dump({
                "version": 0.1, "log": {"level": "error"},
                "storage": {"filesystem": {"rootdirectory": fixture.path("registry")}},
                "http": {"addr": self.address}}, file)
        self.process = subprocess.Popen(
            ["docker-registry", "serve", configuration],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        host, port = self.address.split(":")
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection((host, int(port))):
                return
            time.sleep(0.05)
        sys.exit("docker-registry does not start")

    @staticmethod
    def available():
        return bool(shutil.which("docker-registry"))

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def unmount(directory):
    """podman leaves its directory mounted on itself."""
    subprocess.run(["umount", directory], stderr=subprocess.DEVNULL)


def take_turns(tools, runs, work):
    """Medians need values: each tool in turn, from nothing; the first turn does not count."""
    values = {tool.name: [] for tool in tools}
    for number in range(runs + 1):
        for tool in tools:
            tool.forget()
            taken = work(tool)
            if number:
                values[tool.name].append(taken)
            tool.forget()
    return values


def measure_load(report, fixture, programs, sample, runs):
    tar = TarImages(fixture)
    tools = [RoostImages(one) for one in programs] + [tar]
    tools += [peer(fixture) for peer in (PodmanImages, DockerImages) if peer.available()]
    for title, ending in (("plain", ""), ("gzip", ".gz")):
        layers = [layer + ending for layer in sample.layers]
        archive = sample.archive + ending
        report.add(f"load and unpack {sample.megabytes} MB, {title}", "ms", take_turns(
            tools, runs,
            lambda tool: tool.unpack(layers) if tool is tar else tool.load(archive)))


def measure_pull(report, fixture, programs, sample, host, runs):
    if not (Registry.available() and SkopeoImages.available()):
        return
    with host:
        registry = Registry(fixture)
        try:
            skopeo = SkopeoImages(fixture)
            skopeo.push(sample.archive, registry.address)
            report.add(f"pull and unpack {sample.megabytes} MB", "ms", take_turns(
                [RoostImages(one) for one in programs] + [skopeo], runs,
                lambda tool: tool.pull(registry.address)))
        finally:
            registry.close()
