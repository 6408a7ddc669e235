"""A registry of the sweep's own, Debian's `docker-registry`, from which images are pulled."""
import contextlib
import shutil
import socket
import subprocess

from .host import eventually

PORT = 18083
ADDRESS = f"127.0.0.1:{PORT}"


def is_installed():
    return shutil.which("docker-registry") is not None


class Registry:
    def __init__(self, box):
        box.write("registry.yml", "\n".join((
            "version: 0.1",
            "log: {level: error}",
            f"storage: {{filesystem: {{rootdirectory: {box.path('registry')}}}}}",
            f"http: {{addr: {ADDRESS}}}", "")))
        self.process = subprocess.Popen(
            ["docker-registry", "serve", box.path("registry.yml")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not eventually(self.answers):
            raise SystemExit("docker-registry does not answer")

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT), timeout=2):
            return True
        return False

    @property
    def pids(self):
        return {self.process.pid}

    def close(self):
        self.process.kill()
        self.process.wait()
