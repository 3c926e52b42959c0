"""What one can choose in a case: stable codes for the history, English for the screens."""

from __future__ import annotations

from edge_app.ui.words import mark

AGE_BANDS = ("0-9", "10-19", "20-39", "40-59", "60-79", "80+")
SEXES = {"female": mark("Female"), "male": mark("Male"), "other": mark("Other")}
SKIN_TYPES = {
    "I": mark("always burns"),
    "II": mark("burns easily"),
    "III": mark("may burn"),
    "IV": mark("burns rarely"),
    "V": mark("very rarely burns"),
    "VI": mark("never burns"),
}
SYMPTOMS = {
    "itching": mark("Itching"),
    "bleeding": mark("Bleeding"),
    "changing": mark("Changing"),
    "growing": mark("Growing"),
    "painful": mark("Painful"),
    "fever": mark("Fever"),
}
# A changing or bleeding lesion is to be seen whatever the model says.
ALARMING = ("bleeding", "changing", "growing")
SITES = {
    "head": mark("Head and face"),
    "neck": mark("Neck"),
    "chest": mark("Chest"),
    "abdomen": mark("Abdomen"),
    "pelvis": mark("Pelvis"),
    "left_upper_arm": mark("Left upper arm"),
    "right_upper_arm": mark("Right upper arm"),
    "left_forearm": mark("Left forearm"),
    "right_forearm": mark("Right forearm"),
    "left_hand": mark("Left hand"),
    "right_hand": mark("Right hand"),
    "left_thigh": mark("Left thigh"),
    "right_thigh": mark("Right thigh"),
    "left_lower_leg": mark("Left lower leg"),
    "right_lower_leg": mark("Right lower leg"),
    "left_foot": mark("Left foot"),
    "right_foot": mark("Right foot"),
    "back_of_head": mark("Back of the head"),
    "nape": mark("Nape"),
    "upper_back": mark("Upper back"),
    "lower_back": mark("Lower back"),
    "buttocks": mark("Buttocks"),
}
TIERS = {
    "urgent": (mark("Refer urgently"), mark("Have it seen by a doctor within days.")),
    "soon": (mark("Refer soon"), mark("Have it seen by a doctor within some weeks.")),
    "routine": (mark("Routine"), mark("No sign of urgency in this photo. Look again if it changes.")),
    "unknown": (mark("Refer: no answer"), mark("The model cannot tell. Have it seen by a doctor.")),
}
NOTIFIABLE = (
    mark("Notifiable"),
    mark("Mpox and measles are notifiable in many places: ask who must be told."),
)
VERDICTS = {
    "unsure": (mark("Not sure: refer"), mark("The model has no answer that it can stand by.")),
    "unknown": (
        mark("Not like anything this model knows"),
        mark("Check that the photo shows one skin lesion, close and sharp. If it does, refer."),
    ),
}
LABELS = {
    "akiec": mark("Actinic keratosis"),
    "bcc": mark("Basal cell carcinoma"),
    "bkl": mark("Benign keratosis-like lesion"),
    "chickenpox": mark("Chickenpox"),
    "cowpox": mark("Cowpox"),
    "df": mark("Dermatofibroma"),
    "healthy": mark("Healthy skin"),
    "hfmd": mark("Hand, foot and mouth disease"),
    "measles": mark("Measles"),
    "nv": mark("Melanocytic nevus"),
    "mel": mark("Melanoma"),
    "mpox": mark("Mpox"),
    "scc": mark("Squamous cell carcinoma"),
    "vasc": mark("Vascular lesion"),
}
GATES = {"pass": mark("passed"), "inconclusive": mark("inconclusive"), "none": mark("none")}
# What the cards of our own bundles say; another's words are shown as they are.
USES = (
    mark(
        "Research into the classification of close-up photos of single skin lesions, on the device that took them."
        " Not for diagnosis, triage or any clinical decision."
    ),
    mark("Research use only. Not a medical device."),
)
# The audit log's events, as the store writes them, with the icon that the log shows.
EVENTS = {
    "created": (mark("History created"), "lock"),
    "opened": (mark("Unlocked"), "lock_open"),
    "saved": (mark("Case saved"), "save"),
    "follow-up saved": (mark("Follow-up saved"), "photo_camera"),
    "changed": (mark("Case changed"), "edit"),
    "outcome entered": (mark("Outcome entered"), "biotech"),
    "deleted": (mark("Case deleted"), "delete"),
    "exported": (mark("Exported"), "share"),
    "backed up": (mark("Backup written"), "backup"),
    "restored": (mark("Backup restored"), "restore"),
    "passphrase changed": (mark("Passphrase changed"), "vpn_key"),
    "model": (mark("Model changed"), "memory"),
    "key accepted": (mark("Key accepted"), "vpn_key"),
    "key removed": (mark("Key removed"), "vpn_key"),
}
OUTCOMES = {
    "histology": mark("Histology"),
    "clinical": mark("Clinical diagnosis"),
    "lost": mark("Lost to follow-up"),
}
QUALITY_NAMES = {
    "small": mark("small"),
    "blur": mark("blurred"),
    "dark": mark("dark"),
    "bright": mark("too bright"),
    "glare": mark("glare"),
    "no_skin": mark("little skin"),
    "far": mark("far away"),
}
# What a photo has where the check found nothing; each stands for the codes beside it.
GOOD = (
    (("small",), mark("Large enough")),
    (("blur",), mark("Sharp")),
    (("dark", "bright"), mark("Well lit")),
    (("glare",), mark("No glare")),
    (("no_skin",), mark("Enough skin")),
    (("far",), mark("Close enough")),
)
# What the quality check says (edge_app.runtime.quality), for the catalogues.
QUALITY = (
    mark("The photo is too small. Use the camera's full size, and do not send it through a messenger first."),
    mark("The photo is blurred. Hold still, tap the lesion to focus, and move back a little if it stays soft."),
    mark("The photo is too dark. Turn towards a window or switch a lamp on; do not use the flash close up."),
    mark("The photo is too bright. Move out of direct sun, or shade the lesion with your hand."),
    mark("The skin reflects the light. Tilt the phone a little, or wipe off oil and water."),
    mark("There is little skin in the photo. Fill the frame with the lesion and the skin around it."),
    mark("No lesion stands out. Move closer until it fills about a third of the frame, and centre it."),
)
LOW_RISK = mark("A low-risk result does not rule out cancer. Refer changing or bleeding lesions whatever the app says.")
