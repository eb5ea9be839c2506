import { expect, test } from 'vitest';
import { CATEGORY, coding, directive, except, person, TYPES } from './directives.fixture.ts';
import type { ProbeWorld } from './world.fixture.ts';

/** What is told about records tells that they are there: the access log in all its forms, for a clinician from whom a directive withholds Maria's conditions. */
export function describeLog(world: () => ProbeWorld): void {
  test('behavior: entries of the access log that name what is withheld are left out for her, and for nobody else', async () => {
    const at = world();
    await at.node.send('GET', '/Condition/depression', { token: at.node.tokens.registrar });
    await at.node.send('GET', '/Condition?code=F32.1', { token: at.node.tokens.registrar });
    await at.node.send('GET', '/Observation/glucose', { token: at.node.tokens.registrar });
    await at.direct([except({ actor: [person('Practitioner/clinician')], class: [coding(TYPES, 'Condition')] })]);
    const looks = [
      '/api/v1/access-log?patient=maria&count=1000',
      '/AuditEvent?patient=maria&_count=200',
      '/AuditEvent?patient=maria&entity=Condition/depression&_count=1',
      '/Patient/maria/AuditEvent?_count=200',
      '/api/v1/export?patient=maria',
    ];
    const told = async (token: string) => {
      const answers = [];
      for (const path of looks) answers.push(await at.callerOf(token).send('GET', path));
      return answers.map(({ status, text }, number) => [
        looks[number],
        status,
        // A search repeats what was asked, and of an export only the log is looked at: a visit that may be seen names its diagnosis.
        /depression|F32\.1/.test(text.replace(/^.*"accessLog":/s, '').replaceAll(/"link":\[[^\]]*\]/g, '')),
      ]);
    };
    expect(await told(at.node.tokens.clinician)).toEqual(looks.map((path) => [path, 200, false]));
    expect(await told(at.node.tokens.registrar)).toEqual(looks.map((path) => [path, 200, true]));
    const empty = await at.callerOf(at.node.tokens.clinician).send('GET', looks[2] as string);
    expect(empty.text).not.toContain('"next"');
    const entry = await at.callerOf(at.node.tokens.registrar).send('GET', looks[2] as string);
    const [, id] = /"fullUrl":"[^"]*AuditEvent\/([^"]+)"/.exec(entry.text) ?? [];
    expect((await at.callerOf(at.node.tokens.clinician).send('GET', `/AuditEvent/${id}`)).status).toBe(404);
    expect((await at.callerOf(at.node.tokens.registrar).send('GET', `/AuditEvent/${id}`)).status).toBe(200);
    // An accounting says that it is whole, so it is not hers to make.
    expect((await at.callerOf(at.node.tokens.clinician).send('GET', '/api/v1/accounting?patient=maria')).status).toBe(
      403,
    );
  });

  test('behavior: staff of a house where her directives name others see the log whole', async () => {
    const at = world();
    await at.direct([directive({ type: 'deny', class: [coding(CATEGORY, 'laboratory')] })]);
    const { text } = await at
      .callerOf(at.node.tokens.clinician)
      .send('GET', '/AuditEvent?patient=maria&entity=Condition/depression');
    expect(text).toContain('Condition/depression');
  });
}
