"""Random changes of training photos: drawn on the CPU by index, applied to whole batches on any device."""
