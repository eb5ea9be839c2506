/** Erasing by crypto-shredding: a patient, a sensitive class, a record, or what was received; with a signed receipt. */
export { type ErasureContext, erase, findReceipt } from './erase.ts';
export { type ErasureReceipt, type Retention, readReceipt } from './receipt.ts';
export { type ErasureRequest, readErasureRequest } from './request.ts';
