#!/usr/bin/env python3
"""Kills whatever of roost runs, again and again, while commands change a project, and checks that nothing is lost.

storm.py [--programs DIRECTORY] [--kills N] [--seed N]
"""
import argparse
import contextlib
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

from chaos import Failure, Project, wait_until

LINES = 200_000
PORT = 18080
COMPOSE = f"""
name: chaos
services:
  server:
    image: chaos
    command: [httpd, -f, -h, /www, -p, "80"]
    restart: always
    stop_grace_period: 0s
    ports: ["127.0.0.1:{PORT}:80"]
  steady:
    image: chaos
    command: [sleep, "100000"]
    stop_grace_period: 0s
  healthy:
    image: chaos
    command: [sleep, "100000"]
    stop_grace_period: 0s
    healthcheck: {{test: [CMD, "true"], interval: 500ms, start_interval: 100ms, start_period: 5s}}
  extra:
    image: chaos
    command: [sleep, "100000"]
    stop_grace_period: 0s
  same: {{image: chaos, command: [writer, "{LINES}", "7", "the same line"]}}
  numbered: {{image: chaos, command: [writer, "{LINES}", "8"]}}
  failing:
    image: chaos
    command: [sh, -c, "echo run; usleep 30000; exit 5"]
    restart: on-failure:5
  short: {{image: chaos, command: [sh, -c, "usleep 20000; exit 3"]}}
"""
ONCE = ["same", "numbered", "failing", "short"]
VERBS = [
    ["ps", "-a"], ["logs", "--tail", "5"], ["exec", "-T", "steady", "true"],
    ["restart", "-t", "0", "server"], ["up", "-d", "--no-deps", "server", "steady", "healthy"],
    ["up", "-d", "--no-deps", "--scale", "extra=3", "extra"],
    ["up", "-d", "--no-deps", "--scale", "extra=1", "extra"],
    ["up", "-d", "--no-deps", "--force-recreate", "extra"],
]


class Storm:
    def __init__(self, project, kills, seed):
        self.project = project
        self.wanted = kills
        self.random = random.Random(seed)
        self.kills = {"supervisor": 0, "shim": 0, "keeper": 0, "command": 0}
        self.checks = 0
        self.failures = []
        self.ports, self.names = [], []
        self.command = None

    def check(self, is_true, what):
        self.checks += 1
        if not is_true:
            self.failures.append(what)
            print(f"FAILED {what}", flush=True)

    def run(self):
        steady = None
        while sum(self.kills.values()) < self.wanted:
            self.project.roost("up", "-d", "-t", "0", "--force-recreate", *ONCE)
            self.project.roost("up", "-d", "--no-deps", "server", "steady", "healthy")
            self.storm(min(250, self.wanted - sum(self.kills.values())))
            self.calm()
            found = self.project.containers()[("steady", "1")]["State"]["Pid"]
            self.check(steady in (None, found), f"steady has pid {found}, not {steady}")
            steady = found
            print(f"{sum(self.kills.values())} kills, {self.checks} checks", flush=True)
        self.project.roost("down", "-v", "-t", "0")
        # The process that removes the bridge ends by itself, a moment after the command.
        with contextlib.suppress(Failure):
            wait_until(lambda: not self.project.left(), 10, "nothing is left")
        left = self.project.left()
        self.check(not left, f"down left {left}")

    def storm(self, kills):
        """Kills while commands run."""
        done = threading.Event()
        verbs = threading.Thread(target=self.give_commands, args=(done,))
        verbs.start()
        try:
            for _ in range(kills):
                time.sleep(self.random.expovariate(1 / 0.02))
                self.kill_one()
        finally:
            done.set()
            verbs.join()

    def give_commands(self, done):
        while not done.is_set():
            self.command = self.project.start(*self.random.choice(VERBS))
            try:
                self.command.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                self.check(False, f"{' '.join(self.command.args[5:])} does not end")
                self.command.kill()
                self.command.communicate()

    def kill_one(self):
        kind = self.random.choice(["supervisor", "shim", "shim", "keeper", "command"])
        command = self.command
        candidates = {
            "supervisor": self.project.supervisors, "shim": lambda: self.project.named("roost-shim"),
            "keeper": lambda: self.project.named("roost-keep"),
            "command": lambda: [command.pid] if command and command.poll() is None else [],
        }[kind]()
        if not candidates:
            return
        try:
            os.kill(self.random.choice(candidates), signal.SIGKILL)
            self.kills[kind] += 1
        except ProcessLookupError:
            pass

    def calm(self):
        """What must be true when nothing is killed any more."""
        project = self.project
        project.roost("up", "-d", "--no-deps", "server", "steady", "healthy")
        self.ports.append(wait_until(self.answers, 30, "the published port answers"))
        self.names.append(wait_until(self.knows_names, 30, "names are answered"))
        wait_until(self.have_ended, 120, "what runs once has ended")
        found = project.containers()
        for service, code in (("same", 7), ("numbered", 8), ("failing", 5), ("short", 3)):
            state = found[(service, "1")]["State"]
            self.check(state["ExitCode"] == code, f"{service} has exit code {state['ExitCode']}")
        count = found[("failing", "1")]["RestartCount"]
        self.check(count == 5, f"failing was restarted {count} times")
        self.check(self.lines("failing") == ["run"] * 6, f"failing wrote {self.lines('failing')}")
        self.check_lines("same", ["the same line"] * LINES)
        self.check_lines("numbered", [str(number) for number in range(1, LINES + 1)])
        for service in ("server", "steady", "healthy"):
            self.check(found[(service, "1")]["State"]["Running"], f"{service} does not run")
        wait_until(self.is_healthy, 30, "healthy is probed")
        wait_until(lambda: len(project.supervisors()) == 1, 10, "there is one supervisor")
        self.checks += 5

    def check_lines(self, service, wanted):
        found = self.lines(service)
        self.check(
            found == wanted,
            f"{service} has {len(found)} lines, {len(set(found))} different, of {len(wanted)}")

    def lines(self, service):
        return self.project.roost("logs", "--no-log-prefix", service)[1].splitlines()

    def answers(self):
        with self.project.host:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=1) as answer:
                    return answer.read() == b"here\n"
            except OSError:
                return False

    def knows_names(self):
        return self.project.roost("exec", "-T", "steady", "nslookup", "server", check=False)[0] == 0

    def have_ended(self):
        found = self.project.containers()
        return all(found[(name, "1")]["State"]["Status"] == "exited" for name in ONCE)

    def is_healthy(self):
        state = self.project.containers()[("healthy", "1")]["State"]
        return state.get("Health", {}).get("Status") == "healthy"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", default=".build/release")
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    project = Project(options.programs, COMPOSE)
    storm = Storm(project, options.kills, options.seed)
    try:
        storm.run()
    except Failure as failure:
        storm.failures.append(str(failure))
        print(f"FAILED {failure}")
        print(project.state())
    finally:
        project.close()
    for name, times in (("published port", storm.ports), ("names", storm.names)):
        if times:
            print(f"{name} back after {statistics.median(times):.3f} s (median), {max(times):.3f} s (worst)")
    print(f"{sum(storm.kills.values())} kills ({storm.kills}), {storm.checks} checks, "
          f"{len(storm.failures)} failed")
    sys.exit(1 if storm.failures else 0)


main()
