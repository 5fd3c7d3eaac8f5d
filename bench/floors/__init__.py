"""What each case is compared with: the least that could do its job, on the same server and the same database."""
