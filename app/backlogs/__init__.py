"""The use cases of stored backlogs; no version of the API is known here."""
