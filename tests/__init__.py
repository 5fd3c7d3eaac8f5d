"""The tests, on the same floors as the product. `README.md` says what the rig gives."""
