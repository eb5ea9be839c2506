/** Intake of what other systems speak: HL7 v2 over MLLP and C-CDA documents become records, and the originals are kept. */
export { receiveCcda } from './ccda/receive.ts';
export type { IntakeContext } from './context.ts';
export { eraseDigests } from './erase.ts';
export { type MllpListener, openMllp } from './hl7/listener.ts';
export { type Origin, type Received, receiveHl7 } from './hl7/receive.ts';
export type { Kept } from './keep.ts';
export { IntakeRefusal } from './refusal.ts';
export { registerSenders } from './senders.ts';
