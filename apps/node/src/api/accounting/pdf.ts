import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import type { ApiContext } from '../context.ts';
import type { Accounting } from './index.ts';
import { visualOrder } from './visual-order.ts';

const require = createRequire(import.meta.url);
const FONT = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
const BOLD = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');

const MARGIN = 40;
const LINE = 11;
const SIZE = 7.5;
/** Width of each column, in points: the page is A4 across. */
const COLUMNS = [
  { title: 'When (UTC)', width: 92 },
  { title: 'Who', width: 150 },
  { title: 'Organisation', width: 70 },
  { title: 'Did', width: 70 },
  { title: 'Purpose', width: 60 },
  { title: 'By', width: 52 },
  { title: 'What', width: 268 },
] as const;

interface Event {
  readonly recorded?: string;
  readonly outcome?: string;
  readonly subtype?: readonly { readonly code?: string }[];
  readonly agent?: readonly {
    readonly requestor?: boolean;
    readonly type?: { readonly coding?: readonly { readonly code?: string }[] };
    readonly who?: {
      readonly display?: string;
      readonly reference?: string;
      readonly identifier?: { readonly value?: string };
    };
    readonly purposeOfUse?: readonly { readonly coding?: readonly { readonly code?: string }[] }[];
  }[];
  readonly entity?: readonly { readonly what?: { readonly reference?: string } }[];
}

/** An accounting to print: a table, one font embedded, no scripts, no links. What the font cannot draw is given by its number in Unicode. */
export async function accountingPdf({ config }: ApiContext, accounting: Accounting): Promise<Buffer> {
  const { patient, from, until, at, entries, unreadable } = accounting;
  const day = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');
  const info = {
    Title: `Accounting of disclosures, Patient/${patient}`,
    Author: config.name,
    CreationDate: new Date(at),
  };
  const document = new PDFDocument({ size: 'A4', layout: 'landscape', margin: MARGIN, font: FONT, lang: 'en', info });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const done = new Promise<void>((resolve, reject) => document.once('end', resolve).once('error', reject));
  document.registerFont('plain', FONT).registerFont('bold', BOLD);

  let y = MARGIN;
  const line = (text: string, size: number, font: 'plain' | 'bold' = 'plain'): void => {
    document.font(font).fontSize(size);
    draw(document, text, MARGIN, y, document.page.width - 2 * MARGIN);
    y += size * 1.6;
  };
  line('Accounting of disclosures', 15, 'bold');
  line(`${config.name}: who saw or changed records of Patient/${patient}`, 9);
  line(
    `From ${from === 0 ? 'the beginning' : day(from)} to ${day(until)} (UTC). ${entries.length} entries. Made ${day(at)}.`,
    9,
  );
  if (unreadable.length > 0) line(`${unreadable.length} further entries can no longer be opened.`, 9, 'bold');
  line('What proves it is the signed file of the same period; this is a print of it.', 9);
  y += 6;

  const row = (cells: readonly string[], font: 'plain' | 'bold'): void => {
    if (y > document.page.height - MARGIN - 2 * LINE) {
      document.addPage();
      y = MARGIN;
      if (font === 'plain') header();
    }
    document.font(font).fontSize(SIZE);
    let x = MARGIN;
    for (const [at, { width }] of COLUMNS.entries()) {
      draw(document, cells[at] ?? '', x, y, width - 6);
      x += width;
    }
    y += LINE;
  };
  const header = (): void =>
    row(
      COLUMNS.map(({ title }) => title),
      'bold',
    );
  header();
  for (const { event } of entries) row(cellsOf(event as Event), 'plain');
  document.end();
  await done;
  return Buffer.concat(chunks);
}

function cellsOf({ recorded = '', outcome, subtype, agent = [], entity = [] }: Event): string[] {
  const who = agent.find((one) => one.requestor === true);
  const organization = agent[1]?.who?.identifier?.value ?? '';
  const did = subtype?.[0]?.code ?? '';
  const automatic = who?.type?.coding?.some(({ code }) => code === '110150') ?? false;
  const what = entity
    .map((one) => one.what?.reference ?? '')
    .filter((name) => name !== '' && !name.startsWith('Patient/'));
  return [
    recorded.slice(0, 19).replace('T', ' '),
    who?.who?.display ?? who?.who?.reference ?? '',
    organization,
    outcome === '0' ? did : `${did}, refused`,
    who?.purposeOfUse?.[0]?.coding?.[0]?.code ?? '',
    automatic ? 'automatic' : 'person',
    what.join(', '),
  ];
}

/** Draws one line within a width, each script in its own direction; what does not fit is cut off with an ellipsis. */
function draw(document: PDFKit.PDFDocument, text: string, x: number, y: number, width: number): void {
  let fitting = drawable(document, text);
  const widthOf = (line: string): number =>
    visualOrder(line).reduce((sum, piece) => sum + document.widthOfString(piece.text), 0);
  if (widthOf(fitting) > width) {
    const letters = [...fitting];
    let [low, high] = [0, letters.length];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (widthOf(`${letters.slice(0, middle).join('')}…`) <= width) low = middle;
      else high = middle - 1;
    }
    fitting = `${letters.slice(0, low).join('')}…`;
  }
  let at = x;
  for (const piece of visualOrder(fitting)) {
    document.text(piece.text, at, y, { lineBreak: false });
    at += document.widthOfString(piece.text);
  }
}

/** A text in characters that the font has; others by their numbers. Control characters, which could hide or turn text, are left out. */
function drawable(document: PDFKit.PDFDocument, text: string): string {
  const { font } = (document as unknown as { _font: { font?: { hasGlyphForCodePoint(code: number): boolean } } })._font;
  return [...text.normalize('NFC')]
    .map((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(letter)) return ' ';
      return (font?.hasGlyphForCodePoint(code) ?? true)
        ? letter
        : `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
    })
    .join('');
}
