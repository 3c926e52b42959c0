"""Quantization-aware training (scheme `qat8`): weights and ranges learn to live with the rounding of 8 bits.

rounding   what 8 bits do to numbers, with gradients that look through it
sites      which products of a target's file round what, and which weights of the network they are
student    a lowered network that rounds as the file will
lessons    the run's own training photos, changed as in training, and the float model's answers to them
training   the loop; it goes on where it was interrupted
targets    one module a file format: its sites, its ranges, its file; one line each in `TARGETS`
"""
