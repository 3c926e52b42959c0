"""Would the TFLite GPU delegate take every node? TensorFlow's own analyzer answers, in a process of its own.

TensorFlow is large and noisy, and its answer is text; so it is kept out of this process and its output is parsed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from export.checks.check import Check, Outcome

NAME = "TFLite GPU delegate"
TIMEOUT_S = 180
SCRIPT = "import sys, tensorflow as tf; tf.lite.experimental.Analyzer.analyze(sys.argv[1], gpu_compatibility=True)"
REFUSED = re.compile(r"GPU COMPATIBILITY WARNING: (?P<reason>.+)")
TAKEN = "Your model looks compatible with GPU delegate"


def check(model: Path) -> Check:
    """The analyzer's verdict on a .tflite file; unknown when TensorFlow is not installed or gives no verdict."""
    if importlib.util.find_spec("tensorflow") is None:
        return Check(NAME, Outcome.UNKNOWN, 'TensorFlow is not installed: `uv pip install -e ".[bench]"`')
    try:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(model)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
        )
    except subprocess.TimeoutExpired:
        return Check(NAME, Outcome.UNKNOWN, f"TensorFlow's analyzer gave no answer within {TIMEOUT_S} s")
    return verdict(done.stdout)


def verdict(analysis: str) -> Check:
    """The analyzer's text as a Check: a warning names each kind of node that the delegate refuses."""
    reasons = tuple(sorted({match["reason"].strip() for match in REFUSED.finditer(analysis)} - {""}))
    if reasons:
        return Check(NAME, Outcome.WARNING, f"refuses {len(reasons)} kinds of node, which run on the CPU", reasons)
    if TAKEN in analysis:
        return Check(NAME, Outcome.OK, "takes every node, by TensorFlow's analyzer")
    return Check(NAME, Outcome.UNKNOWN, "TensorFlow's analyzer gave no verdict")
