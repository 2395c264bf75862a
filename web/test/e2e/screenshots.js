/** Takes the pictures of the README and the documentation: a real hub, real work on it, and the pages as people see them. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { browser, cleanUp, open, startHub, toolbar } from "./lib.js";

const FOLDER = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const BUSY = Number(process.env.AGENTHUB_SHOT_SECONDS ?? 150);
mkdirSync(FOLDER, { recursive: true });

const shot = (target, name) => target.screenshot({ path: `${FOLDER}${name}.png`, animations: "disabled" });

/** Agents that work, each with habits of its own, so that there is something to see. */
async function work(page, skips, seconds) {
  await page.evaluate(
    async ([share, until]) => {
      const { hub } = document.querySelector("agent-toolbar");
      const wait = (ms) => new Promise((done) => setTimeout(done, ms));
      const any = (list) => list[Math.floor(Math.random() ** 1.7 * list.length)];
      const { skipReasons, outcomes } = hub.snapshot;
      while (Date.now() < until) {
        try {
          const { ContactId, AccountNumber, PhoneNumber } = (await hub.request("GetContactOD")).message.response;
          await wait(300 + Math.random() * 1500);
          if (Math.random() < share) {
            const { id, needsNote } = any(skipReasons);
            await hub.request("SkipNonPEWCContact", { ContactId, Reason: id, ...(needsNote && { Note: "asked for a letter" }) });
          } else {
            await hub.request("Dial", { ContactId });
            await wait(300 + Math.random() * 900);
            await hub.request("SetNonPEWCContactOutcome", { AccountNumber, PhoneNumber, OutcomeId: any(outcomes).id });
          }
        } catch {
          await wait(1000);
        }
        await wait(Math.random() * 700);
      }
    },
    [skips, Date.now() + seconds * 1000],
  );
}

try {
  const hub = await startHub({ flags: ["--skip-delay=1s", "--skip-limit=2"] });
  const chrome = await browser();
  const size = { viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" };
  const signedIn = async (agent, more = {}) => {
    const page = await open(await chrome.newContext({ ...size, ...more }), `${hub.url}/?as=${agent}`);
    await toolbar(page).state("ready");
    return page;
  };

  // The agent's side.
  const desk = await signedIn("testagent");
  const { bar, button, phase } = toolbar(desk);
  await phase("reserved");
  await desk.waitForTimeout(700);
  await shot(desk, "desk");
  await desk.emulateMedia({ colorScheme: "dark" });
  await button(/Skip…/).click();
  await bar.getByRole("radio").nth(2).check();
  await shot(desk, "desk-skip-dark");
  await desk.emulateMedia({ colorScheme: "light" });
  await shot(bar, "toolbar-skip");
  await bar.getByRole("button", { name: /Skip contact/ }).click();
  await phase("skipped");
  await shot(bar, "toolbar-skipped");
  await desk.waitForTimeout(700);
  await button(/Next contact/).click();
  await phase("reserved");
  await desk.setViewportSize({ width: 320, height: 560 });
  await shot(desk, "toolbar-320");
  await desk.setViewportSize(size.viewport);
  await desk.waitForTimeout(600);
  await button(/Dial/).click();
  await phase("dialled");
  await button(/Outcome/).click();
  await shot(bar, "toolbar-outcome");
  await bar.getByRole("radio").first().check();
  await bar.getByRole("button", { name: /Save outcome/ }).click();
  await phase("saved");

  // The supervisors' side, after some minutes of work.
  const agents = await Promise.all(
    ["testagent", "agent1", "agent2", "agent3"].map((agent) => (agent === "testagent" ? desk : signedIn(agent))),
  );
  await Promise.all(agents.map((page, i) => work(page, [0.15, 0.2, 0.6, 0.1][i], BUSY)));
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(
      await chrome.newContext({ ...size, viewport: { width: 1280, height: 1320 }, colorScheme }),
      `${hub.url}/supervisor?as=supervisor&last=15m`,
    );
    await page.locator("#live[data-tone=ok]").waitFor();
    await page.locator("table.feed tbody tr").nth(20).waitFor();
    await page.waitForTimeout(2500);
    await shot(page, `supervisor-${colorScheme}`);
    if (colorScheme === "light") {
      await page.locator(".top-list button").first().click();
      await page.getByRole("complementary").waitFor();
      await page.locator("#feed").scrollIntoViewIfNeeded();
      await page.waitForTimeout(500);
      await shot(page.locator(".with-panel"), "supervisor-agent");
    }
    await page.context().close();
  }
} finally {
  await cleanUp();
}
