"""Detectors: pure functions that find things in text."""
