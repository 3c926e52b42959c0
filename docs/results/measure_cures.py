"""What every cure of static 8 bits does to every class of a checkpoint, on its selection photos, one row a cure.

    DERMEDGE_DATA=DATA python docs/results/measure_cures.py WORK --checkpoint FILE [--target T ...] [--qat-epochs N]

Each row goes to WORK/TARGET/rows.jsonl as soon as it is known, with the commit that made it. Files and answers stand
beside it, so that the same command goes on after an interruption; delete WORK to begin anew. `write_cures.py` makes a
page of them.

No gate: its photos see one file of an export, and these are many. The order is that of the ladder (export/quantize/
curing.py), with every cure alone as well as on top of those before it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import ConfigError
from export.card_making import tool_versions
from export.gate.gate_json import candidate_json
from export.gate.runner import open_model
from export.job import Export, card_of
from export.making import Maker, maker_of
from export.materials import Materials, gather
from export.options import AUTO, Options
from export.progress import say
from export.quantize.candidate import Candidate
from export.quantize.curing import ISLANDS, blamed, converter
from export.quantize.damage import damage
from export.quantize.resume import Memory
from export.quantize.risk import sizes_of
from export.quantize.treatment import Cures, Treatment
from export.quantize.trial import Trial
from export.targets import target as target_module
from export.targets.schemes import QAT, SCHEMES
from train.provenance import commit

ROWS = "rows.jsonl"
STATIC = {"tflite": "static8", "onnx": "static8", "coreml": "w8a8"}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What one target's files are made with and tried on."""

    folder: Path
    maker: Maker
    cures: Cures
    trial: Trial

    def tried(self, candidate: Candidate) -> Candidate:
        """The candidate with its findings."""
        return self.trial.of(candidate)

    def plain(self, scheme: str) -> Candidate:
        """A plain scheme, tried."""
        out = self.trial.memory.place(scheme) / f"model{self.maker.export.target.SUFFIX}"
        return self.tried(Candidate(scheme=scheme, model=self.maker.file(Candidate(scheme=scheme), out)))

    def treated(self, treatment: Treatment) -> Candidate:
        """A treatment, tried."""
        return self.tried(self.convert(treatment))

    def convert(self, treatment: Treatment) -> Candidate:
        """A treatment's file."""
        return converter(self.maker.file, self.trial.memory.place, self.maker.export.target.SUFFIX)(treatment)


def main() -> None:
    """Gather once, then target by target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--target", nargs="+", default=list(STATIC), choices=list(STATIC))
    parser.add_argument("--qat-epochs", type=int, default=0, help="above 0: a row for qat8, too")
    asked = parser.parse_args()
    options = Options(
        targets=tuple(asked.target), checkpoint=asked.checkpoint, out=asked.work, scheme=AUTO, threads=1,
        qat_epochs=asked.qat_epochs,
    )  # fmt: skip
    source = {"commit": commit(), "command": command()}
    materials = gather(options, calibrate=True)
    for target in asked.target:
        measure(bench_of(asked.work / target, target, options, materials), source)


def command() -> str:
    """How this was called, without the places of this machine."""
    words = [word if word.startswith("-") or not Path(word).is_absolute() else Path(word).name for word in sys.argv[1:]]
    return " ".join(["DERMEDGE_DATA=DATA python docs/results/measure_cures.py", *words])


def bench_of(folder: Path, target: str, options: Options, materials: Materials) -> Bench:
    """Everything for one target, its files in `folder`."""
    export = Export(options=options, materials=materials, target=target_module(target), place=folder, out=folder)
    maker = maker_of(export)
    if maker.cures is None:
        raise ConfigError(f"target {target} has no cures")
    trial = Trial(
        reference=materials.selection, tolerances=materials.tolerances, memory=Memory(folder), thorough=True,
        gate=sizes_of([materials.selection.photos], len(materials.trained.labels)),
        open_model=lambda scheme, model: open_model(model, card_of(export, scheme, ("logits",)), options.threads),
    )  # fmt: skip
    return Bench(folder=folder, maker=maker, cures=maker.cures, trial=trial)


def measure(bench: Bench, source: dict[str, str | None]) -> None:
    """Write the rows that are not there yet."""
    rows = bench.folder / ROWS
    rows.parent.mkdir(parents=True, exist_ok=True)
    known = rows.read_text(encoding="utf-8").splitlines() if rows.exists() else []
    done = {json.loads(line)["scheme"] for line in known}
    for candidate in candidates(bench):
        if candidate.scheme not in done:
            with rows.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row_of(candidate, bench) | source) + "\n")
            say(f"{bench.folder.name} {candidate.scheme}: {candidate.why or 'answered'}")


def row_of(candidate: Candidate, bench: Bench) -> dict[str, Any]:
    """A candidate's figures, and what they come from."""
    materials, target = bench.maker.export.materials, bench.folder.name
    row = candidate_json(candidate, chosen="")
    if candidate.findings is not None:
        row["damage"] = damage(candidate.findings)
    if candidate.scheme == STATIC[target]:
        row["halves"] = bench.cures.stability(Treatment(base=candidate.scheme))
    float_recall = [one.rate_float for one in candidate.findings.judgement.classes] if candidate.findings else []
    return row | {
        "target": target, "float": float_recall, "model": materials.trained.arch,
        "side_px": materials.trained.fit.side_px, "checkpoint_sha256": materials.trained.sha256,
        "training_data": materials.trained.training_data, "tools": tool_versions(target),
    }  # fmt: skip


def candidates(bench: Bench) -> Iterator[Candidate]:
    """Static 8 bits plain, each cure alone, the cures on top of one another; then the other 8-bit schemes."""
    target = bench.folder.name
    static = Treatment(base=STATIC[target])
    yield bench.plain(static.base)
    for ranges in bench.cures.ranges[1:]:
        yield bench.treated(replace(static, ranges=ranges))
    smoothed = [(alpha, bench.treated(replace(static, smooth=alpha))) for alpha in bench.cures.alphas]
    yield from (candidate for _, candidate in smoothed)
    best, found = min(smoothed, key=lambda pair: harm(pair[1]))
    yield bench.treated(replace(static, bias=True))
    yield from with_bias(bench, replace(static, smooth=best), found)
    for scheme in SCHEMES[target]:
        if scheme in bench.cures.bases and scheme != static.base:
            yield bench.plain(scheme)
            yield bench.treated(Treatment(base=scheme, bias=True))
    if bench.maker.export.options.qat_epochs:
        yield bench.plain(QAT)


def with_bias(bench: Bench, treatment: Treatment, found: Candidate) -> Iterator[Candidate]:
    """`treatment` with biases put right, and with more and more of the stretches most to blame in float."""
    yield bench.treated(replace(treatment, bias=True))
    if found.findings is not None:
        order = blamed(treatment, found.scheme, found.findings, bench.cures, bench.convert, bench.trial)
        for count in (count for count in ISLANDS if count < bench.cures.groups):
            yield bench.treated(replace(treatment, bias=True, floats=tuple(sorted(order[:count]))))


def harm(candidate: Candidate) -> float:
    """The damage; of a file that does not run more than any."""
    return float("inf") if candidate.findings is None else damage(candidate.findings)


if __name__ == "__main__":
    main()
