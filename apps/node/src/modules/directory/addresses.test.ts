import { describe, expect, test } from 'vitest';
import { checkedLookup, isLoopbackAddress, isPublicAddress } from './addresses.ts';

/** Resolves as a connection does. */
function lookup(name: string, mayAsk: (address: string) => boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    checkedLookup(mayAsk)(name, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });
}

describe('addresses', () => {
  test('default: public hosts', () => {
    for (const address of ['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450::5'])
      expect([address, isPublicAddress(address)]).toEqual([address, true]);
  });

  test('error: this machine, this network, metadata, and IPv4 in the clothes of IPv6', () => {
    for (const address of [
      ...[
        '0.0.0.0',
        '10.1.2.3',
        '100.64.0.1',
        '127.0.0.1',
        '127.255.0.1',
        '169.254.169.254',
        '172.16.0.1',
        '172.31.255.255',
      ],
      ...['192.0.0.8', '192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
      ...['::', '::1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:8.8.8.8', '::7f00:1', '64:ff9b::a9fe:a9fe'],
      ...['fc00::1', 'fd00:ec2::254', 'fe80::1', 'ff02::1', '2002:7f00:1::', '2001::1', '2001:db8::1', 'localhost', ''],
    ])
      expect([address, isPublicAddress(address)]).toEqual([address, false]);
    expect(['127.0.0.1', '::1', '127.9.9.9', '10.0.0.1', '::ffff:127.0.0.1'].map(isLoopbackAddress)).toEqual([
      ...[true, true, true, false, false],
    ]);
  });

  test('error: a name that resolves to this machine', async () => {
    await expect(lookup('localhost', isPublicAddress)).rejects.toMatchObject({ code: 'address-refused' });
    expect(await lookup('localhost', isLoopbackAddress)).not.toHaveLength(0);
  });
});
