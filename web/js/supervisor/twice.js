import { h, text } from "../ui/h.js";

/** A button that asks once more before it does something that another person feels. @param {string} label @param {string} sure @param {() => void} then */
export function twice(label, sure, then) {
  const button = h("button", { type: "button", class: "small" }, label);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let armed;
  button.addEventListener("click", () => {
    clearTimeout(armed);
    if (button.dataset.armed) {
      delete button.dataset.armed;
      text(button, label);
      then();
      return;
    }
    button.dataset.armed = "1";
    text(button, sure);
    armed = setTimeout(() => {
      delete button.dataset.armed;
      text(button, label);
    }, 10_000);
  });
  return button;
}
