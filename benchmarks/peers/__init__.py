"""What other tools make of the same networks: one file a tool, one line in `PEERS`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

from edge_app.runtime.errors import BackendError, ConversionError

SUFFIXES = {"tflite": ".tflite", "onnx": ".onnx", "torch": ".torch"}
# A new version of any of these makes the files anew.
TOOLS = ("torch", "timm", "litert-torch", "ai-edge-quantizer", "onnx", "onnxscript", "onnxruntime")


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network of timm's at one input side, with random weights."""

    arch: str
    side_px: int
    classes: int


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A file that another tool makes: `made_by` says how, `maker` is `module:function` of (network, folder, out)."""

    made_by: str
    target: str
    scheme: str
    maker: str


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came of a peer: its file, or None and the reason."""

    peer: Peer
    network: Network
    model: Path | None
    failed: str = ""


# In this order: those below build on those above.
PEERS = (
    Peer(made_by="litert-torch", target="tflite", scheme="fp32", maker="litert:stock"),
    Peer(made_by="litert-torch, expand_as removed", target="tflite", scheme="fp32", maker="litert:mended"),
    Peer(made_by="ai-edge-quantizer static_wi8_ai8", target="tflite", scheme="static8", maker="litert:static8"),
    Peer(made_by="ai-edge-quantizer dynamic_wi8_afp32", target="tflite", scheme="dynamic8", maker="litert:dynamic8"),
    Peer(made_by="onnx2tf", target="tflite", scheme="fp32", maker="onnx2tf:float32"),
    Peer(made_by="torch.onnx", target="onnx", scheme="fp32", maker="onnxruntime_tools:stock"),
    Peer(made_by="onnxruntime quantize_static", target="onnx", scheme="static8", maker="onnxruntime_tools:static8"),
    Peer(made_by="onnxruntime quantize_dynamic", target="onnx", scheme="dynamic8", maker="onnxruntime_tools:dynamic8"),
    Peer(made_by="torch eager", target="torch", scheme="fp32", maker="eager:eager"),
)
# Networks that are fast on phones by design, as their size is meant.
SMALL_NETWORKS = (("mobilenetv2_100", 224), ("mobilenetv3_large_100", 224), ("efficientnet_b0", 224))
SMALL_PEERS = tuple(peer for peer in PEERS if peer.maker in {"litert:stock", "litert:static8"})
SMALL = "small"
KINDS = (*SUFFIXES, SMALL)


class NotNeeded(Exception):
    """The peer is there for networks that another one fails on, and this is none of them."""


def made_peers(
    networks: Sequence[Network], kinds: Sequence[str], cache: Path, announce: Callable[[str], None]
) -> list[Made]:
    """Every peer of `networks` for the targets among `kinds`, and with "small" among them those of the small networks.

    Each is made once, and kept below `cache`.
    """
    wanted = [(network, peer) for network in networks for peer in PEERS if peer.target in kinds]
    if SMALL in kinds and networks:
        classes = networks[0].classes
        small = [Network(arch=arch, side_px=side_px, classes=classes) for arch, side_px in SMALL_NETWORKS]
        wanted += [(network, peer) for network in small for peer in SMALL_PEERS]
    found = [made(peer, network, cache, announce) for network, peer in wanted]
    return [one for one in found if one is not None]


def made(peer: Peer, network: Network, cache: Path, announce: Callable[[str], None]) -> Made | None:
    """The peer's file from the cache, or made now; None where the network has no need of it.

    What a tool failed with is kept, too: it would fail the same way again. That one is not set up, or takes too long
    today, is not kept.
    """
    folder = cache / f"{network.arch}-{network.side_px}-{network.classes}-{tools_digest()}"
    model = folder / f"{peer.maker.replace(':', '-')}{SUFFIXES[peer.target]}"
    failure = model.with_suffix(".failed")
    if not model.exists() and not failure.exists():
        announce(f"{network.arch} {network.side_px} px: {peer.made_by}")
        folder.mkdir(parents=True, exist_ok=True)
        try:
            maker_of(peer)(network, folder, model)
        except NotNeeded:
            return None
        except BackendError as error:
            return Made(peer=peer, network=network, model=None, failed=str(error))
        except ConversionError as error:
            failure.write_text(str(error), encoding="utf-8")
    if failure.exists():
        return Made(peer=peer, network=network, model=None, failed=failure.read_text(encoding="utf-8"))
    return Made(peer=peer, network=network, model=model)


def maker_of(peer: Peer) -> Callable[[Network, Path, Path], None]:
    """The function that writes the peer's file; it raises ConversionError with the tool's own words."""
    module, _, function = peer.maker.partition(":")
    maker: Callable[[Network, Path, Path], None] = getattr(import_module(f"benchmarks.peers.{module}"), function)
    return maker


def tools_digest() -> str:
    """Eight digits that stand for the versions of the tools."""
    return hashlib.sha256(repr([(name, version_of(name)) for name in TOOLS]).encode()).hexdigest()[:8]


def version_of(distribution: str) -> str:
    """Its version; "" where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def needed(folder: Path, *names: str) -> Path:
    """The first of `names` that is in `folder`; ConversionError where none is, since what builds on it cannot be."""
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise ConversionError(f"there is no {' or '.join(names)} to begin with; see the rows of those")
