// Lives the life of a backlog by openapi-fetch, and prints what it saw.

import createClient from "openapi-fetch";
import type { components, paths } from "./v1.js";

type Schemas = components["schemas"];

const client = createClient<paths>({
  baseUrl: process.argv[2] ?? "",
  headers: { Authorization: `Bearer ${process.env["STACKRANK_KEY"]}` },
});

function answer<T>({ data, error }: { data?: T; error?: Schemas["Problem"] }): T {
  if (data === undefined) throw new Error(error?.detail);
  return data;
}

function problem({ error }: { error?: Schemas["Problem"] }): Schemas["Problem"] {
  if (!error) throw new Error("it was taken");
  return error;
}

function item(key: string, reach: number): Schemas["ItemRequest"] {
  return { key, inputs: { reach, impact: 1, confidence: 100, effort: 1 } };
}

const backlog = answer(
  await client.POST("/v1/backlogs", {
    body: { name: "Life in TypeScript", scoring: { method: "rice" } },
  }),
);
const path = { backlog_id: backlog.id };
const key = { ...path, item_key: "owner/repo#12" };

async function pages(): Promise<string[][]> {
  const read: string[][] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = cursor ? { limit: 2, cursor } : { limit: 2 };
    const page: Schemas["StoredRanking"] = answer(
      await client.GET("/v1/backlogs/{backlog_id}/ranking", { params: { path, query } }),
    );
    read.push(page.data.map((item) => item.key));
    cursor = page.next_cursor;
  } while (cursor);
  return read;
}

function update(reach: number, etag?: string) {
  return client.PATCH("/v1/backlogs/{backlog_id}/items/{item_key}", {
    params: { path: key, header: etag ? { "If-Match": etag } : {} },
    body: { inputs: { reach } },
  });
}

async function run(note: string | null): Promise<Schemas["Run"]> {
  return answer(
    await client.POST("/v1/backlogs/{backlog_id}/runs", { params: { path }, body: { note } }),
  );
}

const written = answer(
  await client.POST("/v1/backlogs/{backlog_id}/items", {
    params: { path },
    body: { items: [item("A", 1000), item("B", 900), item("owner/repo#12", 800)] },
  }),
);
const known = answer(
  await client.GET("/v1/backlogs/{backlog_id}/items/{item_key}", { params: { path: key } }),
);
const changed = answer(await update(850, known.etag));
const stale = problem(await update(850, known.etag));
const before = await pages();
const first = await run("First");
answer(await update(2000));
const second = await run(null);
const diff = answer(
  await client.GET("/v1/backlogs/{backlog_id}/diff", {
    params: { path, query: { from: first.id, to: second.id } },
  }),
);
const refused = problem(await client.DELETE("/v1/backlogs/{backlog_id}", { params: { path } }));
const deleted = await client.DELETE("/v1/backlogs/{backlog_id}", {
  params: { path, header: { "If-Match": "*" } },
});

console.log(
  JSON.stringify({
    created: written.counts.created,
    changed: changed.inputs.reach,
    stale: [stale.status, stale.type],
    pages: before,
    note: first.note,
    moves: diff.data.map((move) => [move.key, move.rank.from, move.rank.to, move.text]),
    tau_b: diff.tau_b,
    refused: refused.status,
    deleted: deleted.response.status,
  }),
);
