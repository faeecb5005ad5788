"""Score the issues of a team in Linear by RICE, and write what is new back into Linear.

It needs LINEAR_KEY, TEAM (its key, such as ENG), BACKLOG_URL and STACKRANK_KEY: docs/linear.md
says where they come from. Run it as often as you like: it writes only what Linear does not show.
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
# Linear prices a query by how much each list of it may hold, and takes up to 10,000 points.
ISSUES = """query($team: String!, $after: String) {
  issues(first: 20, after: $after, filter: {team: {key: {eq: $team}}}) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id identifier title url updatedAt estimate priority sortOrder state { type }
      labels(first: 25) { pageInfo { hasNextPage } nodes { id name parent { name } } }
      needs(first: 100) { pageInfo { hasNextPage } nodes { id customer { revenue } } }
    }
  }
}"""


def ask(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    """Send a request, and wait as long as the server asks for before it is sent again."""
    for attempt in range(6):
        answer = client.request(method, path, **request)
        limited = answer.is_client_error and "RATELIMITED" in answer.text  # Linear's is a 400
        if answer.status_code not in {429, 503} and not limited:
            break
        after = answer.headers.get("Retry-After", "")  # seconds or, from a proxy, a date
        time.sleep(int(after) if after.isdecimal() else 2**attempt)
    return answer.raise_for_status()


address = ENV.get("LINEAR_URL", "https://api.linear.app")
linear = httpx.Client(base_url=address, headers={"Authorization": ENV["LINEAR_KEY"]}, timeout=60)
backlog = httpx.Client(base_url=ENV["BACKLOG_URL"], headers=KEY | JSON, timeout=60)
following: dict[str, Any] | None = {}
while following is not None:
    asked = {"query": ISSUES, "variables": {"team": ENV["TEAM"]} | following}
    page = ask(linear, "POST", "/graphql", json=asked)
    synced = ask(backlog, "POST", "sync", params={"batch": BATCH}, content=page.content).json()
    following = synced["next"]
    for item in synced["items"]:
        print(item["key"], item["score"], "; ".join(one["message"] for one in item["reasons"]))
ask(backlog, "POST", f"sync/{BATCH}/complete")  # archives what no page held

failed = 0
for write in ask(backlog, "GET", "writeback").json()["requests"]:
    try:
        told = ask(linear, write["method"], write["path"], json=write["body"]).json()
        errors = [error["message"] for error in told.get("errors", [])]  # with a 200
    except httpx.HTTPError as error:
        errors = [str(error)]
    failed += len(errors)  # what fails comes again the next time
    print(write["key"], *errors or [write["reason"]], file=sys.stderr if errors else sys.stdout)
sys.exit(min(failed, 1))
