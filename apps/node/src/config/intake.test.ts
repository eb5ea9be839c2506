import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../testing/intake/world.ts';
import { readIntakeSettings } from './intake.ts';

const mllp = (over: object) => ({ ...SETTINGS, mllp: { port: 2575, ...over } });
const faultOf = (value: unknown): string => {
  try {
    readIntakeSettings(value, () => 'PEM');
    return 'good';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('settings of intake', () => {
  test('default: loopback, limits, and nothing that is not said', () => {
    const { mllp: own, senders } = readIntakeSettings(mllp({}), () => '');
    expect(own).toMatchObject({ host: '127.0.0.1', port: 2575, maxBytes: 16 * 1024 * 1024, maxConnections: 64 });
    expect(senders[0]).toMatchObject({ charset: 'ASCII', processing: 'P', addresses: [] });
  });

  test('error: health data in clear beyond this machine needs the address twice', () => {
    expect(faultOf(mllp({ host: '10.1.2.3' }))).toContain('without tls');
    expect(faultOf(mllp({ host: '10.1.2.3', plain: '10.1.2.3' }))).toBe('good');
    expect(faultOf(mllp({ host: '0.0.0.0', plain: '0.0.0.0' }))).toContain('without tls');
    expect(faultOf(mllp({ host: '::', plain: '::' }))).toContain('without tls');
    expect(faultOf(mllp({ host: '0.0.0.0', tls: { key: 'k', cert: 'c' } }))).toBe('good');
    expect(faultOf(mllp({ host: 'localhost' }))).toContain('mllp.host');
  });

  test('error: what is missing, misspelt or of no use', () => {
    expect(faultOf({ ...SETTINGS, patients: 'MRN' })).toContain('patients');
    expect(faultOf({ ...SETTINGS, timezone: 'Europe/Nowhere' })).toContain('timezone');
    expect(faultOf(mllp({ maxbytes: 5 }))).toContain('no known name');
    const [sender] = SETTINGS.senders;
    expect(faultOf({ ...SETTINGS, senders: [sender, sender] })).toContain('two have one');
    expect(faultOf({ ...SETTINGS, senders: [{ ...sender, addresses: ['pas.example'] }] })).toContain('addresses');
    expect(faultOf({ ...SETTINGS, senders: [{ ...sender, certificate: 'pas' }] })).toContain('mllp.tls.ca');
    expect(faultOf({ ...SETTINGS, senders: [{ ...sender, timezone: undefined }] })).toContain('timezone');
  });
});
