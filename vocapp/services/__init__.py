"""The use cases, one verb a file: keyword-only functions that never commit, never see HTTP or the queue."""
