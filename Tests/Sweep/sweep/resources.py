"""What can run out: room and inodes of a file system, descriptors, processes, memory."""
import contextlib
import os
import re

from . import host

PAGE = 4096
LARGE = "size=192m,nr_inodes=40000"


class Resource:
    """Something of which a command, and what it starts, gets only so much."""

    # What a message must say about it.
    says = ""

    def __init__(self, name):
        self.name = name

    def need(self, box, act):
        """Does something with enough of it; returns how much there is to be swept."""
        act()
        return self.amounts

    def tighten(self, box, amount):
        """Leaves `amount` of it."""

    def loosen(self, box):
        """Gives enough of it."""

    def before(self, box, amount):
        """The words that run a program with `amount` of it."""
        return ()

    # Whether other commands meet the shortage as well.
    lasts = False
    # Whether the kernel kills what meets it, or a program can do nothing but to abort.
    kills = may_crash = False

    def forget(self, box):
        """Removes what was made for it."""

    def remains(self, box):
        return False

    def pattern(self, box):
        return self.says

    def is_there(self):
        return True


class Space(Resource):
    """Bytes, in pages, or inodes of the file system that the store or the run directory is on."""
    lasts = True

    def __init__(self, name, which, inodes=False):
        super().__init__(name)
        self.which, self.inodes = which, inodes
        self.option = "nr_inodes" if inodes else "size"

    def place(self, box):
        return getattr(box, self.which)

    def used(self, box):
        status = os.statvfs(self.place(box))
        if self.inodes:
            return status.f_files - status.f_ffree
        return (status.f_blocks - status.f_bfree) * status.f_frsize // PAGE

    def need(self, box, act):
        begin = self.used(box)
        act()
        return range(0, max(0, self.used(box) - begin) + 12)

    def tighten(self, box, amount):
        # None at all is no bound, for tmpfs.
        most = max(1, self.used(box) + amount)
        host.run(["mount", "-o", f"remount,{self.option}={most if self.inodes else most * PAGE}",
                  self.place(box)])

    def loosen(self, box):
        host.run(["mount", "-o", f"remount,{LARGE}", self.place(box)])

    def pattern(self, box):
        what = "no inodes are left" if self.inodes else r"(no space is left|only \d+ are free)"
        return f"{what} on the file system of {re.escape(self.place(box))}"


class ReadOnly(Resource):
    lasts = True
    amounts = (0,)

    def __init__(self, name, which):
        super().__init__(name)
        self.which = which

    def tighten(self, box, amount):
        host.run(["mount", "-o", "remount,bind,ro", getattr(box, self.which)])

    def loosen(self, box):
        host.run(["mount", "-o", "remount,bind,rw", getattr(box, self.which)])

    def pattern(self, box):
        return f"{re.escape(getattr(box, self.which))}.*Read-only file system"


class Descriptors(Resource):
    says = r"limit of \d+ open files"
    amounts = (*range(4, 40), *range(40, 200, 8))

    def before(self, box, amount):
        return ("prlimit", f"--nofile={amount}:{amount}")


class AddressSpace(Resource):
    may_crash = True

    def need(self, box, act):
        """Begins with what the program itself needs to be loaded."""
        first = next(a for a in self.amounts
                     if box.execute(["version"], before=self.before(box, a)).code == 0)
        return range(first, first + 256, 4)
    says = r"memory|error while loading shared libraries"
    amounts = tuple(range(16, 1200, 4))

    def before(self, box, amount):
        return ("prlimit", f"--as={amount << 20}")


class Cgroup(Resource):
    """A cgroup of our own with a bound. Of version 1, as that of the tests' machines."""

    def __init__(self, name, controller, file, amounts, says):
        super().__init__(name)
        self.controller, self.file, self.amounts, self.says = controller, file, amounts, says
        self.kills = controller == "memory"

    def parent(self):
        return f"/sys/fs/cgroup/{self.controller}"

    def is_there(self):
        return os.path.isdir(self.parent())

    def directory(self, box):
        return f"{self.parent()}/{os.path.basename(box.directory)}"

    def before(self, box, amount):
        directory = self.directory(box)
        with contextlib.suppress(FileExistsError):
            os.mkdir(directory)
        with open(f"{directory}/{self.file}", "w") as file:
            file.write(str(amount))
        return ("sh", "-c", f'echo 0 > {directory}/cgroup.procs && exec "$@"', "sh")

    def loosen(self, box):
        with contextlib.suppress(OSError):
            with open(f"{self.directory(box)}/{self.file}", "w") as file:
                file.write("-1" if self.controller == "memory" else "max")

    def forget(self, box):
        with contextlib.suppress(OSError):
            os.rmdir(self.directory(box))

    def remains(self, box):
        return os.path.exists(self.directory(box))


RESOURCES = [
    Space("store space", "root"),
    Space("store inodes", "root", inodes=True),
    Space("run space", "run_root"),
    Space("run inodes", "run_root", inodes=True),
    Space("output space", "out"),
    ReadOnly("store read-only", "root"),
    ReadOnly("run read-only", "run_root"),
    Descriptors("descriptors"),
    Cgroup("pids", "pids", "pids.max", range(1, 40),
           r"pids|processes|threads|Resource temporarily unavailable"),
    AddressSpace("address space"),
    Cgroup("memory", "memory", "memory.limit_in_bytes", [n << 20 for n in (
        2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64)], r"memory|killed"),
]
