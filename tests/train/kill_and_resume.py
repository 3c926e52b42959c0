"""Kills a tiny run with SIGKILL at random points, resumes it, and compares it with the run that nobody disturbed.

python -m tests.train.kill_and_resume --runs 40 --seed 0 --out FOLDER

Children are forked from a process that has imported everything, so that a run takes a second. Kills are of three
kinds: after a random share of the bytes of a random checkpoint is written; between a checkpoint's last byte and its new
name; after a random time. A run is killed one to three times. Pictures are left empty: drawing them would take most of
the time, and most of the kills. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure

from train import files, fit, keep
from train.cli import main
from train.provenance import provenance

DATA = "phantom:4:1"
SETTINGS = (
    "model.arch=test_efficientnet", "model.side_px=32", "model.drop=0.2", "fit.epochs=4", "fit.patience=2",
    "fit.batch_size=4", "fit.accumulate=2", "fit.clip_norm=1", "fit.threads=1", "fit.accelerator=cpu", "ema.decay=0.9",
    "optimizer.lr=1e-2", "sampler.epoch_multiplier=1.0", "schedule.warmup_epochs=1",
)  # fmt: skip
# Each run writes at least so many: last.ckpt four times, best.ckpt once or more.
WRITES = 5
KINDS = ("bytes", "rename", "time", "time")


def train(out: Path, kill: dict[str, Any] | None) -> int:
    """Exit code of a run in a child, started anew or resumed as the folder has it; negative where it was killed."""
    words = ["--recipe", "mobilevitv2_100_dual_weighted", "--init", "none", "--data", DATA, "--out", str(out)]
    words += [word for setting in SETTINGS for word in ("--set", setting)] + (["--resume"] if out.exists() else [])
    child = os.fork()
    if child == 0:
        run_and_exit(words, kill, out.with_suffix(".log"))
    if kill and kill["kind"] == "time":
        time.sleep(kill["seconds"])
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_and_exit(words: list[str], kill: dict[str, Any] | None, log: Path) -> None:
    """The child's life."""
    code = 99
    try:
        descriptor = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        torch.set_num_threads(1)
        Figure.savefig = lambda self, path, **options: Path(path).write_bytes(b"")  # type: ignore[assignment, method-assign]
        if kill and kill["kind"] != "time":
            die_in_write(kill)
        code = main(words)
    finally:
        os._exit(code)


def die_in_write(kill: dict[str, Any]) -> None:
    """Make this process kill itself in the middle, or just after the end, of checkpoint number `write`."""
    save, replace, written = torch.save, os.replace, [0]

    def dying_save(content: Any, path: Path) -> None:
        written[0] += 1
        if written[0] == kill["write"] and kill["kind"] == "bytes":
            buffer = io.BytesIO()
            save(content, buffer)
            path.write_bytes(buffer.getvalue()[: int(kill["share"] * buffer.tell())])
            os.kill(os.getpid(), signal.SIGKILL)
        save(content, path)

    def dying_replace(source: Path, target: Path) -> None:
        if written[0] == kill["write"] and Path(target).suffix == ".ckpt":
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)

    keep.torch.save = dying_save  # type: ignore[assignment]
    if kill["kind"] == "rename":
        files.os.replace = dying_replace  # type: ignore[assignment]


def kill_of(kind: str, rng: random.Random, seconds: float) -> dict[str, Any]:
    """What happens to a run that takes `seconds` when left alone."""
    if kind == "time":
        return {"kind": kind, "seconds": rng.uniform(0.0, seconds)}
    return {"kind": kind, "write": rng.randint(1, WRITES), "share": rng.random()}


def disturbed(out: Path, first: str, rng: random.Random, seconds: float) -> list[dict[str, Any]]:
    """A run killed one to three times, first by kind `first`, and then left to end; the kills that struck."""
    struck = []
    for kind in [first, *rng.choices(KINDS, k=rng.randint(0, 2))]:
        kill = kill_of(kind, rng, seconds)
        if train(out, kill) == -signal.SIGKILL:
            struck.append({**kill, "epochs_kept": epochs_in(out), "half_files": len(leftovers(out))})
    code = train(out, None)
    if code != 0:
        raise SystemExit(f"resuming {out} ended with {code}: {out.with_suffix('.log').read_text('utf-8')[-2000:]}")
    return struck


def leftovers(out: Path) -> list[Path]:
    """Half-written files in a run folder."""
    return [path for path in out.iterdir() if files.is_leftover(path)] if out.exists() else []


def epochs_in(out: Path) -> int:
    """Epochs that last.ckpt has behind it."""
    path = out / "last.ckpt"
    return len(torch.load(path, weights_only=True)["history"]) if path.is_file() else 0


def kept(out: Path) -> dict[str, Any]:
    """All of a finished run that must not depend on kills: figures, weights, optimizer, averages."""
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    figures = {name: metrics[name] for name in ("train", "val", "test")}
    figures["history"] = [{k: v for k, v in row.items() if k != "seconds"} for row in metrics["history"]]
    names = ("state_dict", "live_weights", "optimizer_states", "lr_schedulers", "global_step", "epoch")
    states = {}
    for file in ("best.ckpt", "last.ckpt"):
        content = torch.load(out / file, weights_only=True)
        states[file] = {name: content[name] for name in names}
    return {"figures": figures, **states}


def same(a: Any, b: Any) -> bool:
    """Whether two nests of dicts, lists, numbers and tensors are equal to the bit."""
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and torch.equal(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def measured(folder: Path, runs: int, seed: int) -> dict[str, Any]:
    """`runs` disturbed runs against the undisturbed one."""
    rng = random.Random(seed)
    start = time.monotonic()
    if train(folder / "whole", None) != 0:
        raise SystemExit((folder / "whole.log").read_text("utf-8")[-2000:])
    seconds = time.monotonic() - start
    whole, rows = kept(folder / "whole"), []
    for number in range(runs):
        out = folder / f"run{number}"
        struck = disturbed(out, KINDS[number % len(KINDS)], rng, seconds)
        rows.append({"kills": struck, "same": same(whole, kept(out)), "left_behind": len(leftovers(out))})
        shutil.rmtree(out)
    return {
        "seed": seed, "seconds_undisturbed": round(seconds, 2), "epochs": len(whole["figures"]["history"]),
        "runs": rows, "provenance": provenance(["python", "-m", "tests.train.kill_and_resume"], "cpu"),
    }  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Kill runs at random, resume them, compare.")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    assert fit  # imported before forking, as Lightning takes seconds
    print(json.dumps(measured(given.out, given.runs, given.seed)))
