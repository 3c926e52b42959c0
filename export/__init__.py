"""From a trained checkpoint to a verified file for a phone."""
