/** @import {Config} from "./config.js" */
import { h } from "./h.js";
import { comeBack, forget, isOut, leave, leaveInSilence, otherTabs, signOut, Tokens } from "./signin.js";

/**
 * Who works at this page, and how to get their tokens.
 *
 * @typedef {{id: string, token: (call: {reason: string}) => Promise<string>, again?: () => void, out?: () => void}} Account `again`
 * leaves to sign in anew, `out` signs out
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
  const { oidc, demo, support, fault: away } = config;
  const fault = h("p", { class: "fault", role: "alert" });
  let other = isOut();
  if (oidc) {
    try {
      const tokens = await comeBack(oidc);
      if (tokens) {
        const why = await refusal(tokens, role);
        if (!why) return accountOf(oidc, tokens);
        // The provider would bring the same person back without a word.
        other = true;
        forget();
        fault.textContent = `${t(why)} ${support}`;
        if (why === `signin.other.${role}`) {
          const there = role === "agent" ? "supervisor" : "agent";
          fault.replaceChildren(t(why), " ", h("a", { href: there === "agent" ? "/" : "/supervisor" }, t(`signin.to${there}`)));
        }
      } else if (await leaveInSilence(oidc)) return await leaving();
    } catch {
      forget();
      fault.textContent = t("signin.failed");
    }
    if (isOut()) fault.textContent = t(oidc.endSessionEndpoint ? "signin.out" : "signin.outhere");
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
      ? h("button", { type: "button", class: "primary", onclick: () => leave(oidc, { other }) }, t("signin"))
      : demo
        ? people
        : h("p", away ? { class: "fault" } : { class: "muted" }, away ? `${t("signin.away")} ${away} ${support}` : t("signin.none"));
    place.replaceChildren(
      h(
        "main",
        null,
        h(
          "section",
          { class: "card signin" },
          h("h2", null, t(`signin.${role}`)),
          (oidc || demo) && h("p", { class: "muted" }, t(oidc ? "signin.why" : "signin.demo")),
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

/** The browser is on its way to another page. @returns {Promise<never>} */
const leaving = () => new Promise(() => {});

/** @param {import("./config.js").Oidc} oidc @param {Tokens} tokens @returns {Account} */
function accountOf(oidc, tokens) {
  const token = async (/** @type {{reason: string}} */ call) => {
    try {
      return await tokens.get(call);
    } catch (error) {
      // While the socket lives, it works on with the token that it has.
      if (/** @type {any} */ (error).code === "denied" && call.reason !== "refresh" && (await leaveInSilence(oidc))) return leaving();
      throw error;
    }
  };
  const others = otherTabs();
  return { id: "", token, again: () => leave(oidc), out: () => signOut(oidc, tokens, others) };
}

/** Why the hub would not have this person, as a key of the words; "" if it would, or cannot say now. @param {Tokens} tokens @param {string} role */
async function refusal(tokens, role) {
  const bearer = await tokens.get({ reason: "connect" });
  /** A ticket opens nothing by itself: whoever works with this account elsewhere is left alone. @param {string} as */
  const ask = (as) =>
    fetch("/api/v1/tickets", {
      method: "POST",
      headers: { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json" },
      body: JSON.stringify({ role: as }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => new Response());
  const response = await ask(role);
  if (response.status !== 401 && response.status !== 403) return "";
  const { detail = "" } = await response.json().catch(() => ({}));
  if (!detail.startsWith("Your account")) return "signin.refused"; // the page's origin, or the token
  const elsewhere = await ask(role === "agent" ? "supervisor" : "agent");
  return elsewhere.ok ? `signin.other.${role}` : "signin.norole";
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

/**
 * Signs out at the hub, so that nobody waits for the end of the grace, and then at the provider.
 *
 * @param {() => void} out
 * @param {import("./i18n.js").Translate} t
 * @param {() => import("../sdk/hub-client.js").HubClient | null | undefined} hub
 */
export function signOutButton(out, t, hub) {
  const leaveBoth = async () => {
    button.disabled = true;
    await hub()
      ?.signOut()
      .catch(() => {}); // it is away: the grace ends by itself
    out();
    hub()?.close();
  };
  const button = h("button", { type: "button", class: "quiet", onclick: leaveBoth }, t("leave"));
  return button;
}
