"""Learning from photos without their classes."""
