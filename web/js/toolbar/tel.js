/**
 * A number as an address that a softphone opens, by RFC 3966: what begins with + and has nothing before it is global; everything else
 * is dialled here only, and says so by the context, a name of ours.
 *
 * @param {{Prefix?: string, PhoneNumber: string, Suffix?: string}} contact
 * @param {string} context where the digits mean something, as a domain name
 */
export function telephone({ Prefix = "", PhoneNumber, Suffix = "" }, context) {
  const [, main = "", extension] = /^(.*?)(?:\s*(?:;ext=|ext\.?|x|#)\s*(\d+))?$/i.exec(PhoneNumber.trim()) ?? [];
  const ext = extension ? `;ext=${extension}` : "";
  const digits = (/** @type {string} */ text) => text.replace(/[^\d*#]/g, "").replaceAll("#", "%23");
  if (main.startsWith("+") && !Prefix && !Suffix) return `tel:+${main.replace(/\D/g, "")}${ext}`;
  return `tel:${digits(Prefix)}${digits(main)}${digits(Suffix)}${ext};phone-context=${context}`;
}
