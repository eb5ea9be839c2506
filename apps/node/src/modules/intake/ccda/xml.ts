import { SaxesParser } from 'saxes';
import { IntakeRefusal } from '../refusal.ts';

const CDA = 'urn:hl7-org:v3';
const SDTC = 'urn:hl7-org:sdtc';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 500_000;

/** An element of CDA's namespace; those of SDTC have `sdtc:` before their name, those of others are not there. */
export class XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[] = [];
  /** Its own text, without that of its children. */
  text = '';

  constructor(name: string, attributes: Readonly<Record<string, string>>) {
    this.name = name;
    this.attributes = attributes;
  }

  /** The children of a name; with more names, their children, and so on. */
  all(...path: readonly string[]): XmlElement[] {
    return path.reduce<XmlElement[]>(
      (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
      [this],
    );
  }

  first(...path: readonly string[]): XmlElement | undefined {
    return this.all(...path)[0];
  }

  /** An attribute; '' where there is none. */
  at(name: string): string {
    return this.attributes[name] ?? '';
  }

  get isNull(): boolean {
    return this.at('nullFlavor') !== '';
  }
}

/**
 * Reads a CDA document: well-formed XML 1.0 in UTF-8, without a document type, so that no entity can be declared and nothing is fetched; limited in size, depth and
 * number of elements. The narrative of sections (`section/text`) is passed over: it is for people, and stays in the original.
 *
 * Errors: `segment-sequence` (400), which quotes nothing.
 */
export function readXml(bytes: Uint8Array): XmlElement {
  if (bytes.length > MAX_BYTES) throw malformed('The document is too large');
  const parser = new SaxesParser({ xmlns: true });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  /** How deep in something that is passed over. */
  let passing = 0;
  let elements = 0;
  parser.on('error', (error) => {
    throw malformed('The document is no well-formed XML', error);
  });
  parser.on('doctype', () => {
    throw malformed('A document with a document type is not read');
  });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) throw malformed('Only UTF-8 is read');
  });
  parser.on('opentag', ({ uri, local, attributes }) => {
    elements += 1;
    if (elements > MAX_ELEMENTS || open.length + passing >= MAX_DEPTH)
      throw malformed('The document has too many elements');
    const parent = open.at(-1);
    const isForeign = uri !== CDA && uri !== SDTC;
    if (passing > 0 || isForeign || (local === 'text' && parent?.name === 'section')) {
      if (parent === undefined) throw malformed('This is no CDA document');
      passing += 1;
      return;
    }
    const own = Object.values(attributes).flatMap((attribute) =>
      attribute.uri === ''
        ? [[attribute.local, attribute.value]]
        : attribute.uri === XSI
          ? [[`xsi:${attribute.local}`, attribute.value]]
          : [],
    );
    const element = new XmlElement(uri === SDTC ? `sdtc:${local}` : local, Object.fromEntries(own));
    if (parent === undefined) root = element;
    else parent.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    if (passing > 0) passing -= 1;
    else open.pop();
  });
  const add = (text: string): void => {
    const element = passing > 0 ? undefined : open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.write(decoded(bytes)).close();
  if (root?.name !== 'ClinicalDocument') throw malformed('This is no CDA document');
  return root;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed('Only UTF-8 is read', cause);
  }
}

function malformed(message: string, cause?: unknown): IntakeRefusal {
  return new IntakeRefusal('segment-sequence', message, null, cause === undefined ? undefined : { cause });
}
