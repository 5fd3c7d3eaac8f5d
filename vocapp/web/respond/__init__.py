"""What customers see: the survey, its thanks, the way out. No script, no cookie, no session."""
