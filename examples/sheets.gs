/**
 * Scores the rows of a Google Sheet: the menu Stackrank, Score fills the columns score, rank and
 * why. Script properties: BACKLOG_URL and STACKRANK_KEY (docs/spreadsheets.md).
 */

function onOpen() {
  SpreadsheetApp.getUi().createMenu('Stackrank').addItem('Score', 'score').addToUi();
}

function score() {
  const sheet = SpreadsheetApp.getActiveSheet();
  const rows = textsOf(sheet.getDataRange());
  const synced = post(rows.map((row) => row.map(quoted).join(',')).join('\r\n'));
  const items = itemsOf(rows, synced.items);
  const told = {
    score: (item) => item.score,
    rank: (item) => item.rank,
    why: (item) => item.reasons.map((reason) => reason.message).join(' '),
  };
  for (const [name, value] of Object.entries(told)) {
    const cells = items.map((item) => [item ? value(item) ?? '' : '']);
    const column = columnOf(sheet, rows[0], name);
    if (cells.length) sheet.getRange(2, column, cells.length, 1).setValues(cells);
  }
  SpreadsheetApp.getActive().toast(`${synced.counts.received - synced.counts.unranked} ranked`);
}

/** Reads cells as they are shown, but numbers as they are: 1.200 may be a thousand, nothing a 0. */
function textsOf(range) {
  const shown = range.getDisplayValues();
  return range.getValues().map((row, r) => row.map((value, c) => {
    const text = shown[r][c];
    if (typeof value !== 'number' || (text.trim() && Number(text) === value)) return text;
    return text.includes('%') ? `${Number((value * 100).toPrecision(15))}%` : String(value);
  }));
}

/** Finds the item of each row below the headers by its key, in the column that Stackrank takes. */
function itemsOf([headers, ...rows], items) {
  const known = new Map(items.map((item) => [item.key, item]));
  const names = headers.map((name) => name.toLowerCase().replace(/[\s_]/g, ''));
  const key = ['key', 'issuekey', 'identifier', 'id', 'issueid'].find((name) => names.includes(name));
  const column = names.indexOf(key);
  return rows.map((row) => {
    const cell = row[column].trim();
    return known.get(cell) ?? known.get(cell.replace(/^'/, ''));
  });
}

/** Sends a spreadsheet, and waits as long as the service asks for. */
function post(csv) {
  const properties = PropertiesService.getScriptProperties();
  for (let attempt = 1; ; attempt++) {
    const answer = UrlFetchApp.fetch(`${properties.getProperty('BACKLOG_URL')}/sync.csv`, {
      method: 'post',
      contentType: 'text/csv; charset=utf-8',
      headers: { Authorization: `Bearer ${properties.getProperty('STACKRANK_KEY')}` },
      payload: csv,
      muteHttpExceptions: true,
    });
    const status = answer.getResponseCode();
    if (status === 200) return JSON.parse(answer.getContentText());
    if (![429, 503].includes(status) || attempt === 5) throw new Error(answer.getContentText());
    const headers = answer.getHeaders(); // as they were sent, in any case
    const seconds = Number(headers['retry-after'] || headers['Retry-After']);
    Utilities.sleep(1000 * (seconds || 5));
  }
}

/** Finds the column of a header, or makes it behind the last one. */
function columnOf(sheet, headers, name) {
  const found = headers.findIndex((header) => header.trim().toLowerCase() === name);
  if (found >= 0) return found + 1;
  const column = sheet.getLastColumn() + 1;
  sheet.getRange(1, column).setValue(name);
  return column;
}

function quoted(cell) {
  return `"${cell.replaceAll('"', '""')}"`;
}
