"""Executes saved CoreML programs (`.mlpackage`, ML Program) with torch, where there is no Core ML to run them."""
