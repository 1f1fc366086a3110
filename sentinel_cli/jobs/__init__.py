"""What cron runs: load, decide, apply; each job returns a frozen report."""
