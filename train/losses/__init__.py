"""Losses and class weights; one idea a file."""
