"""`/callback/TOKEN`: an unhappy customer chooses when, and how, somebody gets back to them, or says no."""
