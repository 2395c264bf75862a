import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const read = (name) => readFile(new URL(`../${name}`, import.meta.url), "utf8");

/** The colours of one scheme, by token. */
function tokens(css, scheme) {
  const found = {};
  // As a style sheet has them, and as the toolbar's table.
  for (const [, name, light, dark] of css.matchAll(/([\w-]+)"?:\s*(?:light-dark\(|")(#\w{3,6}),\s*(#\w{3,6})/g)) {
    found[name.replace(/^--/, "")] = scheme === "light" ? light : dark;
  }
  return found;
}

function luminance(colour) {
  const hex = colour.length === 4 ? [...colour.slice(1)].map((c) => c + c).join("") : colour.slice(1);
  const [r, g, b] = [0, 2, 4].map((i) => {
    const part = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const PAIRS = [
  ...["text", "muted", "accent", "danger"].flatMap((name) => [
    [name, "bg", 4.5],
    [name, "surface", 4.5],
  ]),
  ...["ok", "warn", "danger", "info"].map((name) => [name, `${name}-bg`, 4.5]),
  ["on-accent", "accent", 4.5],
  ["border", "bg", 3],
  ["border", "surface", 3],
];

for (const file of ["css/page.css", "js/toolbar/style.js"]) {
  for (const scheme of ["light", "dark"]) {
    test(`${file}, ${scheme}: text 4.5 : 1, borders 3 : 1`, async () => {
      const colours = tokens(await read(file), scheme);
      for (const [name, on, least] of PAIRS) {
        const got = ratio(colours[name], colours[on]);
        assert.ok(got >= least, `${name} on ${on}: ${got.toFixed(2)}`);
      }
    });
  }
}

test("pages and toolbar have the same colours", async () => {
  const page = tokens(await read("css/page.css"), "light");
  const bar = tokens(await read("js/toolbar/style.js"), "light");
  for (const [name, colour] of Object.entries(bar)) {
    const long = (c) => (c.length === 4 ? `#${[...c.slice(1)].map((x) => x + x).join("")}` : c);
    assert.equal(long(colour), long(page[name] ?? colour), name);
  }
});
