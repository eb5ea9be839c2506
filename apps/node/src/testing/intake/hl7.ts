/**
 * Messages as the systems of different makers send them, all about invented people. A line is a segment; `send` joins them as each maker does.
 */

/** An ADT system of v2.5.1 that does all by the book. */
export const ADMISSION = `MSH|^~\\&|PAS|ALDHELM|ANAMNESIS|ALDHELM|20261103081500+0000||ADT^A01^ADT_A01|PAS-1001|P|2.5.1|||AL|NE||UNICODE UTF-8
EVN|A01|20261103081455+0000
PID|1||70012^^^ALDHELM&2.16.840.1.113883.19.5&ISO^MR~943 476 5919^^^NHS&2.16.840.1.113883.2.1.4.1&ISO^NH||Costa^Maria^Inês^^Dr^^L~Silva^Maria^^^^^M||19800501|F|||12 Abbey Lane^Flat 3^Sherborne^Dorset^DT9 3LQ^GBR^H||^PRN^PH^^44^1935^555014~^NET^Internet^maria@example.org|^WPN^PH^^44^1935^555900|pt^Portuguese^ISO639|M||||||||N
PV1|1|I|W4^12^A^St. Aldhelm|U|||g77^Hale^Rowan^^^Dr^^^ALDHELM&2.16.840.1.113883.19.5.1&ISO^L^^^PRN|||MED||||7|||||V5501^^^ALDHELM^VN|||||||||||||||||||||||||20261103080000+0000
PV2|||^Chest pain
DG1|1||I20.9^Angina pectoris, unspecified^I10||20261103|A`;

/** The same system discharges her. */
export const DISCHARGE = `MSH|^~\\&|PAS|ALDHELM|ANAMNESIS|ALDHELM|20261105120000+0000||ADT^A03^ADT_A03|PAS-1002|P|2.5.1||||||UNICODE UTF-8
EVN|A03|20261105115900+0000
PID|1||70012^^^ALDHELM&2.16.840.1.113883.19.5&ISO^MR||Costa^Maria^Inês^^Dr^^L||19800501|F
PV1|1|I|W4^12^A||||||||||||||||V5501^^^ALDHELM^VN|||||||||||||||||01||||||||20261103080000+0000|20261105113000+0000`;

/** A laboratory of v2.3 that knows no assigners, sends local time, numbers units in its own way and adds codes of its own. */
export const RESULTS = `MSH|^~\\&|LABOSYS|NORTHLAB|ANAMNESIS|ALDHELM|20261103101530||ORU^R01|000481|P|2.3
PID|1||70012||COSTA^MARIA||19800501|F
PV1|1|I|W4||||||||||||||||V5501
ORC|RE|ORD-88^PAS|L260481^LABOSYS
OBR|1|ORD-88^PAS|L260481^LABOSYS|CBC^FULL BLOOD COUNT^L|||20261103084000|||||||||||||||20261103101500||HM|P
OBX|1|NM|718-7^Haemoglobin^LN^HGB^Haemoglobin^L||11.20|g/dl|12.0-16.0|L|||P
OBX|2|NM|6690-2^Leukocytes^LN^WBC^White cells^L||7.4|10*9/L|4.0-11.0|N|||P
OBX|3|SN|RETIC^Reticulocytes^L||<^0.5|%|0.5-2.5|L|||P
OBX|4|TX|FILM^Blood film^L||Mild hypochromia.|||A|||P
OBX|5|TX|FILM^Blood film^L||  No blasts seen \\T\\ no rouleaux.||||||P
NTE|1||Seen by the duty haematologist`;

/** The laboratory corrects one value, withdraws another, and calls the rest final. */
export const CORRECTION = `MSH|^~\\&|LABOSYS|NORTHLAB|ANAMNESIS|ALDHELM|20261103143000||ORU^R01|000497|P|2.3
PID|1||70012||COSTA^MARIA||19800501|F
OBR|1|ORD-88^PAS|L260481^LABOSYS|CBC^FULL BLOOD COUNT^L|||20261103084000|||||||||||||||20261103142900||HM|C
OBX|1|NM|718-7^Haemoglobin^LN^HGB^Haemoglobin^L||12.1|g/dl|12.0-16.0|N|||C
OBX|2|NM|6690-2^Leukocytes^LN^WBC^White cells^L||||||||F
OBX|3|SN|RETIC^Reticulocytes^L||<^0.5|%|0.5-2.5|L|||D`;

/** Radiology of v2.4: an order, */
export const ORDER = `MSH|^~\\&|RIS|ALDHELM|ANAMNESIS|ALDHELM|20261103090000+0000||ORM^O01|RIS-7|P|2.4||||||8859/1
PID|||70012^^^ALDHELM^MR||Costa^Maria
PV1||I|||||||||||||||||V5501^^^ALDHELM^VN
ORC|NW|R-500^RIS|||||1^^^20261103093000^^S||20261103090000|||g77^Hale^Rowan^^^Dr^^^ALDHELM&2.16.840.1.113883.19.5.1&ISO
OBR|1|R-500^RIS||36643-5^XR Chest 2 Views^LN|||||||||||||||||||||||1^^^^^S||||^Schmerz in der Brust, \\XFC\\ber Nacht
NTE|1||Portable if unstable`;

/** its cancellation, */
export const CANCELLATION = `MSH|^~\\&|RIS|ALDHELM|ANAMNESIS|ALDHELM|20261103091000+0000||ORM^O01|RIS-8|P|2.4
PID|||70012^^^ALDHELM^MR||Costa^Maria
ORC|CA|R-500^RIS
OBR|1|R-500^RIS||36643-5^XR Chest 2 Views^LN`;

/** A dictation system of v2.8 sends a letter. */
export const LETTER = `MSH|^~\\&|DICT|ALDHELM|ANAMNESIS|ALDHELM|20261106090000+0000||MDM^T02^MDM_T02|D-31|P|2.8||||||UNICODE UTF-8
EVN|T02|20261106090000+0000
PID|1||70012^^^ALDHELM^MR||Costa^Maria
PV1|1|I|||||||||||||||||V5501^^^ALDHELM^VN
TXA|1|DS^Discharge summary^HL70270|TX|20261105113000+0000|g77^Hale^Rowan^^^Dr^^^ALDHELM&2.16.840.1.113883.19.5.1&ISO|20261105170000+0000|20261106085500+0000|||||DOC-900^DICT|||||LA||AV
OBX|1|TX|18842-5^Discharge summary^LN||Dear Dr Marsh,||||||F
OBX|2|TX|18842-5^Discharge summary^LN||Thank you for seeing Mrs Costa.\\.br\\She left well.||||||F`;

/** The desk found that two records are one person's. */
export const MERGE = `MSH|^~\\&|PAS|ALDHELM|ANAMNESIS|ALDHELM|20261107080000+0000||ADT^A40^ADT_A39|PAS-1009|P|2.5.1
EVN|A40|20261107080000+0000
PID|1||70012^^^ALDHELM&2.16.840.1.113883.19.5&ISO^MR||Costa^Maria
MRG|70999^^^ALDHELM&2.16.840.1.113883.19.5&ISO^MR`;

/** The bytes of a message: its lines ended as given, in an encoding. */
export function bytesOf(message: string, end = '\r', encoding: 'utf8' | 'latin1' = 'utf8'): Uint8Array {
  return Buffer.from(`${message.split('\n').join(end)}${end}`, encoding);
}

/** A message under another id, with texts replaced. */
export function changed(message: string, ...pairs: readonly (readonly [from: string, to: string])[]): string {
  return pairs.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the message has no ${from}`);
    return text.replaceAll(from, to);
  }, message);
}
