"""`python -m edge_app COMMAND ...`, also installed as `dermedge-app`."""

from __future__ import annotations

import sys

from edge_app import predict
from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import DermedgeError, one_line

INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run one command: 0 when it did its work, 2 with one `error:` line when it could not."""
    parser = OneLineParser(prog="dermedge-app", description="Skin-lesion answers on this machine, offline.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    predict.add_arguments(commands.add_parser("predict", help="answer for photos", description=predict.__doc__))
    try:
        return predict.run(parser.parse_args(argv))
    except DermedgeError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {one_line(error)}; check the disk and the permissions", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
