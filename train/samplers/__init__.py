"""Which samples an epoch draws; one idea a file."""
