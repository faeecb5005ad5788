// Uses Swagger UI as a person does, and prints what there was to see as JSON:
// node swagger-ui.mjs ADDRESS SCREENSHOT KEY
import { chromium } from "playwright-core";

const [address, screenshot, key] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const complaints = [];

try {
  const page = await browser.newPage({
    colorScheme: "light",
    viewport: { width: 1280, height: 960 },
  });
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("requestfailed", (request) => complaints.push(`no answer from ${request.url()}`));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.exposeFunction("complain", (complaint) => complaints.push(complaint));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      complain(`${event.violatedDirective} forbids ${event.blockedURI}`),
    );
  });

  await page.goto(address);
  const operation = page.locator(".opblock");
  await operation.first().waitFor();
  const operations = await operation.evaluateAll((all) => all.map(({ id }) => id));

  const rice = page.locator("#operations-scores-score_rice");
  const answer = rice.locator(".live-responses-table .response");
  const execute = async () => {
    const answered = page.waitForResponse((response) => response.url().includes("/score/rice?"));
    await rice.getByRole("button", { name: "Execute" }).click();
    const code = String((await answered).status());
    // The page shows the answer before this one until it has drawn the new one.
    return answer.locator(".response-col_status", { hasText: code }).innerText();
  };
  await rice.locator(".opblock-summary-control").click();
  const refused = await execute();
  const advice = await answer.locator(".highlight-code code").first().innerText();

  await page.locator(".auth-wrapper .authorize").first().click();
  const dialog = page.locator(".dialog-ux");
  await dialog.locator("input").fill(key);
  await dialog.getByRole("button", { name: "Apply credentials" }).click();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  const status = await execute();
  const body = await answer.locator(".highlight-code code").first().innerText();

  await rice.evaluate((element) => {
    element.style.scrollMarginTop = "12px";
    element.scrollIntoView();
  });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: screenshot, animations: "disabled" });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );

  await page.reload();
  await rice.locator(".opblock-body").waitFor();
  const location = page.url();
  const reloaded = await execute();
  console.log(
    JSON.stringify({
      advice,
      body,
      complaints,
      location,
      operations,
      overflow,
      refused,
      reloaded,
      requests,
      status,
    }),
  );
} catch (error) {
  console.error(complaints.join("\n"));
  throw error;
} finally {
  await browser.close();
}
