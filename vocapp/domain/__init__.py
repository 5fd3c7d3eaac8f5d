"""The ground floor: what vocapp decides, in pure Python. No Flask, no SQL, no clock, no chance, no I/O."""
