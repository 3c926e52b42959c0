"""report.html and summary.md: an evaluation as one page that needs nothing beside it."""
