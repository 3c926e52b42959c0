from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.runtime import bundle as bundles
from edge_app.runtime import manifest, members, trust
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import BundleError, TrustError
from tests.contracts.tiny_model import CODES, MODELS, golden_bytes
from tests.edge_app.bundles import GATE, KEY, OTHER_KEY, contents, public, signed, write_folder, write_zip

TRUSTED = (public(KEY),)
Write = Callable[[dict[str, bytes], Path], Path]
FILES = signed(contents())


@pytest.fixture(params=[write_folder, write_zip], ids=["folder", "zip"])
def write(request: pytest.FixtureRequest) -> Write:
    return request.param


def refusal(path: Path, **options: object) -> str:
    """The message of the TrustError that opening `path` causes."""
    with pytest.raises(TrustError) as caught:
        Bundle.open(path, **{"trusted_keys": TRUSTED, **options})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_open_gives_card_gate_model_and_golden_when_all_is_well(write: Write, tmp_path: Path) -> None:
    opened = Bundle.open(write(FILES, tmp_path / "b.zip"), trusted_keys=TRUSTED)
    assert [label.code for label in opened.card.labels] == list(CODES)
    assert opened.gate["verdict"] == "pass"
    assert opened.model_name == "model.tflite"
    assert opened.model_content == (MODELS / "tiny.tflite").read_bytes()
    assert opened.model_bytes == (MODELS / "tiny.tflite").stat().st_size
    assert opened.golden.images.shape == (2, 32, 32, 3)
    assert opened.signer == trust.fingerprint(TRUSTED[0])


def test_open_gives_one_sha256_for_the_folder_and_its_zip(tmp_path: Path) -> None:
    paths = (write_folder(FILES, tmp_path / "folder"), write_zip(FILES, tmp_path / "b.zip"))
    assert len({Bundle.open(path, trusted_keys=TRUSTED).sha256 for path in paths}) == 1


def test_open_refuses_what_does_not_exist_or_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"absent does not exist"):
        Bundle.open(tmp_path / "absent")
    (tmp_path / "b.zip").write_bytes(b"PK no zip")
    with pytest.raises(BundleError, match="neither a folder nor a zip"):
        Bundle.open(tmp_path / "b.zip")
    (tmp_path / "empty").mkdir()
    assert "has no manifest.json" in refusal(tmp_path / "empty")


def test_open_refuses_an_unsigned_bundle_unless_allowed(write: Write, tmp_path: Path) -> None:
    path = write(signed(contents(), key=None), tmp_path / "b.zip")
    assert "--allow-unsigned" in refusal(path)
    assert Bundle.open(path, allow_unsigned=True).signer is None


def test_open_names_the_unknown_key_and_how_to_accept_it(tmp_path: Path) -> None:
    path = write_folder(signed(contents(), OTHER_KEY), tmp_path)
    message = refusal(path)
    assert trust.fingerprint(public(OTHER_KEY)) in message and "--trusted-key" in message
    assert Bundle.open(path, trusted_keys=(public(OTHER_KEY),)).signer == trust.fingerprint(public(OTHER_KEY))
    assert Bundle.open(path, allow_unsigned=True).signer is None


def test_open_trusts_the_key_when_the_manifest_states_none(tmp_path: Path) -> None:
    path = write_folder(signed(contents(), KEY, states_signer=False), tmp_path)
    assert Bundle.open(path, trusted_keys=TRUSTED).signer == trust.fingerprint(TRUSTED[0])


def test_open_refuses_a_stated_signer_that_did_not_sign(tmp_path: Path) -> None:
    listed = manifest.write(contents(), public(KEY))
    files = contents() | {"manifest.json": listed, "manifest.sig": OTHER_KEY.sign(listed)}
    path = write_folder(files, tmp_path)
    assert "fits none" in refusal(path)
    assert "fits none" in refusal(path, allow_unsigned=True)


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), KEY.sign(b"something else")])
def test_open_refuses_a_broken_signature_even_when_unsigned_is_allowed(signature: bytes, tmp_path: Path) -> None:
    path = write_folder({**FILES, "manifest.sig": signature}, tmp_path)
    assert "manifest.sig" in refusal(path, allow_unsigned=True)


def test_open_trusts_the_keys_of_the_users_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = tmp_path / "keys.txt"
    listed.write_text(f"# accepted\n{public(OTHER_KEY).hex()}  # a colleague\n")
    monkeypatch.setenv("DERMEDGE_TRUSTED_KEYS", str(listed))
    path = write_folder(signed(contents(), OTHER_KEY), tmp_path / "bundle")
    assert Bundle.open(path).signer == trust.fingerprint(public(OTHER_KEY))


def test_open_refuses_a_member_that_the_manifest_does_not_list(write: Write, tmp_path: Path) -> None:
    path = write({**FILES, "extra.txt": b""}, tmp_path / "b.zip")
    assert "extra.txt, which its manifest does not list" in refusal(path)


def test_open_refuses_a_missing_member(write: Write, tmp_path: Path) -> None:
    files = {name: content for name, content in FILES.items() if name != "report.html"}
    assert "lacks report.html" in refusal(write(files, tmp_path / "b.zip"))


@pytest.mark.parametrize(("changed", "said"), [(b"x", "more"), (None, "fewer")])
def test_open_refuses_a_member_of_another_size(write: Write, changed: bytes | None, said: str, tmp_path: Path) -> None:
    model = FILES["model.tflite"] + changed if changed else FILES["model.tflite"][:-1]
    assert f"{said} than the" in refusal(write({**FILES, "model.tflite": model}, tmp_path / "b.zip"))


def test_open_refuses_a_member_with_another_hash_before_any_parser_sees_it(write: Write, tmp_path: Path) -> None:
    spoiled = b"{" * len(FILES["card.json"])
    assert "card.json" in refusal(write({**FILES, "card.json": spoiled}, tmp_path / "b.zip"))


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/etc/evil", "a/../../evil", "c:\\evil", "a\\b", "C:evil", ".hidden", "a//b", "a/", "nul\0x"],
)
def test_open_refuses_names_that_could_leave_the_folder(name: str, tmp_path: Path) -> None:
    path = write_zip(FILES, tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, b"evil")
    assert "not allowed" in refusal(path) or "does not list" in refusal(path)


@pytest.mark.parametrize("name", ["model.tflite", "MODEL.TFLITE"])
def test_open_refuses_a_zip_with_one_name_twice(name: str, tmp_path: Path) -> None:
    path = write_zip(FILES, tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a") as archive, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        archive.writestr(name, b"another")
    assert "twice" in refusal(path)


def test_open_refuses_links(tmp_path: Path) -> None:
    folder = write_folder(FILES, tmp_path / "folder")
    (tmp_path / "elsewhere").write_bytes(FILES["report.html"])
    (folder / "report.html").unlink()
    os.symlink(tmp_path / "elsewhere", folder / "report.html")
    assert "links are not allowed" in refusal(folder)

    path = write_zip(FILES, tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert "links are not allowed" in refusal(path)


def test_open_reads_no_more_of_a_zip_bomb_than_its_manifest_says(tmp_path: Path) -> None:
    path = write_zip({**FILES, "report.html": bytes(50_000_000)}, tmp_path / "b.zip")
    assert "more than the" in refusal(path)


def test_open_takes_a_zip_that_announces_folders(tmp_path: Path) -> None:
    files = signed(contents(model_tflite=None) | {"model.mlpackage/Data/weights.bin": b"w"})
    path = write_zip({"model.mlpackage/": b"", "model.mlpackage/Data/": b"", **files}, tmp_path / "b.zip")
    opened = Bundle.open(path, trusted_keys=TRUSTED)
    assert opened.model_name == "model.mlpackage" and opened.model_content is None
    assert opened.model_files == {"model.mlpackage/Data/weights.bin": b"w"}
    extracted = opened.extract_model(tmp_path / "private")
    assert (extracted / "Data" / "weights.bin").read_bytes() == b"w"


def rewritten(change: Callable[[dict], object]) -> dict[str, bytes]:
    """The good bundle, its manifest changed and signed again: what a careless signer could produce."""
    listed = json.loads(FILES["manifest.json"])
    change(listed)
    content = json.dumps(listed).encode()
    return {**FILES, "manifest.json": content, "manifest.sig": KEY.sign(content)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update(schema_version=2), "not of schema_version 1"),
        (lambda m: m.update(more=1), "unknown parts"),
        (lambda m: m.update(files=[]), "no list of 1 to 200"),
        (lambda m: m.update(files={}), "no list of 1 to 200"),
        (lambda m: m["files"].append(m["files"][0]), "twice"),
        (lambda m: m["files"][0].update(name="../x"), "not allowed in a bundle"),
        (lambda m: m["files"][0].update(name=3), "not allowed in a bundle"),
        (lambda m: m["files"][0].update(name="manifest.sig"), "not allowed in a bundle"),
        (lambda m: m["files"][0].update(size_bytes=200_000_001), "at most 200000000"),
        (lambda m: m["files"][0].update(size_bytes=-1), "at most 200000000"),
        (lambda m: m["files"][0].update(size_bytes=True), "at most 200000000"),
        (lambda m: m["files"][0].update(sha256="00"), "64 hexadecimal digits"),
        (lambda m: m["files"][0].pop("sha256"), "not name, sha256 and size_bytes"),
        (lambda m: m.update(files=[{**f, "size_bytes": 150_000_000} for f in m["files"]]), "more than 400 MB"),
    ],
)
def test_open_refuses_a_manifest_that_breaks_its_rules(
    change: Callable[[dict], object], said: str, tmp_path: Path
) -> None:
    assert said in refusal(write_folder(rewritten(change), tmp_path))


def test_open_refuses_a_manifest_that_is_huge_or_no_json(tmp_path: Path) -> None:
    for number, content in enumerate((b"{" * 10, b"\xff", b"[" * 100_000, b" " * 1_000_001)):
        files = {**FILES, "manifest.json": content, "manifest.sig": KEY.sign(content)}
        assert "manifest.json" in refusal(write_folder(files, tmp_path / str(number)))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"golden_npz": None}, "has no golden.npz"),
        ({"card_json": None}, "has no card.json"),
        ({"gate_json": None}, "has no gate.json"),
        ({"model_tflite": None}, "has 0 model files"),
        ({"other_onnx": b"o"}, "has 2 model files"),
        ({"card_json": b"{}"}, "schema_version"),
        ({"gate_json": b"{"}, "is not JSON"),
        ({"gate_json": b"[]"}, "has the verdict 'None'"),
        ({"gate_json": json.dumps({**GATE, "verdict": "fail"}).encode()}, "has the verdict 'fail'"),
        ({"golden_npz": b"PK"}, "golden.npz cannot be read"),
        ({"golden_npz": golden_bytes(tolerance=float("nan"))}, "tolerance is nan"),
    ],
)
def test_open_refuses_signed_files_that_are_incomplete_or_unusable(
    changed: dict[str, bytes | None], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match=said) as caught:
        Bundle.open(write_folder(signed(contents(**changed)), tmp_path), trusted_keys=TRUSTED)
    assert not isinstance(caught.value, TrustError)


@given(st.sampled_from(sorted(FILES)), st.data())
@settings(max_examples=60, deadline=None)
def test_open_refuses_when_any_byte_of_any_file_is_flipped(name: str, data: st.DataObject) -> None:
    content = bytearray(FILES[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    spoiled = {**FILES, name: bytes(content)}
    source = InMemory(spoiled)
    with pytest.raises(TrustError):
        verify(source)


def test_open_verifies_the_good_files_in_memory_too() -> None:
    assert set(verify(InMemory(FILES))) == set(contents())


@given(st.integers(0, 10**9), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_open_raises_nothing_but_bundle_error_when_a_byte_of_the_zip_is_flipped(place: int, change: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = write_zip(FILES, Path(folder) / "b.zip")
        content = bytearray(path.read_bytes())
        content[place % len(content)] ^= change
        path.write_bytes(content)
        try:
            opened = Bundle.open(path, trusted_keys=TRUSTED)
        except BundleError as error:
            assert "\n" not in str(error)
        else:  # dates and other fields of a zip that nothing depends on
            assert opened.files == contents()


class InMemory:
    """Members that need no disk."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.names = files, members.checked(tuple(files), Path("memory"))

    def read(self, name: str, bytes_max: int) -> bytes:
        return self.files[name][: bytes_max + 1]


def verify(source: InMemory, key: Ed25519PrivateKey = KEY) -> dict[str, bytes]:
    """The checks that come before any parser."""
    content, _ = bundles.checked_manifest(source, Path("memory"), (public(key),), False)
    return bundles.checked_files(source, manifest.read(content), Path("memory"))
