/** The key with which the organisation acts on the ledger, and handing over to a new one. */
export { type Alongside, type Handover, type HandoverOptions, openHandover } from './handover.ts';
export { type Keyring, openKeyring } from './keyring.ts';
export { OPERATOR_LIFE } from './steps.ts';
