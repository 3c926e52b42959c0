"""Rows of any origin as one page: HTML with its plots in it, and Markdown."""
