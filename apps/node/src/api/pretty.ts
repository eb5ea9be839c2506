/**
 * JSON without blanks as lines with an indent of two, for people (`_pretty=true`). Numbers keep their digits: the text is never read as values. A
 * loop and not a regular expression, because a string may be an attachment of megabytes.
 */
export function prettyJson(text: string): string {
  let depth = 0;
  let copied = 0;
  let pretty = '';
  const line = (): string => `\n${'  '.repeat(depth)}`;
  const write = (upTo: number, more: string): void => {
    pretty += text.slice(copied, upTo) + more;
    copied = upTo;
  };
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') at = endOfString(text, at);
    else if (sign === ':') write(at + 1, ' ');
    else if (sign === ',') write(at + 1, line());
    else if ((sign === '{' || sign === '[') && text[at + 1] !== '}' && text[at + 1] !== ']') {
      depth += 1;
      write(at + 1, line());
    } else if ((sign === '}' || sign === ']') && text[at - 1] !== '{' && text[at - 1] !== '[') {
      depth -= 1;
      write(at, line());
    }
  }
  return pretty + text.slice(copied);
}

function endOfString(text: string, start: number): number {
  let end = start;
  do {
    end = text.indexOf('"', end + 1);
  } while (end >= 0 && isEscaped(text, end));
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
