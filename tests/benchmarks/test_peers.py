from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.peers import PEERS, SMALL_NETWORKS, Made, Network, NotNeeded, Peer, made, made_peers, needed
from benchmarks.peers.timm_network import network
from benchmarks.peers.tool import called
from edge_app.runtime.errors import ConversionError

NETWORK = Network(arch="tiny", side_px=32, classes=4)
PEER = Peer(made_by="a tool", target="tflite", scheme="fp32", maker="tool:make")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makers that write the peer's name, or fail where it begins with `bad`; the names that were asked for."""
    names: list[str] = []

    def maker(peer: Peer) -> object:
        def make(network: Network, folder: Path, out: Path) -> None:
            names.append(peer.made_by)
            if peer.made_by.startswith("bad"):
                raise ConversionError("a tool fails: on purpose")
            if peer.made_by.startswith("idle"):
                raise NotNeeded
            out.write_text(peer.made_by)

        return make

    monkeypatch.setattr(peers, "maker_of", maker)
    return names


def test_a_file_is_made_once(asked: list[str], tmp_path: Path) -> None:
    first, second = (made(PEER, NETWORK, tmp_path, lambda line: None) for _ in range(2))
    assert isinstance(first, Made) and first == second
    assert first.model is not None and first.model.read_text() == "a tool"
    assert asked == ["a tool"]


def test_a_failure_is_kept_with_the_words_of_the_tool(asked: list[str], tmp_path: Path) -> None:
    bad = Peer(made_by="bad tool", target="onnx", scheme="fp32", maker="tool:make")
    for _ in range(2):
        found = made(bad, NETWORK, tmp_path, lambda line: None)
        assert found == Made(peer=bad, network=NETWORK, model=None, failed="a tool fails: on purpose")
    assert asked == ["bad tool"]


def test_what_a_network_does_not_need_is_no_row(asked: list[str], tmp_path: Path) -> None:
    idle = Peer(made_by="idle tool", target="onnx", scheme="fp32", maker="tool:make")
    assert made(idle, NETWORK, tmp_path, lambda line: None) is None


def test_peers_are_those_of_the_kinds_asked_for(asked: list[str], tmp_path: Path) -> None:
    found = made_peers([NETWORK], ["onnx"], tmp_path, lambda line: None)
    assert [one.peer for one in found] == [peer for peer in PEERS if peer.target == "onnx"]
    small = made_peers([NETWORK], ["small"], tmp_path, lambda line: None)
    assert {one.network.arch for one in small} == {arch for arch, _ in SMALL_NETWORKS}
    assert {one.network.classes for one in small} == {4}


def test_every_maker_exists() -> None:
    assert all(callable(peers.maker_of(peer)) for peer in PEERS)


def test_what_a_peer_builds_on_is_named_where_it_is_missing(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("")
    assert needed(tmp_path, "a", "b") == tmp_path / "b"
    with pytest.raises(ConversionError, match="there is no a or c"):
        needed(tmp_path, "a", "c")


def test_a_tool_that_fails_is_quoted_without_the_place_where_it_is_installed() -> None:
    def fail() -> None:
        raise ValueError("/data/a/.venv/lib/python3.11/site-packages/timm/models/mobilevit.py:400: error: 'tfl.mul'")

    with pytest.raises(ConversionError) as found:
        called("a tool", fail)
    assert str(found.value) == "a tool fails: ValueError: timm/models/mobilevit.py:400: error: 'tfl.mul'"


def test_a_networks_factors_are_neither_0_nor_1_and_its_shifts_not_0_which_converters_would_leave_out() -> None:
    vectors = [one for one in network("mobilevitv2_050", 3).parameters() if one.ndim == 1]
    assert len(vectors) > 50
    assert not any(bool(((one == 0) | (one == 1)).any()) for one in vectors)
