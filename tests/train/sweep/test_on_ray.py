"""Sweeps on Ray: the same files, failures reported, nothing heard outside this machine, nothing told to others."""

from __future__ import annotations

import importlib
import importlib.util
import ipaddress
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from edge_app.runtime.errors import ConfigError
from tests.train.sweep.test_grid import written
from train.cli import main
from train.sweep import on_ray

GRID = """
title = "Two heads"
recipe = "frozen_mobilenetv2"
[settings]
"fit.epochs" = 1
"fit.threads" = 1
"fit.accelerator" = "cpu"
"model.side_px" = 32
[[axis]]
name = "loss"
[axis.choices]
"plain" = {}
"weighted" = { "loss.weighting" = "class_balanced" }
"""
# 1280 features do not divide by 7, which shows when the network is there.
FAILING = '"failing" = { "model.frozen" = false, "objective.kind" = "batch_former", "objective.heads" = 7 }\n'


def sweep(tmp_path: Path, text: str, out: str, *more: str) -> int:
    grid = written(tmp_path, text)
    return main(["sweep", "--grid", grid, "--data", f"ham10000:{tmp_path / 'ham'}", "--out", str(tmp_path / out),
                 "--init", "none", *more])  # fmt: skip


def ears() -> set[str]:
    """The addresses that this process and those that it has started listen at."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return {
        connection.laddr.ip for process in processes for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }  # fmt: skip


# Not importorskip: what Ray may do has to be said before it is imported.
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra `sweep` is not installed")
@pytest.mark.slow
def test_sweep_on_ray_leaves_what_one_process_leaves_and_listens_on_loopback_alone(
    tmp_path: Path, ham_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    begin, heard = on_ray.begin, set()

    def begin_and_look(ray: Any, address: str) -> None:
        begin(ray, address)
        heard.update(ears())
        assert not importlib.import_module("ray._common.usage.usage_lib").usage_stats_enabled()

    monkeypatch.setattr(on_ray, "begin", begin_and_look)
    monkeypatch.setattr(on_ray, "OPTIONS", {**on_ray.OPTIONS, "num_cpus": 2})
    assert sweep(tmp_path, GRID + FAILING, "ray") == 4
    said = capfd.readouterr().err
    assert "failing_seed0: ConfigError: objective.heads 7 does not divide the 1280 features" in said
    assert heard
    assert all(ipaddress.ip_address(ip.removeprefix("::ffff:")).is_loopback for ip in heard)
    assert sweep(tmp_path, GRID, "here", "--address", "none") == 0
    for name in ("plain_seed0.npz", "weighted_seed0.npz"):
        there, here = (np.load(tmp_path / folder / name)["logits"] for folder in ("ray", "here"))
        assert np.array_equal(there, here)
    assert "<svg" in (tmp_path / "ray" / "sweep.html").read_text("utf-8")


def test_sweep_names_the_extra_where_ray_is_missing(
    tmp_path: Path, ham_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in (*on_ray.QUIET, *on_ray.KEPT_HERE):
        monkeypatch.delenv(name, raising=False)
    assert sweep(tmp_path, GRID, "out") == 2
    said = capfd.readouterr().err
    assert "Ray, which is not installed: pip install 'dermedge[sweep]', or train one after another with --add" in said
    assert not (tmp_path / "out").exists()
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_begin_says_how_to_start_a_cluster_where_there_is_none() -> None:
    class Ray:
        @staticmethod
        def init(**options: Any) -> None:
            raise ConnectionError("nobody")

    with pytest.raises(ConfigError, match="--address auto: no Ray cluster answers there; start one with `ray start"):
        on_ray.begin(Ray, "auto")


@pytest.mark.parametrize("address", ["nonsense", "", "127.0.0.1:many", "127.0.0.1:99999999", "127.0.0.1:1", "[::1]:1"])
def test_begin_does_not_ask_ray_for_an_address_where_nobody_listens(address: str) -> None:
    with pytest.raises(ConfigError, match="no Ray cluster answers there"):
        on_ray.begin(None, address)
