"""`python -m benchmarks latency`: bundles, bare files, peers and floors in one run of interleaved rounds."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from benchmarks import cold_starts, goals, latency_tables, peers
from benchmarks.floor import floors
from benchmarks.fresh_run import fresh_metrics
from benchmarks.large_photo import large_photo
from benchmarks.latency import Plan, interleaved
from benchmarks.latency_rows import file_metrics, latency_rows
from benchmarks.peers.timm_network import refuse_other_side, refuse_unknown
from benchmarks.rows import read_rows, write_rows
from benchmarks.screen import show
from benchmarks.subjects import OWN, Subject, networks_of, of_bundle, of_file, of_peer
from benchmarks.sustained import LEAST_S, MOST_S, sustained
from edge_app.command_line import OneLineParser
from edge_app.runtime import trust
from edge_app.runtime.errors import ConfigError

PEER_CACHE = Path("build/peers")
# Networks shrink a photo 32 times; larger ones than that are no photos of a phone's model.
LEAST_PX, MOST_PX = 32, 1024
FILE = "latency.jsonl"


def add(command: OneLineParser, out: Path) -> None:
    """The options of `latency`."""
    add = command.add_argument
    add("--bundle", nargs="+", type=Path, default=[], metavar="B", help="folders or zips")
    add("--file", nargs="+", type=Path, default=[], metavar="F", help="bare .tflite or .onnx files, not judged")
    add("--peers", nargs="*", metavar="ARCH:SIDE", help="other tools' files of the bundles' networks, or of these")
    add("--peer-kind", nargs="+", default=list(peers.KINDS), choices=peers.KINDS, help="of the peers (all)")
    add("--goals", action="store_true", help="print the table of goals; exit 1 while one is missed")
    add("--sustained", type=float, default=0.0, metavar="S", help="then S seconds of each bundle without a pause")
    add("--rounds", type=int, default=Plan.rounds, help=f"interleaved rounds over everything ({Plan.rounds})")
    add("--photo-rounds", type=int, default=Plan.photo_rounds, help=f"of them with whole photos ({Plan.photo_rounds})")
    add("--starts", type=int, default=2, help="fresh processes of each file and bundle; 0 for none (2)")
    add("--threads", nargs="+", type=int, default=[2], metavar="N", help="threads for the models; several: all (2)")
    add("--out", type=Path, default=out, help=f"folder for the rows ({out})")
    add("--append", action="store_true", help="keep the rows that stand in the folder")
    add("--trusted-key", action="append", default=[], type=Path, metavar="FILE")
    add("--allow-unsigned", action="store_true")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; 1 with --goals while one is missed."""
    check(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    out = arguments.out / FILE
    before = read_rows(out) if arguments.append and out.exists() else []
    jpeg = large_photo()
    plan = Plan(rounds=arguments.rounds, photo_rounds=arguments.photo_rounds)
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder, progress() as say:
        subjects = all_subjects(arguments, Path(folder), say)
        say("rounds")
        times = interleaved(subjects, jpeg, plan)
        say("fresh processes, files")
        photo = Path(folder) / "photo.jpg"
        photo.write_bytes(jpeg)
        more = [beside(subject, photo, arguments) for subject in subjects]
        rows = list(latency_rows(subjects, times, more))
        say("sustained")
        rows += sustained(subjects, arguments.sustained)
    write_rows([*before, *rows], out)
    shown = latency_tables.tables(rows)
    found = goals.measured([*before, *rows]) if arguments.goals else []
    show(rows, [*shown, *([goals.table(found)] if found else [])], out)
    return 0 if all(one.met for one in found) else 1


def check(arguments: argparse.Namespace) -> None:
    """ConfigError for nothing to measure, and for seconds without a pause that make no sense."""
    if not arguments.bundle and not arguments.file and not arguments.peers:
        raise ConfigError("nothing to measure: name --bundle B, --file F or --peers ARCH:SIDE")
    seconds = arguments.sustained
    if seconds != 0 and not LEAST_S <= seconds <= MOST_S:
        raise ConfigError(
            f"--sustained is {seconds:g}; allowed: {LEAST_S:g} to {MOST_S:g} seconds, as in 60, or 0 for none"
        )


def all_subjects(arguments: argparse.Namespace, workplace: Path, say: Callable[[str], None]) -> list[Subject]:
    """Everything to time, at every number of threads."""
    keys, allow = trust.keys_of(arguments.trusted_key), arguments.allow_unsigned
    own = [
        of_bundle(path, keys, allow_unsigned=allow, threads=threads, workplace=workplace)
        for threads in arguments.threads
        for path in arguments.bundle
    ]
    bare = [of_file(path, threads) for threads in arguments.threads for path in arguments.file]
    if arguments.peers is None:
        return [*own, *bare]
    networks = list(dict.fromkeys([*networks_of(own), *map(network_named, arguments.peers)]))
    for network in networks:
        refuse_unknown(network.arch)
        refuse_other_side(network.arch, network.side_px)
    made = peers.made_peers(networks, arguments.peer_kind, PEER_CACHE, say)
    others = [of_peer(one, threads) for threads in arguments.threads for one in made]
    return [*own, *bare, *others, *(one for threads in arguments.threads for one in floors(networks, threads))]


def network_named(text: str) -> peers.Network:
    """`ARCH:SIDE`, with as many classes as HAM10000 has."""
    arch, _, side_px = text.partition(":")
    if not re.fullmatch("[0-9]{1,4}", side_px) or not LEAST_PX <= int(side_px) <= MOST_PX:
        raise ConfigError(
            f"--peers is {text!r}; allowed: ARCH:SIDE, a side of {LEAST_PX} to {MOST_PX} px, as in mobilevitv2_100:256"
        )
    return peers.Network(arch=arch, side_px=int(side_px), classes=7)


def beside(subject: Subject, photo: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """Figures of fresh processes and of the file itself."""
    if subject.run is None or subject.file is None:
        return {}
    found = file_metrics(subject.file, subject.target)
    found |= fresh_metrics(subject.file, subject.threads, arguments.starts)
    if subject.role == OWN and subject.target != "coreml" and arguments.starts:
        keys, count = trust.keys_of(arguments.trusted_key), arguments.starts
        path = Path(str(subject.facts["bundle"]))
        starts = cold_starts.cold_starts(path, photo, threads=subject.threads, keys=keys, count=count)
        found |= cold_starts.metrics(starts)
    return found


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Says on the terminal what is being done."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)
        yield lambda line: bar.update(task, description=line)
