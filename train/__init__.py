"""Training: a recipe and a data set become a run folder with a checkpoint, figures and plots."""
