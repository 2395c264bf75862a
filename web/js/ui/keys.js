/** Combinations that browsers and screen readers leave alone; Ctrl+Shift would open a window on N. */
const DEFAULTS = {
  next: "Alt+Shift+KeyN",
  dial: "Alt+Shift+KeyD",
  skip: "Alt+Shift+KeyS",
  keep: "Alt+Shift+KeyK",
  outcome: "Alt+Shift+KeyO",
  focus: "Alt+Shift+KeyL",
};

/**
 * @param {string | null} attribute `off`, or JSON such as {"skip":"Alt+Shift+KeyX"}
 * @returns {Record<string, string>} combination by action
 */
export function shortcuts(attribute) {
  if (attribute === "off") return {};
  try {
    return { ...DEFAULTS, ...JSON.parse(attribute || "{}") };
  } catch {
    return DEFAULTS;
  }
}

/** The key by its place on the board, not by its letter: Alt+Shift changes letters on many layouts. @param {KeyboardEvent} event */
export function combination({ ctrlKey, altKey, shiftKey, metaKey, code }) {
  return [ctrlKey && "Ctrl", altKey && "Alt", shiftKey && "Shift", metaKey && "Meta", code].filter(Boolean).join("+");
}

/** For aria-keyshortcuts and for people. @param {string | undefined} combo */
export const readable = (combo) => combo?.replace(/Key|Digit/, "") ?? "";
