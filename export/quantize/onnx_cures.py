"""8-bit ONNX files in any treatment: converted once, observed once, then quantized as often as asked."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

from export.quantize import onnx_bias
from export.quantize.bias import BiasCorrection
from export.quantize.eight_bit_cures import EightBitCures
from export.quantize.ranges import Histogram
from export.quantize.stretches import stretches
from export.quantize.treatment import Treatment
from export.targets.onnx_float import float_model
from export.targets.onnx_observe import observe
from export.targets.onnx_quantize import dynamic_products, eight_bit_nodes, rounded_tensors, static_with
from export.targets.onnx_read import load_onnx
from export.targets.onnx_weights import byte_weights
from export.targets.quiet import noise_kept_aside
from export.targets.schemes import TREATABLE
from export.targets.whole_file import whole_file


class OnnxCures(EightBitCures[str, str]):
    """See `EightBitCures`; operators by the names of their nodes."""

    bases = TREATABLE["onnx"]

    @cached_property
    def content(self) -> Any:
        """The float model's `ModelProto`."""
        with tempfile.TemporaryDirectory(prefix="dermedge-onnx-") as folder:
            source = Path(folder) / "float.onnx"
            source.write_bytes(float_model(self.module, self.side_px, Path(folder), self.report))
            return load_onnx(source)

    @cached_property
    def stretches(self) -> tuple[tuple[str, ...], ...]:
        """What may compute in 8 bits, in stretches of the file."""
        return stretches([node.name for node in eight_bit_nodes(self.content)])

    @cached_property
    def seen(self) -> dict[str, Histogram]:
        """What flows through every tensor that any treatment may quantize."""
        return observe(self.content, rounded_tensors(self.content), self.calibration, self.report)

    @cached_property
    def biases(self) -> BiasCorrection[Any, str]:
        """What puts biases right."""
        sites = onnx_bias.biased(self.content)
        names = list(sites)
        return BiasCorrection(
            model=self.content, body=names[:-1], heads=names[-1:],
            means=lambda model, some, images: onnx_bias.means(model, {name: sites[name] for name in some}, images),
            shifted=lambda model, shifts: onnx_bias.with_shifts(model, sites, shifts),
            images=self.calibration, report=self.report,
        )  # fmt: skip

    def write(self, treatment: Treatment, out: Path) -> Path:
        """See `Cures`."""
        out.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as work,
            whole_file(out) as temporary,
            noise_kept_aside(),
        ):
            made = self.quantized(treatment, Path(work), self.content)
            if treatment.bias:
                made = self.quantized(treatment, Path(work), self.biases.against(made))
            temporary.write_bytes(made.SerializeToString(deterministic=True))
        return out

    def quantized(self, treatment: Treatment, folder: Path, content: Any) -> Any:
        """The float model `content`, or one with other biases, in `treatment`, its biases aside."""
        if treatment.base == "w8":
            return byte_weights(_copy(content))
        source = folder / "float.onnx"
        source.write_bytes(content.SerializeToString())
        if treatment.base == "dynamic8":
            return dynamic_products(source, folder)
        return static_with(source, folder, self.calibration[:1], self.found(treatment), self.floats(treatment))


def _copy(model: Any) -> Any:
    """A `ModelProto` of its own."""
    from onnx import ModelProto

    own = ModelProto()
    own.CopyFrom(model)
    return own
