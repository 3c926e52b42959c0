"""`python -m edge_app [COMMAND ...]`, also installed as `dermedge-app`; without a command the app opens."""

from __future__ import annotations

import sys
from pathlib import Path

from edge_app import predict
from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import DermedgeError, one_line

INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run one command: 0 when it did its work, 2 with one `error:` line when it could not."""
    parser = OneLineParser(prog="dermedge-app", description="Skin-lesion answers on this machine, offline.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="open the app (also without any command)", description="Open the app.")
    show.add_argument("--photo", type=Path, metavar="FILE", help="begin a case with this photo")
    predict.add_arguments(commands.add_parser("predict", help="answer for photos", description=predict.__doc__))
    try:
        arguments = parser.parse_args(with_command(sys.argv[1:] if argv is None else argv))
        return open_app(arguments.photo) if arguments.command == "show" else predict.run(arguments)
    except DermedgeError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {one_line(error)}; check the disk and the permissions", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return 2


def with_command(argv: list[str]) -> list[str]:
    """`argv`, beginning with a command: `show` where it begins with nothing, or with an option of it."""
    return ["show", *argv] if not argv or argv[0].split("=")[0] == "--photo" else argv


def open_app(photo: Path | None) -> int:
    """Open the app's window; Kivy is loaded no sooner."""
    from edge_app.ui.start import run

    return run(photo)


if __name__ == "__main__":
    raise SystemExit(main())
