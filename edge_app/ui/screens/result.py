"""The answer: referral advice, the best classes, what is known of their reliability, where the model looked."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from edge_app.runtime.classifier import Classifier
from edge_app.ui import choices
from edge_app.ui.answer import Answer
from edge_app.ui.figures import Recall, percent, probable, recall_for_skin_type, recall_of
from edge_app.ui.page import Page
from edge_app.ui.widgets.signs import Notice, Share, texture_of


class ResultPage(Page):
    """The draft's answer."""

    tier = StringProperty("routine")
    badge_title = StringProperty("")
    badge_text = StringProperty("")
    headline = StringProperty("")
    subline = StringProperty("")
    recall_line = StringProperty("")
    skin_line = StringProperty("")
    quality_line = StringProperty("")
    model_line = StringProperty("")
    is_notifiable = BooleanProperty(False)
    is_leaving = BooleanProperty(False)
    has_heat = BooleanProperty(False)
    strength = NumericProperty(0.55)
    is_saved = BooleanProperty(False)
    number = NumericProperty(0)
    count = NumericProperty(1)

    def fill(self) -> None:
        """Everything of the answer."""
        draft, classifier = self.session.draft, self.session.classifier
        if draft.answer is None or classifier is None:
            return
        answer = draft.answer
        self.is_leaving = False
        self.is_saved, self.count = draft.saved is not None, len(draft.photos)
        self.say_answer(answer)
        self.show_photo(len(draft.photos) - 1)
        # What is below comes a frame later each, so that none takes long.
        self.in_turn(lambda: self.say_reliability(answer, classifier), lambda: self.say_notices(answer, classifier))

    def say_answer(self, answer: Answer) -> None:
        """Badge, headline and bars."""
        tr = self.app.tr
        is_answer = answer.verdict == "prediction"
        self.tier = answer.tier.value if is_answer else "unknown"
        title, text = choices.TIERS[self.tier]
        self.badge_title, self.badge_text = tr(title), tr(text)
        if not is_answer:
            title, text = choices.VERDICTS[answer.verdict]
            # No answer, and still a referral: as urgent as what the model leans towards.
            self.badge_title, self.badge_text = tr(title), f"{tr(text)} {tr(choices.TIERS[answer.tier.value][0])}."
        self.is_notifiable = answer.label.notifiable
        name = self.label(answer.label.code, answer.label.name)
        self.headline = name if is_answer else tr("Nearest: {name}").format(name=name)
        sure = tr("{p} probable, calibrated on test photos").format(p=probable(answer.probability))
        self.subline = sure if is_answer else tr("Shown for information only; it is not an answer.")
        self.ids.shares.clear_widgets()
        for label, probability in answer.top:
            shown = Share(string=self.label(label.code, label.name), value=probability, shown=probable(probability))
            self.ids.shares.add_widget(shown)

    def say_reliability(self, answer: Answer, classifier: Classifier) -> None:
        """Measured recall, photo quality, model."""
        tr, gate = self.app.tr, classifier.bundle.gate if classifier.bundle else {}
        name, code = self.label(answer.label.code, answer.label.name), answer.label.code
        self.recall_line = recall_text(recall_of(gate, code), tr, name)
        skin_type = self.session.draft.skin_type
        of_skin = recall_for_skin_type(gate, code, skin_type)
        lead = tr("Skin type {type}: ").format(type=skin_type) if skin_type else tr("By skin type: ")
        self.skin_line = lead + (recall_text(of_skin, tr, name) if of_skin else tr("not evaluated for this model."))
        codes = {code for one in self.session.draft.photos for code in one.report.codes}
        anyway = any(one.used_anyway for one in self.session.draft.photos)
        self.quality_line = tr("Photo quality: used in spite of a warning") if anyway else tr("Photo quality: good")
        self.quality_line += f" ({self.named(codes)})" if codes else ""
        self.model_line = model_text(classifier, self.session.shown_time(self.session.now()))

    def say_notices(self, answer: Answer, classifier: Classifier) -> None:
        """What must be said with this answer."""
        tr, place = self.app.tr, self.ids.notices
        place.clear_widgets()
        said: list[tuple[str, str, str]] = []
        if answer.disagreement:
            said.append(("soon", "compare", tr("The photos of this lesion got different answers, so none is certain.")))
        if set(self.session.draft.symptoms) & set(choices.ALARMING):
            said.append(("urgent", "warning", tr("Bleeding, change or growth was noted: refer in any case.")))
        if classifier.bundle and classifier.bundle.gate["verdict"] == "inconclusive":
            said.append(("soon", "fact_check", tr("Gate inconclusive: too few test photos to prove every class.")))
        said.append(("info", "info", tr("Not a diagnosis. Research software, not a medical device.")))
        said.append(("info", "info", low_risk(tr)))
        for tone, icon, text in said:
            place.add_widget(Notice(tone=tone, icon=icon, string=text))

    def label(self, code: str, name: str) -> str:
        """A class's name in the user's language."""
        return str(self.app.tr(choices.LABELS.get(code, name)))

    def named(self, codes: set[str]) -> str:
        """What was wrong with the photos, in words."""
        return ", ".join(self.app.tr(choices.QUALITY_NAMES.get(code, code)) for code in sorted(codes))

    def show_photo(self, number: int) -> None:
        """One of the photos with its heatmap."""
        one, self.number = self.session.draft.photos[number], number
        self.ids.photo.texture = texture_of(one.shown)
        self.has_heat = one.heat is not None
        self.ids.photo.heat = None if one.heat is None else texture_of(one.heat)

    def next_photo(self) -> None:
        """The next of several photos."""
        self.show_photo((self.number + 1) % len(self.session.draft.photos))

    def another(self) -> None:
        """One more photo of the same lesion; what was saved by now gets one more visit, of all its photos."""
        self.session.another()
        self.app.go("capture")

    def save(self) -> None:
        """Into the history."""
        if self.app.attempt(self.session.save_draft):
            self.is_saved = True
            self.app.say(self.app.tr("Saved, encrypted, on this device."))

    def note(self) -> None:
        """A referral note, which needs a saved case."""
        self.save()
        if self.session.draft.saved is not None:
            self.app.screen("export").case_id = self.session.draft.saved.id
            self.app.go("export")

    def act(self) -> None:
        """The next case; what is not saved is given up on the second press."""
        if not self.is_saved and not self.is_leaving:
            self.is_leaving = True
            self.app.say(self.app.tr("Not saved. Press again to leave it."))
            return
        self.session.begin()
        self.app.go("home")

    def back(self) -> None:
        """There is nothing to go back to: the photo was answered."""
        self.act()


def low_risk(tr: Any) -> str:
    """The sentence that stands with every result."""
    return str(
        tr("A low-risk result does not rule out cancer. Refer changing or bleeding lesions whatever the app says.")
    )


def recall_text(measured: Recall | None, tr: Any, name: str) -> str:
    """How often a class was recognised, with the interval."""
    if measured is None:
        return str(tr("not evaluated for this model."))
    text = tr("Of {n} test photos of {name} it recognised {p} (95 % interval {low} to {high}).")
    figures = {"p": percent(measured.share), "low": percent(measured.low), "high": percent(measured.high)}
    return str(text.format(n=measured.support, name=name, **figures))


def model_text(classifier: Classifier, at: str) -> str:
    """Name, version, hash and date."""
    card, bundle = classifier.card, classifier.bundle
    digest = bundle.sha256[:12] if bundle else "-"
    return f"{card.name} {card.version} · {card.scheme} · {digest} · {at}"
