import { type LookupAddress, type LookupOptions, lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { DirectoryError } from './errors.ts';

/**
 * Which network addresses may be asked. A peer, an app or a subscriber names an address; it must not make us ask our own network (server-side request
 * forgery): neither by a literal address, nor by a name that resolves to one, nor by a name that resolves to another address the second time.
 */

/** IPv4 that is no public host's (https://www.iana.org/assignments/iana-ipv4-special-registry). */
const SPECIAL_4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
];
/** Of global unicast (2000::/3) what is no public host's, or holds an IPv4 address: Teredo and other protocols, documentation, 6to4. */
const SPECIAL_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

function listOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const special4 = listOf('ipv4', SPECIAL_4);
const special6 = listOf('ipv6', SPECIAL_6);
const global6 = listOf('ipv6', ['2000::/3']);
const loopback4 = listOf('ipv4', ['127.0.0.0/8']);

/** Whether a literal address (without brackets) is a public host's. IPv4-mapped and other embedded forms are none. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special4.check(address, 'ipv4');
  return family === 6 && global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
}

/** Whether a literal address (without brackets) is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && loopback4.check(address, 'ipv4'));
}

/**
 * Resolves a name for one connection, and gives addresses only when every one of them may be asked: what is connected to is what was checked.
 * @param mayAsk `isPublicAddress`, or `isLoopbackAddress` for a name of this machine.
 */
export function checkedLookup(mayAsk: (address: string) => boolean): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, []);
      const [first] = found;
      if (first === undefined || !found.every(({ address }) => mayAsk(address))) {
        return callback(
          new DirectoryError('address-refused', 'the name resolves to an address that may not be asked'),
          [],
        );
      }
      if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}
