/** @typedef {(key: string, values?: Record<string, any>) => string} Translate */

/** A language that we have words in, spelled as Intl wants it: pages have `en_US`, or one that we do not speak. @param {string} tag */
export const known = (tag) => (/^e[ns]([-_]([a-z]{2}|\d{3})\b)?/i.exec(tag)?.[0] ?? "en").replace("_", "-");

/**
 * Loads a catalogue by its name and language; English where there is none for it.
 *
 * @param {string} language a tag such as `es-MX`; `en-XA` is the pseudo-locale of the tests
 * @param {string} [catalogue] prefix of the file name
 * @returns {Promise<Translate>}
 */
export async function translator(language, catalogue = "") {
  const code = /^es/i.test(language) ? "es" : "en";
  /** @type {{default: Record<string, string>}} */
  const { default: catalog } = await import(`../../i18n/${catalogue}${code}.js`);
  const pseudo = language === "en-XA" && (await import("../../i18n/pseudo.js")).default;
  const plural = new Intl.PluralRules(code);
  return (key, values = {}) => {
    const words = catalog[key];
    if (!words) return key;
    const filled = words.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
      const value = String(values[name] ?? "");
      return many === undefined ? value : `${value} ${plural.select(Number(value)) === "one" ? one : many}`;
    });
    return pseudo ? pseudo(filled) : filled;
  };
}
