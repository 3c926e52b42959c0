"""An `adb` with one phone, whose disk is the folder $FAKE_PHONE and whose benchmark_model answers like this computer.

Its GPU refuses the model where a file `no-gpu` is on that disk; its answers are shifted where there is `wrong`; where
there is `cable`, it is pulled after as many calls as that says.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

DISK = Path(os.environ.get("FAKE_PHONE", "."))
PROPERTIES = {"ro.product.model": "Fake 9", "ro.soc.model": "F900", "ro.build.version.release": "15",
              "ro.product.cpu.abi": "arm64-v8a"}  # fmt: skip
PRINTED = """\
INFO: Explicitly applied XNNPACK delegate, and the model graph will be completely executed by the delegate.
count=5 first=9000 curr=7100 min=7000 max=9000 avg=7400 std=700
count=50 first=7010 curr=7200 min=6900 max=8100 avg=7100.5 std=120 p5=6950 median=7050 p95=7400
Inference timings in us: Init: 5600, First inference: 9000, Warmup (avg): 7400, Inference (avg): 7100.5
Memory footprint delta from the start of the tool (MB): init=3.5 overall=12.25
"""


def on_disk(path: str) -> Path:
    """Where a path of the phone lies."""
    return DISK / path.lstrip("/")


def answer(options: dict[str, str]) -> None:
    """All outputs, one after the other, in the file's order."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(on_disk(options["graph"])))
    interpreter.allocate_tensors()
    detail = interpreter.get_input_details()[0]
    content = on_disk(options["input_layer_value_files"].partition(":")[2]).read_bytes()
    interpreter.set_tensor(detail["index"], np.frombuffer(content, np.uint8).reshape(detail["shape"]))
    interpreter.invoke()
    found = [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]
    shift = 1.0 if (DISK / "wrong").exists() else 0.0
    on_disk(options["output_filepath"]).write_bytes(b"".join((one + np.float32(shift)).tobytes() for one in found))


def shell(words: list[str]) -> int:
    """The commands that the benchmark gives."""
    if words[0] == "getprop":
        print(PROPERTIES[words[1]])
    elif words[0] == "mkdir":
        on_disk(words[-1]).mkdir(parents=True, exist_ok=True)
    elif words[0] == "rm":
        shutil.rmtree(on_disk(words[-1]))
    elif words[0].endswith("benchmark_model"):
        options = dict(word.lstrip("-").split("=", 1) for word in words[1:])
        if "use_gpu" in options and (DISK / "no-gpu").exists():
            print("ERROR: Failed to apply GPU delegate.")
            return 1
        if "output_filepath" in options:
            answer(options)
        print(PRINTED)
    return 0


def is_pulled() -> bool:
    """Whether the cable is; counts the call."""
    cable = DISK / "cable"
    if not cable.exists():
        return False
    left = int(cable.read_text())
    cable.write_text(str(max(0, left - 1)))
    return left == 0


def main(words: list[str]) -> int:
    """One call of adb."""
    if words[0] == "devices":
        print("List of devices attached\nF1\tdevice\nF2\tunauthorized\n")
        return 0
    assert words[:2] == ["-s", "F1"]
    if is_pulled():
        print("adb: device 'F1' not found")
        return 1
    verb, *rest = words[2:]
    if verb == "push":
        shutil.copyfile(rest[0], on_disk(rest[1]))
    elif verb == "pull":
        shutil.copyfile(on_disk(rest[0]), rest[1])
    else:
        return shell(rest)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
