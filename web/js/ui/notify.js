/**
 * Desktop notifications, for who wants them. A browser asks the person only once, and only after a click; so this is called by one.
 *
 * @returns {Promise<boolean>} whether they may be shown
 */
export async function askToNotify() {
  if (!("Notification" in globalThis)) return false;
  return (await Notification.requestPermission()) === "granted";
}

/**
 * Tells somebody who looks elsewhere; who looks at this page sees it there.
 *
 * @param {string} sentence
 * @param {NotificationOptions} [options] a later one with the same `tag` replaces the earlier
 */
export function notify(sentence, options) {
  if (document.hasFocus() || globalThis.Notification?.permission !== "granted") return;
  const shown = new Notification(sentence, options);
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}
