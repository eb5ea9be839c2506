/**
 * An integration engine in one file: a hospital's node that takes HL7 v2 and C-CDA in, an admission and a laboratory report sent over MLLP, and what a
 * clinician then finds by FHIR. Everything is made in a folder of its own and gone at the end.
 *
 *     node examples/intake.ts
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIntakeSettings } from '@anamnesis/node';
import { startTestbed } from '@anamnesis/testbed';

const HOSPITAL = 'st-aldhelm';
const settings = readIntakeSettings(
  {
    patients: 'urn:oid:2.16.840.1.113883.19.5',
    assigners: { ALDHELM: 'urn:oid:2.16.840.1.113883.19.5' },
    timezone: 'Europe/London',
    senders: [
      { application: 'PAS', facility: 'ALDHELM', client: 'patient administration', timezone: 'Europe/London' },
      { application: 'LAB', facility: 'ALDHELM', client: 'laboratory engine', timezone: 'Europe/London' },
    ],
    mllp: { port: 0 },
  },
  () => '',
);

const MESSAGES = [
  [
    'MSH|^~\\&|PAS|ALDHELM|ANAMNESIS|ALDHELM|20261103081500+0000||ADT^A01^ADT_A01|1|P|2.5.1',
    'EVN|A01|20261103081500+0000',
    'PID|1||70012^^^ALDHELM^MR||Costa^Maria^^^^^L||19800501|F',
    'PV1|1|I|W4^12^A||||||||||||||||V5501^^^ALDHELM^VN',
  ],
  [
    'MSH|^~\\&|LAB|ALDHELM|ANAMNESIS|ALDHELM|20261103101500||ORU^R01^ORU_R01|2|P|2.5.1',
    'PID|1||70012^^^ALDHELM^MR||Costa^Maria',
    'OBR|1||L26^LAB|24323-8^Metabolic panel^LN|||20261103084000|||||||||||||||20261103101000||CH|F',
    'OBX|1|NM|2823-3^Potassium^LN||3.40|mmol/L^^UCUM|3.5-5.1|L|||F',
  ],
];

const directory = await mkdtemp(join(tmpdir(), 'anamnesis-intake-'));
const testbed = await startTestbed({ directory, organizations: [HOSPITAL], intake: { [HOSPITAL]: settings } });
try {
  const { url, tokens, running } = testbed.nodes[HOSPITAL] ?? {};
  if (running?.mllp === undefined) throw new Error('nothing listens');
  const socket = connect(running.mllp).setEncoding('latin1');
  for (const message of [...MESSAGES, MESSAGES[1] ?? []]) {
    // One block for one message; the next is sent when this one is acknowledged.
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.write(`\u000b${message.join('\r')}\r\u001c\r`);
    console.log((await answer).split('\r').find((segment) => segment.startsWith('MSA')));
  }
  socket.end();
  const query =
    'Observation?subject:Patient.identifier=urn:oid:2.16.840.1.113883.19.5|70012&_revinclude=Provenance:target';
  const found = await fetch(`${url}/fhir/R4/${query}`, { headers: { authorization: `Bearer ${tokens?.clinician}` } });
  const { entry } = (await found.json()) as { entry: { resource: unknown }[] };
  console.log(
    JSON.stringify(
      entry.map(({ resource }) => resource),
      null,
      2,
    ),
  );
} finally {
  await testbed.stop();
  await rm(directory, { recursive: true, force: true });
}
