/** What an HL7 v2 acknowledgement says (chapter 2.9). */
export interface Acknowledgement {
  /** MSA-1: `AA` or `CA` where all of it is kept; `AE`, `AR`, `CE`, `CR` where it was refused. */
  readonly code: string;
  /** Why it was refused, in the node's words, which quote nothing of the message; '' where it was not. */
  readonly detail: string;
}

/** Reads an acknowledgement; null for anything else. */
export function readAcknowledgement(text: string): Acknowledgement | null {
  const separator = text.startsWith('MSH') ? text.charAt(3) : '';
  if (separator === '') return null;
  const segments = text.split('\r').map((segment) => segment.split(separator));
  const fieldsOf = (name: string): readonly string[] => segments.find(([first]) => first === name) ?? [];
  const [, code, , said = ''] = fieldsOf('MSA');
  if (code === undefined || !/^[AC][AER]$/.test(code)) return null;
  // Since 2.5 ERR-8 says where as well.
  return { code, detail: fieldsOf('ERR')[8] || said };
}
