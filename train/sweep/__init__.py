"""Many trainings of one grid, and the table that compares them."""
