#!/usr/bin/env python3
"""Compares roost with the kernel floor and, where they are installed, with Docker, Podman, buildah
and skopeo, side by side in one run. Prints one table of medians.

    run.py [--roost DIR] [--against DIR] [--runs N] [--sizes 1,3,10,30]
           [--only stacks,config,builds,load,pull] [--cache DIR]

--against takes the programs of another commit; they take turns with ours, in a column of their own.

Everything of ours lies in a directory in RAM and in network namespaces of its own. Machines are
noisy: read the ratios, not the times.
"""
import argparse
import os
import sys

from benchmark.builds import measure_builds
from benchmark.config import measure_config
from benchmark.fixture import HERE, Fixture, Programs
from benchmark.images import measure_load, measure_pull
from benchmark.machine import NetworkNamespace
from benchmark.report import AGAINST, Report
from benchmark.sample import SampleImage
from benchmark.stacks import measure_stacks

PARTS = ("stacks", "config", "builds", "load", "pull")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--roost", default=os.path.join(HERE, "../../.build/release"))
    parser.add_argument("--against", help="the programs of another commit, to be compared with")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--sizes", default="1,3,10,30", help="how many services a stack has")
    parser.add_argument("--only", default=",".join(PARTS), help="the parts to measure")
    parser.add_argument("--cache", help="where the image of 400 MB is kept for the next run")
    arguments = parser.parse_args()
    unknown = set(arguments.only.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"--only knows {', '.join(PARTS)}, not {', '.join(sorted(unknown))}")
    return arguments


def measure(arguments, fixture, host, report):
    programs = [Programs("roost", arguments.roost, fixture)]
    if arguments.against:
        programs.append(Programs(AGAINST, arguments.against, fixture))
    parts = arguments.only.split(",")
    runs = arguments.runs
    if "stacks" in parts:
        sizes = [int(size) for size in arguments.sizes.split(",")]
        measure_stacks(report, fixture, programs, host, sizes, runs)
    if "config" in parts:
        measure_config(report, fixture, programs, runs)
    if "builds" in parts:
        measure_builds(report, fixture, programs, host, runs)
    if not {"load", "pull"}.intersection(parts):
        return
    if not SampleImage.available():
        sys.exit("mmdebstrap makes the image to load and pull: install it")
    sample = SampleImage(os.path.abspath(arguments.cache or fixture.path("sample")))
    if "load" in parts:
        measure_load(report, fixture, programs, sample, runs)
    if "pull" in parts:
        measure_pull(report, fixture, programs, sample, host, runs)


def main():
    arguments = parse()
    if os.geteuid() != 0:
        sys.exit("the benchmark makes namespaces: run it as root")
    fixture = Fixture()
    host = NetworkNamespace()
    report = Report()
    try:
        measure(arguments, fixture, host, report)
        report.print()
    finally:
        host.close()
        fixture.close()


if __name__ == "__main__":
    main()
