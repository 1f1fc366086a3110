"""The receiver: authenticates, stores, answers; knows nothing of the GHL API."""
