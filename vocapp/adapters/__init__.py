"""What vocapp uses of the outside world: each a small Protocol, real implementations, and a fake that tests use."""
