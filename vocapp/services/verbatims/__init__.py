"""Verbatims: laid out to be searched, found by facets, tagged, kept as views, and compared."""
