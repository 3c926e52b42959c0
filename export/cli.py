"""`python export.py ...`, also installed as `dermedge-export`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError, DermedgeError
from export.options import GateOptions, add_judging, add_source, as_fields, parse
from export.termination import Terminated, termination_raised
from export.unforeseen import told
from train.memory import keep_freed

PROG = "export.py"
# A file or a pipe has no width, and a table cut to 80 columns loses words.
PIPED_COLUMNS = 120
PASSED, BAD_INPUT, FAILED, NOT_SETTLED, INTERRUPTED, TERMINATED = 0, 2, 3, 4, 130, 143


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    0 done (for an export: pass or inconclusive), 2 bad input with one `error:` line, 3 the gate fails, 4 inconclusive
    under --strict, 130 interrupted, 143 terminated.
    """
    arguments = sys.argv[1:] if argv is None else argv
    command = COMMANDS.get(arguments[0]) if arguments else None
    try:
        if arguments and command is None and not arguments[0].startswith("-"):
            raise ConfigError(
                f"the command {arguments[0]!r} is unknown; allowed: {', '.join(COMMANDS)}, or --target ..."
            )
        keep_freed()  # docs/decisions/0151
        with termination_raised():
            return command(arguments[1:]) if command else export(arguments)
    except DermedgeError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {told(error)}; check the disk and the permissions", file=sys.stderr)
    except KeyboardInterrupt as interruption:
        terminated = isinstance(interruption, Terminated)
        print(f"{'terminated' if terminated else 'interrupted'}; nothing is left half written", file=sys.stderr)
        return TERMINATED if terminated else INTERRUPTED
    return BAD_INPUT


def export(argv: Sequence[str]) -> int:
    """Convert a checkpoint, gate it, write the bundle; for each target."""
    options = parse(argv, PROG)
    from export.preflight import check_export

    # Before torch is loaded: a wrong option should not take seconds to be told.
    check_export(options)
    from export.conversion import NotMade, convert
    from export.screen import show

    outcomes = convert(options)
    show(outcomes, options, console())
    for outcome in outcomes.values():
        if isinstance(outcome, NotMade):
            print(f"error: {outcome.target}: {outcome.error}", file=sys.stderr)
    if any(isinstance(outcome, NotMade) for outcome in outcomes.values()):
        return BAD_INPUT
    codes = {exit_code(o.verdict, strict=options.strict) for o in outcomes.values() if not isinstance(o, NotMade)}
    return next(code for code in (FAILED, NOT_SETTLED, PASSED) if code in codes)


def exit_code(verdict: str, *, strict: bool) -> int:
    """What a verdict exits with."""
    if verdict == "fail":
        return FAILED
    return NOT_SETTLED if strict and verdict == "inconclusive" else PASSED


def console() -> Console:
    """The terminal; wide where it is a file."""
    return Console(width=None if sys.stdout.isatty() else PIPED_COLUMNS, emoji=False)


def gate(argv: Sequence[str]) -> int:
    """Judge a file that is there already."""
    parser = OneLineParser(
        prog=f"{PROG} gate", description="Judge a model file or bundle against the float model, on photos of yours."
    )
    parser.add_argument("model", type=Path, metavar="FILE", help=".tflite, .onnx, .mlpackage, or a bundle")
    add_source(parser)
    add_judging(parser)
    values = as_fields(parser.parse_args(argv))
    model: Path = values.pop("model")
    options = GateOptions(**values)
    from export.preflight import check_gate

    check_gate(model, options)
    from export.judging import judge_file
    from export.screen import show_findings

    findings = judge_file(model, options)
    show_findings(model, findings, console())
    return exit_code(findings.judgement.verdict, strict=options.strict)


def keygen(argv: Sequence[str]) -> int:
    """Make a signing key."""
    parser = OneLineParser(prog=f"{PROG} keygen", description="Make an Ed25519 key pair that signs bundles.")
    parser.add_argument("out", type=Path, metavar="OUT", help="private key file; the public one is OUT.pub")
    out = parser.parse_args(argv).out
    from export.keys import generate

    public = generate(out)
    print(f"private key: {out} (keep it secret)\npublic key:  {public} (for --trusted-key)")
    return PASSED


def sign(argv: Sequence[str]) -> int:
    """Sign a bundle that is there."""
    about = "Prove a bundle and write it with the same files, signed. The key vouches for them: sign what you trust."
    parser = OneLineParser(prog=f"{PROG} sign", description=about)
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle folder or its zip, signed or not")
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to write")
    parser.add_argument("--sign-key", required=True, type=Path, metavar="FILE", help="private key (keygen makes one)")
    chosen = parser.parse_args(argv)
    from export import bundle
    from export.keys import load_private, public_path

    bundle.refuse_strange_place(chosen.out)
    key = load_private(chosen.sign_key)
    proved, _ = bundle.prove(chosen.bundle, (), allow_unsigned=True)
    with bundle.workplace(chosen.out) as folder:
        bundle.write_bundle(chosen.out, proved.files, key, folder)
    print(f"{chosen.out}: signed; for --trusted-key: {public_path(chosen.sign_key)}")
    return PASSED


def verify(argv: Sequence[str]) -> int:
    """Check a bundle as a phone would."""
    parser = OneLineParser(prog=f"{PROG} verify", description="Check signature, hashes and golden photos of a bundle.")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle folder or its zip")
    parser.add_argument("--trusted-key", action="append", default=[], type=Path, metavar="FILE", help="may be repeated")
    parser.add_argument("--allow-unsigned", action="store_true", help="accept a bundle that no trusted key has signed")
    chosen = parser.parse_args(argv)
    from edge_app.runtime import trust
    from export.bundle import prove
    from export.bundle_zip import checked_zip

    keys = trust.keys_of(chosen.trusted_key)
    packed = checked_zip(chosen.bundle)
    bundle, runtime = prove(chosen.bundle, keys, allow_unsigned=chosen.allow_unsigned)
    signer = f"signed by the trusted key {bundle.signer}" if bundle.signer else "no trusted signature"
    print(f"{chosen.bundle}: whole; {signer}; gate: {bundle.gate['verdict']}; manifest SHA-256 {bundle.sha256}")
    if packed is not None:
        print(f"SHA-256 of the zip: {packed}")
    print(f"{len(bundle.golden.logits)} golden photos agree in {runtime}")
    return PASSED


def pack(argv: Sequence[str]) -> int:
    """Put a bundle into one file."""
    about = "Verify a bundle folder and write it as a zip, with the zip's SHA-256 beside it."
    parser = OneLineParser(prog=f"{PROG} pack", description=about)
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle folder")
    parser.add_argument("out", type=Path, metavar="OUT.zip", help="the file to write; an older one is replaced")
    parser.add_argument("--trusted-key", action="append", default=[], type=Path, metavar="FILE", help="may be repeated")
    parser.add_argument("--allow-unsigned", action="store_true", help="pack a bundle that no trusted key has signed")
    chosen = parser.parse_args(argv)
    from edge_app.runtime import trust
    from export import bundle_zip
    from export.bundle import prove

    prove(chosen.bundle, trust.keys_of(chosen.trusted_key), allow_unsigned=chosen.allow_unsigned)
    print(f"{chosen.out}: SHA-256 {bundle_zip.pack(chosen.bundle, chosen.out)}")
    return PASSED


def inspect(argv: Sequence[str]) -> int:
    """Say what is in a model file or a bundle."""
    parser = OneLineParser(prog=f"{PROG} inspect", description="Card, inputs, outputs and ops of a model file.")
    parser.add_argument("file", type=Path, metavar="FILE", help=".tflite, .onnx, .mlpackage, or a bundle")
    file = parser.parse_args(argv).file
    from export.inspection import describe

    print(describe(file))
    return PASSED


def doctor(argv: Sequence[str]) -> int:
    """Say which targets, runtimes and versions are here and what is missing."""
    OneLineParser(prog=f"{PROG} doctor", description=doctor.__doc__).parse_args(argv)
    from export import doctor as examination

    Console().print(examination.table(examination.findings()))
    return PASSED


def gate_error(argv: Sequence[str]) -> int:
    """Say how often the gate errs."""
    about = "How often the gate passes what is out of tolerance, and fails what is harmless, by simulation."
    parser = OneLineParser(prog=f"{PROG} gate-error", description=about)
    parser.add_argument("--runs", type=int, default=1000, metavar="N", help="gates of each setting; default: 1000")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    chosen = parser.parse_args(argv)
    if chosen.runs < 1 or chosen.seed < 0:
        raise ConfigError(f"--runs is {chosen.runs} and --seed {chosen.seed}; allowed: 1 run or more, a seed from 0")
    from export.gate.error_page import page

    command = f"python {PROG} gate-error --runs {chosen.runs} --seed {chosen.seed}"
    print(page(runs=chosen.runs, seed=chosen.seed, command=command), end="")
    return PASSED


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "keygen": keygen,
    "sign": sign,
    "verify": verify,
    "pack": pack,
    "inspect": inspect,
    "gate": gate,
    "doctor": doctor,
    "gate-error": gate_error,
}
