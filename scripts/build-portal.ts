/**
 * Builds the portal into apps/portal/dist, unless it was built of these sources.
 *
 *     node scripts/build-portal.ts
 */
import { buildPortal } from '../apps/portal/build.ts';

process.stdout.write(`${await buildPortal((message) => process.stderr.write(`${message}\n`))}\n`);
