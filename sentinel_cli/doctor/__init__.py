"""The production checklist as code: `gather` sees what is so, `judge` says whether it is well, `checkup` runs both."""
