"""The Python API under the commands: `export.convert(...)` and `export.gate(...)`."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.runtime.errors import ConfigError
from export.options import ALL, GateOptions, Options, expanded
from export.quantize.preference import Preference
from export.targets import TARGETS

if TYPE_CHECKING:
    from export.conversion import NotMade
    from export.finishing import Outcome
    from export.gate.examine import Findings

FilePath = str | PathLike[str]


def convert(
    *,
    target: str | Sequence[str],
    checkpoint: FilePath,
    out: FilePath,
    fold_checkpoints: Sequence[FilePath] = (),
    scheme: str = Options.scheme,
    arch: str | None = None,
    labels: FilePath | None = None,
    side_px: int | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    calibration_data: str = Options.calibration_data,
    selection_data: str = Options.selection_data,
    gate_data: str = Options.gate_data,
    max_accuracy_drop: float = Options.max_accuracy_drop,
    max_recall_drop: float = Options.max_recall_drop,
    recall_tolerance: Sequence[str] = (),
    sign_key: FilePath | None = None,
    calibration_count: int = Options.calibration_count,
    seed: int = Options.seed,
    full: bool = Options.full,
    qat_epochs: int = Options.qat_epochs,
    prefer: Preference = Options.prefer,
    report: FilePath | None = Options.report,
    with_photos: bool = Options.with_photos,
    threads: int = Options.threads,
) -> dict[str, Outcome | NotMade]:
    """Convert a checkpoint, judge each file against it, write bundles. What `python export.py --target ...` does.

    target              "tflite", "onnx", "coreml", several of them, or "all". One target's bundle is the folder `out`,
                        several go to `out`/tflite and so on.
    checkpoint          a run's best.ckpt, a .safetensors with its card beside it; or with `arch` (timm's name) and
                        `labels` (a file, one class a line in the order of the outputs) any timm state dict
    side_px, mean, std  of a model with `arch`, in place of timm's: pixels of the square input, and three numbers each
                        for colours in 0..1
    fold_checkpoints    with `gate_data` "run@folds": best.ckpt of every other run of the cross-validation
    scheme              one that every target has, or "auto": of those that hold, the one that `prefer` ("latency",
                        "size") says; `full` measures all
    *_data              "KIND:PATH[@SPLIT]" or "run@train|val|test"; with `arch` there is no run, so name them. The
                        gate's photos may not be among any others: by file, lesion or patient.
    max_*_drop          shares: 0.02 is two photos in a hundred; `recall_tolerance` as in ["mel=0.01"]
    report              a folder for a working report (HTML, Markdown, JSON); `with_photos` shows there the photos whose
                        answer changed
    qat_epochs          above 0, with "auto" or "qat8": as many epochs of training for 8 bits on the run's own photos
    threads             of the runtime that is judged

    Returns an `Outcome` by target: `.verdict` ("pass", "inconclusive", "fail"), `.place` (the bundle, or a rejected
    candidate's folder), `.gate` (gate.json), `.card`. Of several targets one may be `NotMade` with its `.error`.
    Raises DermedgeError subclasses, in one line each: ConfigError, CheckpointError, LabelError, DataError,
    OverlapError for what is given, ConversionError and GateError where a single target comes to nothing. Nothing is
    left half written.
    """
    options = Options(
        targets=named_targets([target] if isinstance(target, str) else target), checkpoint=Path(checkpoint),
        out=Path(out), fold_checkpoints=tuple(map(Path, fold_checkpoints)), scheme=scheme, arch=arch,
        labels=optional_path(labels), side_px=side_px, mean=optional_tuple(mean), std=optional_tuple(std),
        calibration_data=calibration_data, selection_data=selection_data, gate_data=gate_data,
        max_accuracy_drop=max_accuracy_drop, max_recall_drop=max_recall_drop,
        recall_tolerance=tuple(recall_tolerance), sign_key=optional_path(sign_key),
        calibration_count=calibration_count, seed=seed, full=full, qat_epochs=qat_epochs, prefer=prefer,
        threads=threads, report=optional_path(report), with_photos=with_photos,
    )  # fmt: skip
    from export.conversion import convert as convert_as

    return convert_as(options)


def gate(
    model: FilePath,
    *,
    checkpoint: FilePath,
    data: str = GateOptions.gate_data,
    arch: str | None = None,
    labels: FilePath | None = None,
    side_px: int | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    max_accuracy_drop: float = GateOptions.max_accuracy_drop,
    max_recall_drop: float = GateOptions.max_recall_drop,
    recall_tolerance: Sequence[str] = (),
    threads: int = GateOptions.threads,
) -> Findings:
    """Judge a .tflite, .onnx or .mlpackage, or the one in a bundle, against the float model of `checkpoint`.

    Both see the same photos of `data`, uint8 `[S, S, 3]` each, as the file's card says they are fitted. Other arguments
    are those of `convert`. A bundle's hashes are checked; whose signature it bears does not matter here. Photos that
    the checkpoint's lists name as seen in training are refused; which photos chose or calibrated the file is not known.
    A .mlpackage runs in Core ML on a Mac (each compute unit, the worst counts), else in the project's executor.
    The same gate has to fail two ruined copies of the file.

    Returns `Findings`: `.judgement.verdict`, `.judgement.classes`, `.tiers` and `.accuracy` (rows with `drop`,
    `drop_upper_95`, `tolerance`, shares), `.agreement` (share of photos with the float model's answer),
    `.max_logit_difference`, `.logits` float32 `[N, K]`, `.latency_ms`, `.size_bytes`, `.backend`.
    Raises DermedgeError subclasses, in one line each: ConfigError, CheckpointError, DataError, OverlapError,
    BundleError, BackendError where no runtime takes the file, and GateError for a gate that does not fail ruined ones.
    """
    options = GateOptions(
        checkpoint=Path(checkpoint), arch=arch, labels=optional_path(labels), side_px=side_px,
        mean=optional_tuple(mean), std=optional_tuple(std), gate_data=data, max_accuracy_drop=max_accuracy_drop,
        max_recall_drop=max_recall_drop, recall_tolerance=tuple(recall_tolerance), threads=threads,
    )  # fmt: skip
    from export.judging import judge_file

    return judge_file(Path(model), options)


def named_targets(names: Sequence[str]) -> tuple[str, ...]:
    """The targets that `names` mean; ConfigError for one that does not exist."""
    unknown = [name for name in names if name not in (*TARGETS, ALL)]
    if unknown or not names:
        raise ConfigError(f"the target is {', '.join(unknown) or 'missing'}; allowed: {', '.join(TARGETS)}, {ALL}")
    return expanded(names)


def optional_path(path: FilePath | None) -> Path | None:
    """A Path of what is given."""
    return None if path is None else Path(path)


def optional_tuple(values: Sequence[float] | None) -> tuple[float, ...] | None:
    """A tuple of what is given."""
    return None if values is None else tuple(values)
