#!/usr/bin/env python3
"""Events and sleeping processes in SimPy. Called with the name of a workload, it prints one line of
JSON. A simulation goes on until every slice of it is measured.
"""

import itertools
import json
import math
import sys
import time

import simpy

PROCESSES = 1024
JOBS_PER_PROCESS = 16
SLICES = 5
DRAWN = 1 << 17
MASK = (1 << 64) - 1


def draws(seed):
    """The numbers of xorshift64*, as common/draws.h has them."""
    state = (seed + 1) * 0x9E3779B97F4A7C15 & MASK
    while True:
        state ^= state >> 12
        state ^= state << 25 & MASK
        state ^= state >> 27
        yield state * 0x2545F4914F6CDD1D & MASK


def delays_s(seed):
    """Exponential, with a mean of one second."""
    return (-math.log(1 - (number >> 11) * 2**-53) for number in draws(seed))


def processes(seed):
    return ((number >> 32) % PROCESSES for number in draws(seed))


def drawn(numbers):
    """An endless iterator over numbers drawn beforehand: drawing costs more than SimPy does."""
    return itertools.cycle(list(itertools.islice(numbers, DRAWN)))


def measure(name, env, slice_events):
    """Prints million events per second of wall-clock time."""
    samples = []
    for _ in range(SLICES):
        begin = time.perf_counter()
        for _ in range(slice_events):
            env.step()
        samples.append(slice_events / (time.perf_counter() - begin) * 1e-6)
    samples.sort()
    print(json.dumps({"name": name, "unit": "M/s", "value": samples[-1],
                      "median": samples[len(samples) // 2]}))


def sleepers(name):
    env = simpy.Environment()
    delays = drawn(delays_s(0))

    def sleeper():
        while True:
            yield env.timeout(next(delays))

    for _ in range(PROCESSES):
        env.process(sleeper())
    measure(name, env, 300_000)


def phold_16k(name):
    env = simpy.Environment()
    delays = drawn(delays_s(0))
    destinations = drawn(processes(1))
    arrivals = [0] * PROCESSES

    def schedule(process):
        env.timeout(next(delays), process).callbacks.append(arrive)

    def arrive(event):
        arrivals[event.value] += 1
        schedule(next(destinations))

    for job in range(PROCESSES * JOBS_PER_PROCESS):
        schedule(job % PROCESSES)
    measure(name, env, 200_000)


if __name__ == "__main__":
    WORKLOADS = {"phold-16k": phold_16k, "sleepers": sleepers}
    if len(sys.argv) != 2 or sys.argv[1] not in WORKLOADS:
        sys.exit(f"usage: {sys.argv[0]} WORKLOAD, one of: {' '.join(WORKLOADS)}")
    WORKLOADS[sys.argv[1]](sys.argv[1])
