"""A case as an HL7 FHIR R4 collection: every report and observation in it is `preliminary`, and no name is in it."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any

from edge_app.runtime.card import DISCLAIMER
from edge_app.store.records import Case, Visit

SEXES = {"female": "female", "male": "male"}


def to_fhir(case: Case, photos: Mapping[str, bytes] | None = None) -> str:
    """FHIR R4 JSON: Patient, Device, one DiagnosticReport with its Observation a visit, Media for `photos`."""
    patient = reference(case.id, "patient")
    resources = [(patient, patient_of(case))]
    for visit in case.visits:
        resources += of_visit(case, visit, patient, photos or {})
    entries = [{"fullUrl": url, "resource": resource} for url, resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, indent=1, ensure_ascii=False)


def reference(*parts: str) -> str:
    """A stable address of a resource inside the collection."""
    return uuid.uuid5(uuid.NAMESPACE_OID, "/".join(parts)).urn


def patient_of(case: Case) -> dict[str, Any]:
    """The patient: the user's own code and the sex, where they were given."""
    patient: dict[str, Any] = {"resourceType": "Patient"}
    if case.reference:
        patient["identifier"] = [{"value": case.reference}]
    if case.sex in SEXES:
        patient["gender"] = SEXES[case.sex]
    return patient


def of_visit(case: Case, visit: Visit, patient: str, photos: Mapping[str, bytes]) -> list[tuple[str, dict[str, Any]]]:
    """The resources of one visit with their addresses."""
    device, answer = reference(visit.id, "device"), reference(visit.id, "answer")
    media = [(reference(s.photo_id, "photo"), s.photo_id) for s in visit.shots if s.photo_id in photos]
    report = {
        "resourceType": "DiagnosticReport",
        "status": "preliminary",
        "code": {"text": "Skin lesion classification by research software"},
        "subject": {"reference": patient},
        "effectiveDateTime": visit.taken_at,
        "result": [{"reference": answer}],
        "conclusion": f"{conclusion(visit)} {DISCLAIMER} Not a diagnosis.",
        "media": [{"link": {"reference": url}} for url, _ in media],
    }
    pictures = [(url, media_of(visit, patient, photos[photo_id])) for url, photo_id in media]
    return [
        (reference(visit.id, "report"), without_empty(report)),
        (answer, observation_of(case, visit, patient, device)),
        (device, device_of(visit)),
        *pictures,
    ]


def conclusion(visit: Visit) -> str:
    """The answer in words."""
    if visit.verdict == "prediction":
        return f"Suggests {visit.name} ({probable(visit.probability)}); referral: {visit.tier}."
    return f"No answer: {visit.reason or visit.verdict}. Refer to a clinician: {visit.tier or 'soon'}."


def observation_of(case: Case, visit: Visit, patient: str, device: str) -> dict[str, Any]:
    """The probabilities as components."""
    components = [
        {"code": {"text": code}, "valueQuantity": {"value": round(p, 4), "unit": "1"}}
        for code, p in visit.probabilities.items()
    ]
    observation = {
        "resourceType": "Observation",
        "status": "preliminary",
        "code": {"text": "Calibrated probability by class"},
        "subject": {"reference": patient},
        "effectiveDateTime": visit.taken_at,
        "device": {"reference": device},
        "bodySite": {"text": case.site.replace("_", " ")} if case.site else None,
        "note": [{"text": case.note}] if case.note else None,
        "component": components,
    }
    return without_empty(observation)


def device_of(visit: Visit) -> dict[str, Any]:
    """The model, pinned by its bundle's hash."""
    return {
        "resourceType": "Device",
        "deviceName": [{"name": visit.model or "unknown", "type": "model-name"}],
        "version": [{"value": visit.model_sha256 or "unknown"}],
        "note": [{"text": f"gate: {visit.gate or 'unknown'}. {DISCLAIMER}"}],
    }


def media_of(visit: Visit, patient: str, jpeg: bytes) -> dict[str, Any]:
    """One photo."""
    return {
        "resourceType": "Media",
        "status": "completed",
        "subject": {"reference": patient},
        "createdDateTime": visit.taken_at,
        "content": {"contentType": "image/jpeg", "data": base64.b64encode(jpeg).decode()},
    }


def without_empty(resource: dict[str, Any]) -> dict[str, Any]:
    """FHIR allows no empty value."""
    return {name: value for name, value in resource.items() if value not in (None, [], "")}


def probable(probability: float) -> str:
    """A probability in per cent, near its ends a bound, as on screen: no model is certain."""
    if probability > 0.99:
        return "> 99%"
    return "< 1%" if probability < 0.01 else f"{probability:.0%}"
