import { describe } from 'vitest';
import { ENGINES } from '../../../testing/databases.ts';
import { describeHl7Intake } from './intake.behavior.ts';

describe.each(ENGINES)('HL7 v2 on $name', ({ open }) => describeHl7Intake(open));
