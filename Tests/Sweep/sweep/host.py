"""A host of our own: namespaces for processes, mounts and network, so that nothing of a case can
reach the machine, and all that a case has left ends with it."""
import os
import subprocess
import sys
import time

MARK = "ROOST_CHAOS_HOST"


def run(command, **options):
    """A program that is part of the sweep itself: when it fails, so does the sweep."""
    options.setdefault("timeout", 120)
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def enter():
    """Runs the program again as the second process of a host of its own; returns there only."""
    if os.environ.get(MARK):
        reap_for_child()
        make_links()
        return
    os.environ[MARK] = "1"
    words = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    os.execvp("unshare", ["unshare", *words, sys.executable, *sys.argv])


def reap_for_child():
    """Goes on in a child. The first process of the namespace waits for what nobody else waits for,
    as init does."""
    child = os.fork()
    if child == 0:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def make_links():
    """A way out for default routes; nothing answers there."""
    for words in (
        "link set lo up",
        "link add uplink0 type veth peer name uplink1",
        "addr add 192.0.2.1/24 dev uplink0",
        "link set uplink0 up",
        "link set uplink1 up",
        "route add default via 192.0.2.2",
    ):
        run(["ip", *words.split()])


def processes():
    """The pid, the words and the state of every process but the sweep's own."""
    own = {1, os.getpid()}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in own:
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
            with open(f"/proc/{name}/stat") as file:
                state = file.read().rpartition(")")[2].split()[0]
        except OSError:
            continue
        yield int(name), words, state


def mounts():
    """The mount points as this process sees them. Source: proc_pid_mountinfo(5)."""
    with open("/proc/self/mountinfo") as file:
        return [line.split()[4] for line in file]


def links():
    return [line.split()[1] for line in run(["ip", "-o", "link"]).splitlines()]


def tables():
    return run(["nft", "list", "tables"]).splitlines()


def cgroups(identities):
    """The cgroups of containers, below every controller's directory."""
    found = []
    for parent in {"/sys/fs/cgroup", *(f"/sys/fs/cgroup/{n}" for n in os.listdir("/sys/fs/cgroup"))}:
        try:
            names = os.listdir(f"{parent}/roost")
        except OSError:
            continue
        found += [f"{parent}/roost/{n}" for n in names if any(i in n for i in identities)]
    return found


def eventually(condition, within=15):
    """Whether something comes true; the time is so long that only what never comes takes it."""
    latest = time.monotonic() + within
    while True:
        if condition():
            return True
        if time.monotonic() > latest:
            return False
        time.sleep(0.05)
