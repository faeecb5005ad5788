"""Score the issues of a search in Jira by RICE, and write what is new back into Jira.

It needs JIRA_URL, JIRA_USER, JIRA_TOKEN, JQL, BACKLOG_URL and STACKRANK_KEY: docs/jira.md says
where they come from. Run it as often as you like: it writes only what Jira does not show.
"""

import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

import httpx

ENV, JSON = os.environ, {"Content-Type": "application/json"}
KEY = {"Authorization": f"Bearer {ENV['STACKRANK_KEY']}"}
BATCH = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
SEARCH = {"jql": ENV["JQL"], "fields": "*all", "expand": "names", "maxResults": 100}


def ask(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    """Send a request, and wait as long as the server asks for before it is sent again."""
    for attempt in range(6):
        answer = client.request(method, path, **request)
        if answer.status_code not in {429, 503}:
            break
        after = answer.headers.get("Retry-After", "")  # seconds or, from a proxy, a date
        time.sleep(int(after) if after.isdecimal() else 2**attempt)
    return answer.raise_for_status()


jira = httpx.Client(
    base_url=ENV["JIRA_URL"], auth=(ENV["JIRA_USER"], ENV["JIRA_TOKEN"]), timeout=60
)
backlog = httpx.Client(base_url=ENV["BACKLOG_URL"], headers=KEY | JSON, timeout=60)
following: dict[str, Any] | None = {}
pulled: set[str] = set()
while following is not None:
    page = ask(jira, "GET", "/rest/api/3/search/jql", params=SEARCH | following)
    synced = ask(backlog, "POST", "sync", params={"batch": BATCH}, content=page.content).json()
    following = synced["next"]
    pulled |= {item["key"] for item in synced["items"]}
    for item in synced["items"]:
        print(item["key"], item["score"], "; ".join(one["message"] for one in item["reasons"]))
ask(backlog, "POST", f"sync/{BATCH}/complete")  # archives what no page held

failed = 0
for write in ask(backlog, "GET", "writeback").json()["requests"]:
    if write["key"] not in pulled:  # the issue of another site, or one that came since
        continue
    try:
        ask(jira, write["method"], write["path"], json=write["body"])
        print(write["key"], write["reason"])
    except httpx.HTTPError as error:  # it comes again the next time
        failed += 1
        print(write["key"], error, file=sys.stderr)
sys.exit(min(failed, 1))
