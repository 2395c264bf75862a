/** @import {Config} from "./config.js" */
import { h } from "./h.js";
import { comeBack, leave, Tokens } from "./signin.js";

/**
 * Who works at this page, and how to get their tokens.
 *
 * @typedef {{id: string, token: (call: {reason: string}) => Promise<string>, again?: () => void}} Account `again` leaves to sign in anew
 * @typedef {{id: string, name: string, role: string}} Person
 */

/**
 * Shows the way in that this hub offers, and resolves when somebody is in.
 *
 * @param {Config} config
 * @param {{role: "agent" | "supervisor", place: HTMLElement, t: import("./i18n.js").Translate}} page
 * @returns {Promise<Account>}
 */
export async function signIn(config, { role, place, t }) {
  const { oidc, demo } = config;
  const fault = h("p", { class: "fault", role: "alert" });
  if (oidc) {
    try {
      const tokens = await comeBack(oidc);
      if (tokens instanceof Tokens) return { id: "", token: (call) => tokens.get(call), again: () => leave(oidc) };
    } catch {
      fault.textContent = t("signin.failed");
    }
  }
  return new Promise((resolve) => {
    const people = h("div", { class: "people" });
    const choose = async (/** @type {Person} */ { id }) => {
      try {
        await demoToken(id, role);
        place.replaceChildren();
        resolve({ id, token: () => demoToken(id, role) });
      } catch {
        fault.textContent = t("signin.failed");
      }
    };
    const way = oidc
      ? h("button", { type: "button", class: "primary", onclick: () => leave(oidc) }, t("signin"))
      : demo
        ? people
        : h("p", { class: "muted" }, t("signin.none"));
    place.replaceChildren(
      h(
        "main",
        null,
        h(
          "section",
          { class: "card signin" },
          h("h2", null, t(`signin.${role}`)),
          h("p", { class: "muted" }, t(demo && !oidc ? "signin.demo" : "signin.why")),
          way,
          fault,
        ),
      ),
    );
    if (demo && !oidc) {
      demoPeople(role).then((list) => {
        people.append(
          ...list.map((person, i) =>
            h(
              "button",
              { type: "button", class: i === 0 && "primary", onclick: () => choose(person) },
              person.name || person.id,
              h("small", null, person.id),
            ),
          ),
        );
        const wanted = list.find(({ id }) => id === new URLSearchParams(location.search).get("as"));
        if (wanted) choose(wanted);
      });
    }
  });
}

/** @param {string} role @returns {Promise<Person[]>} */
async function demoPeople(role) {
  const response = await fetch("/demo/agents");
  const { agents } = await response.json();
  return agents.filter((/** @type {Person} */ person) => person.role === role);
}

/** @param {string} agent @param {string} role @returns {Promise<string>} */
async function demoToken(agent, role) {
  const response = await fetch("/demo/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ agent, role }),
  });
  if (!response.ok) throw new Error(`demo sign-in: ${response.status}`);
  return (await response.json()).token;
}
