"""Photos, labels, groups and splits, however they are stored."""
