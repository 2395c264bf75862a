/** Light, dark, or as the system says; remembered for this browser where it lets us. */
const KEY = "agenthub.theme";
const root = document.documentElement;

const stored = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};
const wanted = stored();
if (wanted) root.dataset.theme = wanted;

const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);

export function toggleTheme() {
  const next = dark() ? "light" : "dark";
  root.dataset.theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  return next;
}
export const currentTheme = () => (dark() ? "dark" : "light");
