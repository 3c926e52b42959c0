"""Figures, plots and answers of a trained model."""
