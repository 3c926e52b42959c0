"""Which photos of a batch count at which age of the model; one idea a file."""
