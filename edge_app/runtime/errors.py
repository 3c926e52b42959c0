"""The one error tree of the project.

DermedgeError
  PhotoError              a photo that cannot be used
  LabelError              a label that does not exist or stands twice
  CardError               a model card that breaks its rules
  BundleError             a model bundle that cannot be used
    TrustError            ... because its signature, hashes or manifest are not what they should be
  BackendError            an inference runtime that refuses a model or an image
    MissingRuntimeError   ... because it is not installed; names the extra to install
  StoreError              a case history that cannot be read or written
    PassphraseError       ... because the passphrase does not open it
  ConfigError             a command line or a recipe that contradicts itself
  DataError               a data set that cannot be used
  CheckpointError         a checkpoint of another architecture, cut short, or no checkpoint
  TrainingError           a training run that cannot go on
  ConversionError         a model that cannot be lowered or converted
  GateError               a gate that could not run
    OverlapError          ... because its photos were seen before

Every message is one line: what, the value, what is allowed, what to do.
"""

from __future__ import annotations

MESSAGE_CHARACTERS = 600


class DermedgeError(Exception):
    """Base of every error that the project raises on purpose; its text is always one line."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class PhotoError(DermedgeError):
    """A photo that cannot be used."""


class LabelError(DermedgeError):
    """A label that does not exist or stands twice."""


class CardError(DermedgeError):
    """A model card that breaks its rules."""


class BundleError(DermedgeError):
    """A model bundle that cannot be used."""


class TrustError(BundleError):
    """A model bundle whose signature, hashes or manifest are not what they should be."""


class BackendError(DermedgeError):
    """An inference runtime that refuses a model or an image."""


class MissingRuntimeError(BackendError):
    """An inference runtime that is not installed."""


class StoreError(DermedgeError):
    """A case history that cannot be read or written."""


class PassphraseError(StoreError):
    """A case history that the given passphrase does not open."""


class ConfigError(DermedgeError):
    """A command line or a recipe that contradicts itself."""


class DataError(DermedgeError):
    """A data set that cannot be used."""


class CheckpointError(DermedgeError):
    """A checkpoint of another architecture, cut short, or no checkpoint."""


class TrainingError(DermedgeError):
    """A training run that cannot go on."""


class ConversionError(DermedgeError):
    """A model that cannot be lowered or converted."""


class GateError(DermedgeError):
    """A gate that could not run."""


class OverlapError(GateError):
    """Gate photos that training, validation, calibration or selection has seen."""


def one_line(text: object) -> str:
    """`text` as one printable line, cut at 600 characters: library messages and file names can hold anything."""
    printable = "".join(c if c.isprintable() else " " for c in str(text))
    line = " ".join(printable.split())
    return line if len(line) <= MESSAGE_CHARACTERS else line[: MESSAGE_CHARACTERS - 3] + "..."
