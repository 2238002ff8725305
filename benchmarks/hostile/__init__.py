"""Hostile inputs: files that are damaged or made to break a reader, and what becomes of them."""
