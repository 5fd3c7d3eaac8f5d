"""Real servers, peers and processes for tests, replay and bench: each stops what it started, by its number."""
