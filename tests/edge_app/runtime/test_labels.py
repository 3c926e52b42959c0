from __future__ import annotations

from edge_app.runtime.labels import KNOWN, Label, RiskTier, label


def test_known_has_the_papers_14_classes_in_its_order() -> None:
    codes = "akiec, bcc, bkl, chickenpox, cowpox, df, healthy, hfmd, measles, nv, mel, mpox, scc, vasc"
    assert ", ".join(KNOWN) == codes


def test_known_marks_melanoma_urgent_and_mpox_and_measles_notifiable() -> None:
    assert KNOWN["mel"].tier is RiskTier.URGENT
    assert [code for code, known in KNOWN.items() if known.notifiable] == ["measles", "mpox"]


def test_label_gives_the_cautious_middle_tier_when_the_code_is_unknown() -> None:
    assert label("nv") is KNOWN["nv"]
    assert label("lichen") == Label("lichen", "lichen", RiskTier.SOON, notifiable=False)
