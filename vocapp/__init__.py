"""vocapp: smart surveys and the voice of the customer. Start reading at `pipeline.py`, then `domain/`."""
