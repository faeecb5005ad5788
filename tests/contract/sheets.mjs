// Google's side of examples/sheets.gs: a sheet in memory, and requests by curl, which wait.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const [script, backlog, key] = process.argv.slice(2);
const rows = JSON.parse(readFileSync(0, "utf8"));

const cells = (row, column, height) => ({
  setValues: (values) => values.forEach((value, index) => put(row + index, column, value[0])),
  setValue: (value) => put(row, column, value),
});
const put = (row, column, value) => (rows[row - 1][column - 1] = value);

// A cell is what it holds, or a list of that and of what it shows where its format says so.
const range = (read) => rows.map((row) => Array.from(row, (cell) => read([cell ?? ""].flat())));

const sheet = {
  getDataRange: () => ({
    getValues: () => range(([value]) => value),
    getDisplayValues: () => range(([value, shown]) => shown ?? String(value)),
  }),
  getLastColumn: () => rows[0].length,
  getRange: cells,
};

const fetch = (url, sent) => {
  const [name, value] = Object.entries(sent.headers)[0];
  const told = execFileSync("curl", [
    ...["-s", "-w", "\n%{http_code}", "-X", sent.method.toUpperCase(), url],
    ...["-H", `Content-Type: ${sent.contentType}`, "-H", `${name}: ${value}`],
    ...["--data-binary", "@-"],
  ], { input: sent.payload, encoding: "utf8" });
  const end = told.lastIndexOf("\n");
  return {
    getResponseCode: () => Number(told.slice(end + 1)),
    getContentText: () => told.slice(0, end),
    getHeaders: () => ({}),
  };
};

const properties = { BACKLOG_URL: backlog, STACKRANK_KEY: key };
const context = {
  SpreadsheetApp: { getActiveSheet: () => sheet, getActive: () => ({ toast: () => {} }) },
  PropertiesService: { getScriptProperties: () => ({ getProperty: (name) => properties[name] }) },
  UrlFetchApp: { fetch },
};
runInNewContext(`${readFileSync(script, "utf8")}; score();`, context);
console.log(JSON.stringify(rows));
