import { h } from "./h.js";

/**
 * A switch that a person turns on, and that stays off where it is not permitted.
 *
 * @param {string} label
 * @param {() => Promise<boolean>} [permit]
 */
export function toggle(label, permit = async () => true) {
  const button = h("button", { type: "button", class: "quiet small", "aria-pressed": "false" }, label);
  const on = () => button.getAttribute("aria-pressed") === "true";
  button.addEventListener("click", async () => {
    button.setAttribute("aria-pressed", String(!on() && (await permit())));
  });
  return {
    button,
    get on() {
      return on();
    },
  };
}
