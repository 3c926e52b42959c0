"""What can be refused before torch is loaded, so that a wrong option answers at once and nothing is begun in vain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_app.runtime import manifest
from edge_app.runtime.errors import CheckpointError, ConfigError
from export import bundle
from export.doctor import missing
from export.gate.tolerances import check_tolerance, parse_exception
from export.keys import load_private
from export.labels_file import read_labels
from export.options import AUTO, FOLDS, RUN, GateOptions, Judging, Options, Source
from export.quantize.treatment import treatment_of
from export.report_place import refuse_strange_reports
from export.targets.schemes import QAT, SCHEMES, TREATABLE, needs_calibration
from train.data.spec import parse as parse_data
from train.data.spec import refuse_missing

RUN_SPLITS = ("train", "val", "test")


def check_export(options: Options) -> Ed25519PrivateKey | None:
    """The key that signs, if there is one; ConfigError, DataError or CheckpointError for what cannot work.

    Left for later is what only the checkpoint tells: its classes, its photos, the name of a timm architecture.
    """
    for target in options.targets:
        refuse_missing_tools(target)
        schemes_of(options, target)
    check_source(options)
    check_runs(options)
    check_judging(options)
    refuse_run_data(options)
    for spec in (options.selection_data, options.calibration_data):
        check_data(spec)
    refuse_strange_places(options)
    return None if options.sign_key is None else load_private(options.sign_key)


def check_gate(model: Path, options: GateOptions) -> None:
    """What can be refused of `gate`: a model that is not there; checkpoint, data and tolerances as for an export."""
    if not model.exists():
        raise ConfigError(f"model file {model} does not exist; name a model file or a bundle that an export wrote")
    check_source(options)
    check_judging(options)
    if options.foreign and options.gate_data.startswith(RUN):
        raise no_lists(options, ["--gate-data"])


def refuse_missing_tools(target: str) -> None:
    """ConfigError naming what is not installed of what `target` needs."""
    absent = missing(target)
    if absent:
        names = ", ".join(need.distribution for need in absent)
        raise ConfigError(
            f"target {target} needs {names}, not installed here; install: uv pip install -e '.[{absent[0].extra}]'"
        )


def schemes_of(options: Options, target: str) -> tuple[str, ...]:
    """The schemes to try for `target`."""
    if options.scheme == AUTO:
        return (*SCHEMES[target], QAT) if options.qat_epochs else SCHEMES[target]
    treatment = treatment_of(options.scheme)
    if options.scheme not in (*SCHEMES[target], QAT) and (treatment is None or treatment.base not in TREATABLE[target]):
        allowed = ", ".join((*shared(SCHEMES, options.targets), *([] if options.foreign else [QAT]), AUTO))
        treatable = shared(TREATABLE, options.targets)
        raise ConfigError(
            f"--scheme is {options.scheme!r}; allowed for {' and '.join(options.targets)}: {allowed}; and cures behind"
            f" one of {', '.join(treatable)}, as in {treatable[0]}_bias (docs/quantization.md)"
        )
    return (options.scheme,)


def shared(schemes: Mapping[str, Sequence[str]], targets: Sequence[str]) -> list[str]:
    """Of the schemes of the first target those that all have."""
    return [one for one in schemes[targets[0]] if all(one in schemes[other] for other in targets)]


def calibrates(options: Options) -> bool:
    """Whether any scheme of any target needs calibration photos."""
    return any(needs_calibration(scheme) for target in options.targets for scheme in schemes_of(options, target))


def check_source(source: Source) -> None:
    """CheckpointError for a file that is not there or lacks its card; LabelError for a list that makes no sense."""
    path = source.checkpoint
    if not path.is_file():
        raise CheckpointError(f"checkpoint {path} does not exist; train one or check the path")
    if source.labels is not None:
        read_labels(source.labels)
    elif path.suffix == ".safetensors" and not path.with_suffix(".json").is_file():
        raise CheckpointError(
            f"checkpoint {path} has no card {path.with_suffix('.json').name} beside it; put it there, or say"
            " --arch TIMM_NAME --labels FILE for a model trained elsewhere"
        )


def check_runs(options: Options) -> None:
    """CheckpointError, where folds are pooled, for a checkpoint that is not there or lies outside its run's folder."""
    if options.gate_data != FOLDS:
        return
    for path in (options.checkpoint, *options.fold_checkpoints):
        if not path.is_file():
            raise CheckpointError(f"checkpoint {path} does not exist; name each fold's RUN/best.ckpt")
        if not (path.parent / "recipe.json").is_file():
            raise CheckpointError(
                f"checkpoint {path} is in no run folder (no recipe.json beside it); {FOLDS} needs each fold's"
                " RUN/best.ckpt"
            )


def check_judging(judging: Judging) -> None:
    """ConfigError for tolerances that mean nothing, or data that are spelled wrong."""
    check_tolerance("max accuracy drop", judging.max_accuracy_drop)
    check_tolerance("max recall drop", judging.max_recall_drop)
    for text in judging.recall_tolerance:
        name, value = parse_exception(text)
        check_tolerance(name, value)
    if judging.gate_data != FOLDS:
        check_data(judging.gate_data)


def check_data(spec: str) -> None:
    """ConfigError for a spelling that is none, DataError for a folder that is not there."""
    if spec.startswith(RUN):
        if spec.removeprefix(RUN) not in RUN_SPLITS:
            raise ConfigError(f"data {spec!r} is not understood; allowed: {', '.join(RUN + s for s in RUN_SPLITS)}")
        return
    refuse_missing(parse_data(spec))


def refuse_run_data(options: Options) -> None:
    """ConfigError when a model trained elsewhere is to use the lists of a run that it does not have."""
    if not options.foreign:
        return
    named = {"--gate-data": options.gate_data, "--selection-data": options.selection_data}
    if calibrates(options):
        named["--calibration-data"] = options.calibration_data
    wanting = [name for name, spec in named.items() if spec.startswith(RUN)]
    if wanting:
        raise no_lists(options, wanting)


def no_lists(source: Source, wanting: list[str]) -> ConfigError:
    """The error that says which data have to be named."""
    return ConfigError(
        f"a model trained elsewhere (--arch {source.arch}) has no lists of its own photos; name {', '.join(wanting)}:"
        " other photos for each, as in folder:PATH"
    )


def refuse_strange_places(options: Options) -> None:
    """ConfigError where a bundle, a candidate or a report would replace something else."""
    if len(options.targets) > 1:
        if options.out.is_symlink() or (options.out.exists() and not options.out.is_dir()):
            raise ConfigError(f"output {options.out} is a file or a link; name a folder for the bundles")
        if (options.out / manifest.MANIFEST).is_file():
            raise ConfigError(f"output {options.out} is a bundle; several targets need a folder to put theirs in")
    for target in options.targets:
        bundle.refuse_strange_place(options.out_of(target))
        for kind in (bundle.REJECTED, bundle.UNVERIFIED):
            bundle.refuse_strange_aside(options.out_of(target), kind)
    refuse_strange_reports(options)
