"""What Jira, Linear, GitHub and spreadsheets send, and what is to be sent back to them.

Pure: bytes in, items out; a ranking in, requests out. Nothing here calls a tool, keeps anything or
asks the clock.
"""
