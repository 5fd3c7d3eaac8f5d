"""What customers see: the survey, its thanks, the way out. No cookie, no session, no script but that of `visit.js`."""
