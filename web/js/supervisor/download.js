import { h, text } from "../ui/h.js";
import { t } from "./words.js";

/**
 * Saves what an answer holds; the button waits meanwhile.
 * @param {HTMLElement} button @param {() => Promise<Response>} answer @param {() => number} now
 */
export async function download(button, answer, now) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  text(button, t("csvbusy"));
  try {
    const response = await answer();
    const address = URL.createObjectURL(await response.blob());
    h("a", { href: address, download: `skips-${new Date(now()).toISOString().slice(0, 16).replace(":", "")}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } finally {
    button.setAttribute("aria-disabled", "false");
    text(button, t("csv"));
  }
}
