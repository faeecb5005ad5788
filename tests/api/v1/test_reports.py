"""The report is one page for people: the top, what moved and why, what to look at."""

from datetime import UTC, datetime

from fastapi.testclient import TestClient

MUSTS = (
    "Musts are 100 % of the planned effort; above 60 % nothing is left to give when a must grows."
)
COULDS = (
    "Coulds are 0 % of the planned effort; with less than 20 % there is little to drop when time"
    " runs short."
)


def test_the_report_reads_as_a_page(stored: TestClient) -> None:
    scoring = {"method": "rice", "bucket_by": {"method": "moscow"}}
    made = stored.post("/v1/backlogs", json={"name": "Plan | 2027", "scoring": scoring})
    address = made.headers["location"]
    rice = {"reach": 450, "impact": 3, "confidence": 100, "effort": 2}
    items = [
        {
            "key": "A",
            "title": "Search *all*",
            "url": "https://example.com/A",
            "inputs": rice | {"category": "should"},
        },
        {"key": "B", "inputs": rice | {"category": "must", "effort": 4}},
        {"key": "C", "inputs": {"reach": 3}},
    ]
    stored.post(f"{address}/items", json={"items": items})
    run = stored.post(f"{address}/runs", json={"note": "As *agreed*"}).json()
    stored.patch(f"{address}/items/A", json={"inputs": {"category": "must"}})
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    report = stored.get(f"{address}/report.md", params={"from": run["id"]})
    assert report.headers["content-type"] == "text/markdown; charset=utf-8"
    assert report.text == (
        f"""# Plan \\| 2027

By RICE in the buckets of MoSCoW, {today}, revision 3.
2 of 3 items have a place.

## Top

| Rank | Item | Bucket | Score |
|---:|---|---|---:|
| 1 | [A Search \\*all\\*](<https://example.com/A>) | must | 675 |
| 2 | B | must | 337.5 |

## What moved since {run["created_at"][:16].replace("T", " ")} UTC

As \\*agreed\\*

1 up, 1 down, 0 new, 0 gone; 2 of the top 2 stayed.

- **A** Search \\*all\\*: Up 1, from should to must: category should to must.
- **B**: Down 1: nothing about it changed; A (category should to must) passed it.

## To look at

- {MUSTS}
- {COULDS}
- 1 of 3 items has no place; the ranking says why.
"""
    )


def test_an_empty_backlog_has_a_report(stored: TestClient) -> None:
    made = stored.post("/v1/backlogs", json={"name": "Empty", "scoring": {"method": "ice"}})
    assert "Nothing has a place yet." in stored.get(f"{made.headers['location']}/report.md").text


def test_a_run_without_a_top_has_none_that_stayed(stored: TestClient) -> None:
    made = stored.post("/v1/backlogs", json={"name": "Empty", "scoring": {"method": "ice"}})
    address = made.headers["location"]
    run = stored.post(f"{address}/runs", json={}).json()["id"]
    lines = stored.get(f"{address}/report.md", params={"from": run}).text.splitlines()
    assert lines[-1] == "Nothing moved."


def test_nothing_that_was_sent_is_taken_for_markdown(stored: TestClient) -> None:
    made = stored.post("/v1/backlogs", json={"name": "R&amp;D", "scoring": {"method": "rice"}})
    item = {
        "key": "a|b",
        "title": "`1` &lt; [2](x)\n# 3",
        "url": "https://a.example/|`x`\\<y>?a=1&lt;=2",
        "inputs": {"reach": 1, "impact": 1, "confidence": 100, "effort": 1},
    }
    stored.post(f"{made.headers['location']}/items", json={"items": [item]})
    lines = stored.get(f"{made.headers['location']}/report.md").text.splitlines()
    assert lines[0] == "# R\\&amp;D"
    assert lines[9] == (
        "| 1 | [a\\|b \\`1\\` \\&lt; \\[2\\](x) \\# 3]"
        "(<https://a.example/%7C%60x%60%5C%3Cy%3E?a=1&amp;lt;=2>) | 1 |"
    )
