import { randomUUID } from 'node:crypto';
import { type IntakeRefusal, placeText } from '../refusal.ts';
import { type Delimiters, escapeText, STANDARD } from './escapes.ts';
import type { Segment } from './message.ts';

/** What came of a message: taken, or refused and why. `null`: nothing can be said, for it has no header. */
export type Outcome = { readonly refused: IntakeRefusal | null };

/**
 * The acknowledgement of a message (HL7 v2 chapter 2.9): AA once it is stored, AE for content that is wrong, AR for what is refused whatever it says. A sender that
 * asks for enhanced mode by MSH-15 gets the commit acknowledgement (CA, CE, CR) instead, when it asked for one.
 * @returns null where the sender wants none.
 */
export function acknowledge(
  msh: Segment,
  delimiters: Delimiters | null,
  { refused }: Outcome,
  now: Date,
): Uint8Array | null {
  const own = delimiters ?? STANDARD;
  const enhanced = msh.at(15) !== '';
  const wanted = (enhanced ? msh.at(15) : msh.at(16) || 'AL').toUpperCase();
  if (wanted === 'NE' || (wanted === 'ER' && refused === null) || (wanted === 'SU' && refused !== null)) return null;
  const code = `${enhanced ? 'C' : 'A'}${refused === null ? 'A' : refused.isRejection ? 'R' : 'E'}`;
  const { field, component, repetition, escaping, subcomponent } = own;
  const version = msh.at(12);
  const trigger = msh.at(9, 2);
  const text = (value: string): string => escapeText(value.replace(/[^\x20-\x7e]/g, '?'), own);
  const type = ['ACK', trigger, atLeast(version, 2.4) ? 'ACK' : ''].filter(Boolean).map(text).join(component);
  const segments = [
    [
      ...[`MSH${field}${component}${repetition}${escaping}${subcomponent}`, text(msh.at(5)), text(msh.at(6))],
      ...[text(msh.at(3)), text(msh.at(4)), timestamp(now), '', type, randomUUID().replaceAll('-', '').slice(0, 20)],
      ...[text(msh.at(11)) || 'P', text(version)],
    ],
    ['MSA', code, text(msh.at(10)), ...(refused === null ? [] : [text(refused.message.slice(0, 80))])],
    ...(refused === null ? [] : [errorSegment(refused, own, atLeast(version, 2.5), text)]),
  ];
  return Buffer.from(segments.map((fields) => `${fields.join(field)}\r`).join(''), 'latin1');
}

/** ERR in the form of the sender's version: a code and its location until 2.4, all of it since 2.5. */
function errorSegment(
  refused: IntakeRefusal,
  { component, subcomponent }: Delimiters,
  isNew: boolean,
  text: (value: string) => string,
): string[] {
  const { place, code0357 } = refused;
  const location = [
    place?.segment,
    place?.sequence ?? (place ? 1 : ''),
    place?.field,
    isNew && place?.component ? '1' : '',
  ];
  const code = [code0357, text(refused.condition), 'HL70357'];
  if (!isNew)
    return ['ERR', [...location.slice(0, 3), code.join(subcomponent)].map((one) => one ?? '').join(component)];
  const where = [...location, place?.component]
    .map((one) => one ?? '')
    .join(component)
    .replace(new RegExp(`\\${component}+$`), '');
  const said = place === null ? refused.message : `${refused.message} (${placeText(place)})`;
  return ['ERR', '', where, code.join(component), 'E', '', '', text(said)];
}

function atLeast(version: string, least: number): boolean {
  return Number.parseFloat(version) >= least;
}

/** `YYYYMMDDHHMMSS+0000`. */
function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace(/[-T:]/g, '')}+0000`;
}
