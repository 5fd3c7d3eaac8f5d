"""Tests that check the codebase itself."""
