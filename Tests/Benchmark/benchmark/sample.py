"""An image of about 400 MB as people use them: Debian with Node, made of Debian's packages."""
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile

from .machine import run

SUITE = "bookworm"
PACKAGES = ["nodejs", "npm", "git", "python3"]
NAME = "roost-bench/node:latest"


class SampleImage:
    """The archives of the image in a directory, which keeps them for the next run.

    `archive` is what `docker save` makes; `archive.gz` is the same, compressed. `layers` lie beside
    them as they are and compressed, for tar.
    """

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self.archive = self.path("node.tar")
        self.layers = [self.path("base.tar"), self.path("added.tar")]
        if not os.path.exists(self.archive + ".gz"):
            self.make()
        self.megabytes = round(os.path.getsize(self.archive) / 1e6)

    @staticmethod
    def available():
        return bool(shutil.which("mmdebstrap"))

    def path(self, name):
        return os.path.join(self.directory, name)

    def make(self):
        print("  making the image of the benchmark (some minutes)", file=sys.stderr)
        base, added = self.layers
        whole = self.path("whole.tar")
        self.bootstrap(base, [])
        self.bootstrap(whole, PACKAGES)
        subtract(whole, base, added)
        os.remove(whole)
        self.pack()
        for path in self.layers + [self.archive]:
            run(["sh", "-c", f"gzip < {path} > {path}.part && mv {path}.part {path}.gz"])

    @staticmethod
    def bootstrap(target, packages):
        command = ["mmdebstrap", "--variant=minbase", "--quiet"]
        if packages:
            command.append("--include=" + ",".join(packages))
        run(command + [SUITE, target], timeout=1800)

    def pack(self):
        digests = [digest(path) for path in self.layers]
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"Cmd": ["node"]},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + name for name in digests]},
            "history": [{"created_by": os.path.basename(path)} for path in self.layers]}).encode()
        name = hashlib.sha256(config).hexdigest() + ".json"
        manifest = [{"Config": name, "RepoTags": [NAME],
                     "Layers": [f"{layer}/layer.tar" for layer in digests]}]
        with tarfile.open(self.archive, "w") as archive:
            add(archive, name, config)
            for layer, path in zip(digests, self.layers):
                archive.add(path, f"{layer}/layer.tar")
            add(archive, "manifest.json", json.dumps(manifest).encode())


def subtract(whole, base, target):
    """What a layer above `base` holds, so that both together are `whole`."""
    with tarfile.open(base) as archive:
        known = {member.name: signature(member) for member in archive}
    with tarfile.open(whole) as source, tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as to:
        for member in source:
            if known.get(member.name) != signature(member):
                to.addfile(member, source.extractfile(member) if member.isreg() else None)


def signature(member):
    return (member.type, member.size, member.mtime, member.mode, member.linkname)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
