// Uses the types of openapi-typescript with openapi-fetch, and prints what the service answered.

import createClient from "openapi-fetch";
import type { components, paths } from "./v1.js";

type Schemas = components["schemas"];

const client = createClient<paths>({
  baseUrl: process.argv[2] ?? "",
  headers: { Authorization: `Bearer ${process.env["STACKRANK_KEY"]}` },
});

const projects: Schemas["ScoreRiceItem"][] = [
  { key: "one", inputs: { reach: 450, impact: 3, confidence: 100, effort: 2, category: "must" } },
  { key: "two", inputs: { reach: 2000, impact: 1, confidence: 80, effort: 4, category: "must" } },
  { key: "three", inputs: { reach: 800, impact: 2, confidence: 50, effort: 1, category: "could" } },
];
const idea: Schemas["ScoreRiceItem"] = {
  key: "idea",
  title: "Not estimated yet",
  inputs: { reach: 100, effort: null },
};

async function rice(body: Schemas["ScoreRiceRequest"]): Promise<Schemas["RankedItem"][]> {
  return answer(await client.POST("/v1/score/rice", { body })).data;
}

async function weighted(): Promise<Schemas["RankedItem"][]> {
  const options: Schemas["WeightedOptions"] = {
    criteria: { revenue: { weight: 3 }, risk: { weight: 1, direction: "cost" } },
    scale: { min: 0, max: 10 },
  };
  const items: Schemas["ScoreWeightedItem"][] = [
    { key: "bold", inputs: { criteria: { revenue: 8, risk: 2 } } },
    { key: "safe", inputs: { criteria: { revenue: 4, risk: 0 } } },
  ];
  return answer(await client.POST("/v1/score/weighted", { body: { items, options } })).data;
}

async function methods(): Promise<string[]> {
  return answer(await client.GET("/v1/methods")).data.map((method) => method.name);
}

async function refused(): Promise<[number, string | undefined, string | undefined]> {
  const wrong = { key: "wrong", inputs: { reach: 1, impact: 1, confidence: 100, effort: -1 } };
  const items = [...projects.slice(0, 1), wrong];
  const { error } = await client.POST("/v1/score/rice", { body: { items } });
  if (!error) throw new Error("a negative effort was taken");
  return [error.status, error.errors[0]?.pointer, error.errors[0]?.item_key];
}

async function unknown(): Promise<[number, string]> {
  const { error } = await client.GET("/v1/methods/{method}", {
    params: { path: { method: "coin_toss" } },
  });
  if (!error) throw new Error("a method that is not there was found");
  return [error.status, error.type];
}

function answer<T>({ data, error }: { data?: T; error?: Schemas["Problem"] }): T {
  if (data === undefined) throw new Error(error?.detail);
  return data;
}

const scored = await rice({ items: [...projects, idea] });
const bucketed = await rice({ items: projects, bucket_by: { method: "moscow" } });

console.log(
  JSON.stringify({
    rice: scored.map(({ key, rank, score }) => [key, rank, score]),
    reasons: scored.flatMap(({ reasons }) => reasons.map(({ code, input }) => [code, input])),
    buckets: bucketed.map(({ key, bucket }) => [key, bucket]),
    weighted: (await weighted()).map(({ key, score, explanation }) => [
      key,
      score,
      explanation?.terms[0]?.weight,
    ]),
    methods: await methods(),
    refused: await refused(),
    unknown: await unknown(),
  }),
);
