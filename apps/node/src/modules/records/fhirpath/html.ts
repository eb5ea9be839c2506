/** Elements of a narrative (https://hl7.org/fhir/R4/narrative.html#xhtml, rule txt-1). */
const ELEMENTS = new Set(
  `a abbr acronym address area b big bdi bdo blockquote br caption center cite code col colgroup dd del dfn dir div dl dt em font h1 h2 h3 h4 h5 h6 hr i
   img ins kbd li map menu ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var`.split(
    /\s+/,
  ),
);
const ACTIVE_ATTRIBUTE = /\s(?:on\w+|action|formaction)\s*=/i;
const TAG = /<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w:.-]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>/y;

/** What is wrong with the XHTML of a narrative: elements outside those allowed, active content, tags that do not match, no content at all; null when nothing is. */
export function htmlFault(html: string): string | null {
  const open: string[] = [];
  let content = false;
  let at = 0;
  for (;;) {
    const next = html.indexOf('<', at);
    const text = html.slice(at, next < 0 ? undefined : next);
    if (!content && /\S/.test(text)) content = true;
    if (next < 0) break;
    TAG.lastIndex = next;
    const match = TAG.exec(html);
    if (match === null) return 'is not well-formed XHTML';
    at = TAG.lastIndex;
    const [whole, closing, name, attributes = ''] = match;
    if (whole.startsWith('<!--')) continue;
    const element = (name as string).toLowerCase().replace(/^\w+:/, '');
    if (!ELEMENTS.has(element)) return 'has an element that a narrative may not have';
    if (closing === '/') {
      if (open.pop() !== name) return 'is not well-formed XHTML';
      continue;
    }
    if (ACTIVE_ATTRIBUTE.test(attributes)) return 'has active content';
    if (element === 'img') content = true;
    if (!attributes.endsWith('/')) open.push(name as string);
  }
  if (open.length > 0) return 'is not well-formed XHTML';
  return content ? null : 'has no content';
}
