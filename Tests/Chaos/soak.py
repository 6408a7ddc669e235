#!/usr/bin/env python3
"""Has 60 services restart, be probed, write and be scaled for hours, and shows that nothing grows.

soak.py [--programs DIRECTORY] [--minutes N]

Prints memory (proportional set size, MB), descriptors, threads and directory entries at the start, in the middle and
at the end. The first minutes do not count: caches fill.
"""
import argparse
import os
import sys
import time

from chaos import Project
from benchmark.machine import proportional_set_size

WARM_UP = 5 * 60


def compose():
    lines = ["name: chaos", "services:"]
    kinds = [
        (20, "command: [sleep, '1000000'], stop_grace_period: 0s"),
        (15, "command: [sh, -c, 'sleep 20; exit 1'], restart: always"),
        (15, "command: [sleep, '1000000'], stop_grace_period: 0s, "
             "healthcheck: {test: [CMD, 'true'], interval: 5s}"),
        (10, "command: [sh, -c, 'while :; do writer 200 0; sleep 1; done'], stop_grace_period: 0s, "
             "logging: {driver: json-file, options: {max-size: 64k, max-file: '3'}}"),
    ]
    number = 0
    for count, text in kinds:
        for _ in range(count):
            lines.append(f"  s{number}: {{image: chaos, {text}}}")
            number += 1
    return "\n".join(lines) + "\n"


def sample(project):
    """What is used now: in all, and by the process that uses most of it."""
    pids = project.keepers()
    descriptors, threads = [], []
    for pid in pids:
        try:
            descriptors.append(len(os.listdir(f"/proc/{pid}/fd")))
            threads.append(len(os.listdir(f"/proc/{pid}/task")))
        except FileNotFoundError:
            continue
    supervisors = project.supervisors()
    entries = [
        sum(len(names) + len(files) for _, names, files in os.walk(root))
        for root in (project.root, project.run_root)
    ]
    return {
        "processes": len(pids), "supervisors": len(supervisors),
        "memory of all": round(proportional_set_size(pids), 1),
        "memory of the supervisor": round(proportional_set_size(supervisors), 2),
        "descriptors of all": sum(descriptors), "most descriptors": max(descriptors),
        "threads of all": sum(threads), "entries of the store": entries[0],
        "entries of the run directory": entries[1],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", default=".build/release")
    parser.add_argument("--minutes", type=float, default=120)
    options = parser.parse_args()
    project = Project(options.programs, compose())
    end = time.monotonic() + options.minutes * 60
    samples, turn = [], 0
    try:
        project.roost("up", "-d")
        time.sleep(min(WARM_UP, options.minutes * 6))
        while True:
            samples.append((time.monotonic(), sample(project)))
            print(" ".join(f"{name}={value}" for name, value in samples[-1][1].items()), flush=True)
            if time.monotonic() >= end:
                break
            turn += 1
            count = 3 if turn % 2 else 1
            project.roost("up", "-d", "--no-recreate", "--scale", f"s0={count}", "--scale", f"s20={count}")
            time.sleep(max(0, min(60, end - time.monotonic())))
            # Each sample is taken in the same state.
            project.roost("up", "-d", "--no-recreate", "--scale", "s0=1", "--scale", "s20=1")
            project.roost("ps", "-a")
        project.roost("down", "-v", "-t", "0")
        left = project.left()
    finally:
        project.close()
    report(samples, left)


def report(samples, left):
    first, middle, last = (samples[index][1] for index in (0, len(samples) // 2, -1))
    print(f"{'':32}{'start':>10}{'middle':>10}{'end':>10}")
    for name in first:
        print(f"{name:32}{first[name]:>10}{middle[name]:>10}{last[name]:>10}")
    grown = [
        name for name in first
        if last[name] > first[name] * 1.1 + 2 and last[name] > middle[name] * 1.02
    ]
    print(f"left after down: {left or 'nothing'}; still growing: {', '.join(grown) or 'nothing'}")
    sys.exit(1 if grown or left else 0)


main()
