/** @import {AgentToolbar} from "../toolbar/agent-toolbar.js" */
/** @import {Contact} from "../sdk/protocol.d.ts" */
import "../toolbar/agent-toolbar.js";
import { nameOf, veiled } from "../toolbar/machine.js";
import { signIn, signOutButton } from "../ui/account.js";
import { config } from "../ui/config.js";
import { h, svg } from "../ui/h.js";
import { known, translator } from "../ui/i18n.js";
import { toggleTheme } from "../ui/theme.js";

const language = known(new URLSearchParams(location.search).get("lang") ?? "");
document.documentElement.lang = language;
const app = /** @type {HTMLElement} */ (document.getElementById("app"));
const [t, settings] = await Promise.all([translator(language, "page."), config()]);
const icon = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]")).href;

const place = h("div");
const who = h("span", { class: "muted small" });
const lamp = svg(
  "svg",
  { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
  svg("path", { d: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z" }),
);
const theme = h("button", { type: "button", class: "quiet", "aria-label": t("theme"), onclick: toggleTheme }, /** @type {any} */ (lamp));
const other = h("a", { class: "button quiet small", href: location.pathname, hidden: true }, t("otheragent"));
app.append(
  h(
    "header",
    { class: "top" },
    h("div", { class: "brand" }, h("img", { src: icon, alt: "" }), h("h1", null, t("desk"))),
    settings.demo && h("span", { class: "pill", "data-tone": "info" }, t("demo")),
    h("span", { class: "spring" }),
    who,
    other,
    settings.demo && h("a", { class: "button", href: "/supervisor?as=supervisor", target: "agenthub-supervisor" }, t("opensupervisor")),
    theme,
  ),
  place,
);

const account = await signIn(settings, { role: "agent", place, t });
const toolbar = /** @type {AgentToolbar} */ (document.createElement("agent-toolbar"));
toolbar.getToken = account.token;
toolbar.setAttribute("lang", language);
toolbar.addEventListener("lcm:signin", (event) => {
  if (!account.again) return;
  event.preventDefault();
  account.again();
});
const main = h("main", null, h("div", { class: "dock" }, toolbar));
place.replaceWith(main);
who.textContent = account.id;
if (account.out) theme.before(signOutButton(account.out, t, () => toolbar.hub));
other.hidden = !settings.demo;
if (settings.demo) pretendDesk();

/** What stands around the bar in a real desktop, made up: a customer, notes, and what happened. */
function pretendDesk() {
  const customer = h("section", { class: "card customer", "aria-label": t("customer") });
  const log = h("ol", { class: "log" }, h("li", { class: "muted" }, t("log.empty")));
  const steps = ["reserved", "skipped", "dial", "outcome", "watch"].map((step) => ({
    step,
    node: h(
      "li",
      null,
      h("span", { class: "tick", "aria-hidden": "true" }),
      h("div", null, h("strong", null, t(`tour.${step}`)), h("p", { class: "muted small" }, t(`tour.${step}.why`))),
    ),
  }));
  const hint = h("p", { class: "muted small", id: "notes-hint" }, t("scripthint"));
  main.append(
    h("p", { class: "muted small lead" }, t("pretend")),
    h(
      "div",
      { class: "crm" },
      h(
        "div",
        { class: "left" },
        customer,
        h(
          "section",
          { class: "card pad" },
          h("h2", null, h("label", { for: "notes" }, t("script"))),
          h("textarea", { id: "notes", rows: 5, "aria-describedby": "notes-hint" }),
          hint,
        ),
      ),
      h(
        "div",
        { class: "right" },
        h("section", { class: "card pad" }, h("h2", null, t("tour")), h("ol", { class: "tour" }, ...steps.map(({ node }) => node))),
        h("section", { class: "card pad" }, h("h2", null, t("log")), log),
      ),
    ),
  );
  show(null);

  /** @param {Contact | null} contact @param {boolean} [veil] nobody may read whom to call */
  function show(contact, veil) {
    if (!contact) {
      customer.replaceChildren(
        h("div", { class: "face", "aria-hidden": "true" }, "–"),
        h("div", null, h("h2", null, t("nobody")), h("p", { class: "muted" }, t("nobodywhy"))),
      );
      return;
    }
    const rows = {
      number: veil ? veiled(contact.PhoneNumber) : contact.PhoneNumber,
      account: contact.AccountNumber,
      campaign: contact.CampaignId,
      kind: t(`kind.${contact.CallType}`),
      skips: t("times", { n: contact.skips ?? 0 }),
    };
    customer.replaceChildren(
      h("div", { class: "face", "aria-hidden": "true" }, (contact.name || "?").slice(0, 1)),
      h(
        "div",
        null,
        h("h2", null, nameOf(contact, veil)),
        h(
          "dl",
          { class: "facts" },
          ...Object.entries(rows).flatMap(([key, value]) => [h("dt", null, t(key)), h("dd", { class: "num" }, value)]),
        ),
      ),
    );
  }

  for (const { step, node } of steps) {
    toolbar.addEventListener(`lcm:${step}`, (event) => {
      const { contact } = /** @type {CustomEvent<{contact: Contact}>} */ (event).detail;
      if (!node.classList.contains("done")) node.querySelector("strong")?.append(h("span", { class: "sr" }, ` (${t("done")})`));
      node.classList.add("done");
      if (!log.querySelector("[data-what]")) log.replaceChildren();
      const at = new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(new Date());
      log.prepend(
        h(
          "li",
          { "data-what": step },
          h("time", { class: "muted num small" }, at),
          h("span", null, t(`log.${step}`, { name: contact.name || contact.PhoneNumber })),
        ),
      );
      while (log.children.length > 8) log.lastElementChild?.remove();
      show(step === "skipped" || step === "outcome" ? null : contact);
    });
  }
  toolbar.addEventListener("lcm:released", () => show(null));
  toolbar.addEventListener("lcm:doubt", (event) => {
    const { contact, doubt } = /** @type {CustomEvent<{contact: Contact | null, doubt: boolean}>} */ (event).detail;
    if (contact) show(contact, doubt);
  });
}
