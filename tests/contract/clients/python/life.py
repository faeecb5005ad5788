"""Lives the life of a backlog by the client of openapi-python-client, and prints what it saw."""

import json
import os
import sys
from typing import TypeVar
from uuid import UUID

from stackrank_client import AuthenticatedClient
from stackrank_client.api.backlogs import create_backlog, delete_backlog
from stackrank_client.api.items import get_item, merge_items, update_item
from stackrank_client.api.ranking import get_ranking
from stackrank_client.api.runs import create_run, diff_runs
from stackrank_client.models.backlog import Backlog
from stackrank_client.models.backlog_request import BacklogRequest
from stackrank_client.models.changed_inputs import ChangedInputs
from stackrank_client.models.diff import Diff
from stackrank_client.models.item import Item
from stackrank_client.models.item_change_request import ItemChangeRequest
from stackrank_client.models.item_request import ItemRequest
from stackrank_client.models.items_request import ItemsRequest
from stackrank_client.models.problem import Problem
from stackrank_client.models.run import Run
from stackrank_client.models.run_request import RunRequest
from stackrank_client.models.scoring_by_rice import ScoringByRice
from stackrank_client.models.stored_ranking import StoredRanking
from stackrank_client.models.written_items import WrittenItems

T = TypeVar("T")

client = AuthenticatedClient(
    base_url=sys.argv[1], raise_on_unexpected_status=True, token=os.environ["STACKRANK_KEY"]
)


def only(kind: type[T], answer: object) -> T:
    assert isinstance(answer, kind), answer
    return answer


def item(key: str, reach: float) -> ItemRequest:
    inputs = ChangedInputs(reach=reach, impact=1, confidence=100, effort=1)
    return ItemRequest(key=key, inputs=inputs)


def pages(backlog: UUID) -> list[list[str]]:
    read = []
    page = only(StoredRanking, get_ranking.sync(backlog, client=client, limit=2))
    while True:
        read.append([item.key for item in page.data])
        if page.next_cursor is None:
            return read
        page = only(
            StoredRanking,
            get_ranking.sync(backlog, client=client, limit=2, cursor=page.next_cursor),
        )


wanted = BacklogRequest(name="Life in Python", scoring=ScoringByRice(method="rice"))
backlog = only(Backlog, create_backlog.sync(client=client, body=wanted))
sent = ItemsRequest(items=[item("A", 1000), item("B", 900), item("owner/repo#12", 800)])
written = only(WrittenItems, merge_items.sync(backlog.id, client=client, body=sent))
known = only(Item, get_item.sync(backlog.id, "owner/repo#12", client=client))
more = ItemChangeRequest(inputs=ChangedInputs(reach=850))
changed = only(
    Item,
    update_item.sync(backlog.id, known.key, client=client, body=more, if_match=known.etag),
)
stale = only(
    Problem,
    update_item.sync(backlog.id, known.key, client=client, body=more, if_match=known.etag),
)
before = pages(backlog.id)
run = only(Run, create_run.sync(backlog.id, client=client, body=RunRequest(note="First")))
update_item.sync(
    backlog.id,
    known.key,
    client=client,
    body=ItemChangeRequest(inputs=ChangedInputs(reach=2000)),
)
second = only(Run, create_run.sync(backlog.id, client=client, body=RunRequest()))
diff = only(Diff, diff_runs.sync(backlog.id, client=client, from_=run.id, to=second.id))
refused = only(Problem, delete_backlog.sync(backlog.id, client=client))
deleted = delete_backlog.sync_detailed(backlog.id, client=client, if_match="*")

json.dump(
    {
        "created": written.counts.created,
        "changed": changed.inputs.reach,
        "stale": [stale.status, stale.type_],
        "pages": before,
        "note": run.note,
        "moves": [[move.key, move.rank.from_, move.rank.to, move.text] for move in diff.data],
        "tau_b": diff.tau_b,
        "refused": refused.status,
        "deleted": deleted.status_code,
    },
    sys.stdout,
)
