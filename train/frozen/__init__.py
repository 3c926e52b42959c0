"""Training the head of a frozen network on features that are computed once."""
