"""The trainings of a sweep on Ray: side by side on this machine, or on a cluster that is running already."""

from __future__ import annotations

import functools
import importlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import ConfigError
from train.sweep.attempt import Work, attempt
from train.sweep.grid import Trial
from train.sweep.trial import Bases

HERE = "local"
# Ray itself finds "auto"; it would look for any other address for minutes, and complain in many lines.
FOUND = "auto"
CONNECT_S = 5.0
# Ray would tell its makers of its use.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}
# Of a Ray that is started here. Without the first it listens on every interface of a Linux machine; without the second
# it ends trainings when the machine's memory is nearly full, whoever fills it; without the third they come behind all
# else that runs (nice 15).
KEPT_HERE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_worker_niceness": "0",
}
# The workers' lines would be mixed with ours.
OPTIONS: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
# Nothing but settings and reasons goes through its store, which would else take a third of the memory.
OPTIONS_HERE: dict[str, Any] = {"include_dashboard": False, "object_store_memory": 80 * 2**20}


def ray_module(address: str) -> Any:
    """Ray, told to keep to itself before it is imported; ConfigError names the extra where it is not installed."""
    os.environ.update(QUIET | (KEPT_HERE if address == HERE else {}))
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise ConfigError(
            "sweeps train on Ray, which is not installed: pip install 'dermedge[sweep]', or train one after another "
            "with --address none"
        ) from error


def attempts(trials: list[Trial], work: Work, address: str) -> Iterator[tuple[Trial, str | None]]:
    """Each trial as it ends, and why it failed or None; `address` is "local", "auto" or a cluster's HOST:PORT.

    A training whose process dies has failed; the others go on. ConfigError where there is no cluster at `address`.
    """
    ray = ray_module(address)
    begin(ray, address)
    try:
        gpus = 1 if ray.cluster_resources().get("GPU") else 0
        # A training that wants more cores than a machine has would wait for ever.
        most = int(max(node["Resources"].get("CPU", 1) for node in ray.nodes()))
        remote = ray.remote(max_retries=0)(in_folder)
        cores = [min(max(trial.recipe.fit.threads, 1), most) for trial in trials]
        waiting = {
            remote.options(num_cpus=count, num_gpus=gpus).remote(trial, work, Path.cwd()): trial
            for trial, count in zip(trials, cores, strict=True)
        }
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            trial = waiting.pop(done)
            try:
                yield trial, ray.get(done)
            except ray.exceptions.RayTaskError:
                raise  # what ends a sweep in this process, too: a full disk, a mistake of ours
            except ray.exceptions.RayError as error:
                yield trial, f"{type(error).__name__}: {error}"
    finally:
        ray.shutdown()


def begin(ray: Any, address: str) -> None:
    """Start Ray here, without its dashboard, or join a cluster."""
    if address == HERE:
        ray.init(address=HERE, **OPTIONS, **OPTIONS_HERE)
        return
    try:
        if address != FOUND:
            host, _, port = address.removeprefix("ray://").rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
        ray.init(address=address, **OPTIONS)
    except (OSError, ValueError, OverflowError, RuntimeError) as error:
        raise ConfigError(
            f"--address {address}: no Ray cluster answers there; start one with `ray start --head`, or use local"
        ) from error


def in_folder(trial: Trial, work: Work, folder: Path) -> str | None:
    """`attempt` where relative paths mean what they do on the command line."""
    os.chdir(folder)
    return attempt(trial, work, bases_of_worker())


@functools.cache
def bases_of_worker() -> Bases:
    """The features that this worker's trainings have opened; one worker trains many."""
    return {}
