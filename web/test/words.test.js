import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { translator } from "../js/ui/i18n.js";

const at = (name) => new URL(`../${name}`, import.meta.url);

const CATALOGUES = ["", "extras.", "page.", "supervisor."];

for (const catalogue of CATALOGUES) {
  test(`${catalogue || "toolbar."} has the same keys and the same blanks in both languages`, async () => {
    const { default: en } = await import(at(`i18n/${catalogue}en.js`));
    const { default: es } = await import(at(`i18n/${catalogue}es.js`));
    // Labels are English where they come from.
    const told = Object.keys(es).filter((key) => !key.startsWith("label."));
    assert.deepEqual(told.sort(), Object.keys(en).sort());
    const blanks = (words) => [...words.matchAll(/\{(\w+)/g)].map(([, name]) => name).sort();
    for (const [key, words] of Object.entries(en)) {
      assert.deepEqual(blanks(es[key]), blanks(words), key);
      assert.notEqual(es[key].trim(), "", key);
    }
  });
}

test("every word that the code asks for is there", async () => {
  const files = (await readdir(at("js"), { recursive: true })).filter((name) => name.endsWith(".js"));
  const all = await Promise.all(CATALOGUES.map(async (c) => (await import(at(`i18n/${c}en.js`))).default));
  const known = new Set(all.flatMap(Object.keys));
  for (const file of files) {
    const source = await readFile(at(`js/${file}`), "utf8");
    for (const [, key] of source.matchAll(/\bt\("([^"$]+)"/g)) assert.ok(known.has(key), `${file}: ${key}`);
    for (const [, key] of source.matchAll(/\btell\("([^"]+)"/g)) assert.ok(known.has(`say.${key}`), `${file}: say.${key}`);
  }
});

test("blanks are filled and counted words agree in number", async () => {
  const t = await translator("en");
  assert.equal(t("today", { dials: 1, skips: 2 }), "Today: 1 dial, 2 skips");
  assert.equal(t("skipped.pool", { name: "Contact 1" }), "Skipped. Contact 1 goes back to the campaign.");
  assert.equal((await translator("es"))("next"), "Siguiente contacto");
  assert.match((await translator("en-XA"))("next"), /^\[Ñéxt.*~+\]$/);
  assert.equal((await translator("fr"))("next"), "Next contact", "English where there is no other");
});
