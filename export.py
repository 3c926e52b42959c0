"""`python export.py --target tflite ...`: the command line of the package `export` beside this file."""

from export.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
