"""A new case: where on the body, and what little is worth knowing of the patient; all of it optional."""

from __future__ import annotations

from kivy.properties import StringProperty

from edge_app.ui import choices, palette
from edge_app.ui.page import Page


class NewCasePage(Page):
    """Fills the session's draft."""

    side = StringProperty("front")

    def fill(self) -> None:
        """Show the draft."""
        draft, tr, ids = self.session.draft, self.app.tr, self.ids
        ids.age.options = [(band, band) for band in choices.AGE_BANDS]
        ids.sex.options = [(code, tr(name)) for code, name in choices.SEXES.items()]
        ids.skin.options = [
            (code, f"{code}  {tr(said)}", palette.SKIN_TYPES[code]) for code, said in choices.SKIN_TYPES.items()
        ]
        ids.symptoms.options = [(code, tr(name)) for code, name in choices.SYMPTOMS.items()]
        ids.age.chosen, ids.sex.chosen = [draft.age_band], [draft.sex]
        ids.skin.chosen, ids.symptoms.chosen = [draft.skin_type], list(draft.symptoms)
        ids.note.text, ids.reference.text = draft.note, draft.reference
        ids.body_map.site = draft.site

    def site_name(self, site: str, *_: object) -> str:
        """The chosen site in words."""
        return self.app.tr(choices.SITES[site]) if site else self.app.tr("Touch the body")

    def on_next(self) -> None:
        """Keep what was entered and go to the photo."""
        draft, ids = self.session.draft, self.ids
        draft.site, draft.note, draft.reference = ids.body_map.site, ids.note.text.strip(), ids.reference.text.strip()
        draft.age_band, draft.sex = first(ids.age.chosen), first(ids.sex.chosen)
        draft.skin_type, draft.symptoms = first(ids.skin.chosen), tuple(ids.symptoms.chosen)
        self.app.go("capture")


def first(chosen: list[str]) -> str:
    """The one choice, or none."""
    return chosen[0] if chosen else ""
