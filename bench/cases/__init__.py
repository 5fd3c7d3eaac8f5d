"""What is measured: one module a case, each with its floor in the same run."""
