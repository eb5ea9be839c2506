/**
 * Splits at a separator that is not escaped by a backslash; the parts keep their escapes
 * (https://hl7.org/fhir/R4/search.html#escaping).
 */
export function splitEscaped(text: string, separator: ',' | '|' | '$'): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\' && i + 1 < text.length) part += char + text.charAt(++i);
    else if (char === separator) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  parts.push(part);
  return parts;
}

/** Takes the escapes of `\,` `\|` `\$` `\\` away. */
export function unescaped(text: string): string {
  return text.replace(/\\([,|$\\])/g, '$1');
}
