/** Longer by two fifths and accented: shows what is not translated and what does not fit. @param {string} words */
export default (words) => {
  const accented = words.replace(/[aeioucnAEIOUCN]/g, (c) => "áéíóúçñÁÉÍÓÚÇÑ"["aeioucnAEIOUCN".indexOf(c)] ?? c);
  return `[${accented}${"~".repeat(Math.ceil(words.length * 0.4))}]`;
};
