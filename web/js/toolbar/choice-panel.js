/** @import {Translate} from "../ui/i18n.js" */
import { h, text } from "../ui/h.js";

/** @typedef {{id: string | number, label: string, needsNote?: boolean, suppresses?: boolean, effect?: string}} Choice */

/**
 * Asks for one of several, inside the page rather than above it: the number and the time left stay in sight. Digits choose only while
 * the focus is in here, Enter confirms, Esc goes back.
 *
 * @param {{what: "skip" | "outcome", name: string, choices: Choice[], t: Translate, draft: string, confirm: (choice: Choice, note: string) => void, cancel: () => void}} ask
 */
export function choicePanel({ what, name, choices, t, draft, confirm, cancel }) {
  const unspoken = { "aria-hidden": true };
  /** @type {Choice | undefined} */
  let chosen;
  /** The hub's own choices in the agent's language; what a campaign wrote stays as it is. @param {Choice} choice */
  const labelOf = ({ label }) => {
    const ours = t(`label.${label}`);
    return ours.startsWith("label.") ? label : ours;
  };
  const asking = t(`${what}.ask`, { name });
  const note = h("input", {
    type: "text",
    maxlength: "140",
    autocomplete: "off",
    "aria-label": t("note"),
    placeholder: t("note"),
    oninput: () => text(count, `${note.value.length}/140`),
  });
  const count = h("span", { class: "count", ...unspoken }, "0/140");
  const noteRow = h("div", { class: "note-row", hidden: true }, note, count);
  const fault = h("p", { class: "fault", role: "alert" });
  const inputs = choices.map((choice) => h("input", { type: "radio", name: "choice", onchange: () => pick(choice) }));
  const labels = choices.map((choice, i) =>
    h(
      "label",
      null,
      inputs[i],
      i < 9 && h("kbd", unspoken, String(i + 1)),
      h("span", null, labelOf(choice), choice.suppresses && h("small", null, t("suppresses"))),
    ),
  );
  const yes = h("button", { class: "primary", onclick: finish }, t(`${what}.confirm`), h("kbd", unspoken, "⏎"));
  const no = h("button", { onclick: cancel }, t(`${what}.cancel`), h("kbd", unspoken, "Esc"));
  const node = h(
    "section",
    { class: "panel", "aria-label": asking },
    h("fieldset", null, h("legend", null, asking), h("div", { class: "choices" }, ...labels)),
    noteRow,
    fault,
    h("div", { class: "actions" }, yes, no),
  );
  node.addEventListener("keydown", (event) => {
    const { key, target, repeat } = event;
    const typing = target === note;
    if (key === "Escape") cancel();
    else if (key === "Enter" && target !== no && target !== yes) {
      if (!repeat) finish();
    } else if (/^[1-9]$/.test(key) && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const input = inputs[Number(key) - 1];
      if (!input) return;
      input.focus();
      input.click();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** @param {Choice | undefined} choice */
  function pick(choice) {
    chosen = choice;
    noteRow.hidden = !choice?.needsNote;
    text(fault, "");
  }

  function finish() {
    if (node.ariaBusy === "true") return;
    const said = chosen?.needsNote ? note.value.trim() : "";
    if (!chosen) {
      text(fault, t(`${what}.choose`));
      inputs[0]?.focus();
    } else if (chosen.needsNote && !said) {
      text(fault, t("neednote"));
      note.focus();
    } else confirm(chosen, said);
  }

  note.value = draft; // nothing is chosen again, and nothing has to be typed again
  return {
    node,
    note: () => note.value.trim(),
    focus: () => inputs[0]?.focus(),
    /** @param {boolean} frozen @param {boolean} working whether that is because of this very choice */
    busy(frozen, working) {
      node.ariaBusy = String(frozen);
      for (const button of [yes, no]) button.ariaDisabled = String(frozen);
      text(/** @type {Node} */ (yes.firstChild), t(working ? "working" : `${what}.confirm`));
    },
  };
}
