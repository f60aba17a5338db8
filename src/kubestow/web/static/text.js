// Foreign text with control, bidirectional and other invisible characters made visible.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u034f\u115f\u1160\u3164\uffa0]/gu;

const code = (char) => `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

// The text in pieces: {text}, or {code} for an invisible character. Texts of several lines keep them.
export function pieces(given, lines = false) {
  const text = String(given);
  const found = [];
  let from = 0;
  for (const match of text.matchAll(INVISIBLE)) {
    if (lines && (match[0] === "\n" || match[0] === "\t")) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ code: code(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < text.length || !found.length) found.push({ text: text.slice(from) });
  return found;
}

// The same as one string, for titles and names that are read out.
export const shown = (text) => pieces(text).map((p) => (p.code ? `[${p.code}]` : p.text)).join("");
