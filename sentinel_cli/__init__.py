"""Sentinel watches a GoHighLevel account for customers nobody answered, and tells the managers."""

__version__ = "0.1.0"
