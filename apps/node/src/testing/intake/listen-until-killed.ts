import { parseArgs } from 'node:util';
import type { MllpSettings } from '../../config/index.ts';
import { openMllp } from '../../modules/intake/index.ts';
import { type DatabaseLocation, openDatabase } from '../../storage/index.ts';
import { intakeInto } from './world.ts';

/** A process that takes HL7 v2 until it is killed; it prints its port. */
const { values } = parseArgs({ options: { location: { type: 'string' } } });
const database = await openDatabase(JSON.parse(values.location ?? '{}') as DatabaseLocation);
const context = await intakeInto(database);
const { port } = await openMllp(context, context.intake.mllp as MllpSettings);
process.stdout.write(`${port}\n`);
