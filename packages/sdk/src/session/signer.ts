import type { LocalAccount } from 'viem';

/**
 * A key that can sign for a subject: any viem account, among them those derived from a patient's account (`subjectAccount`).
 * It signs EIP-712 typed data only; it never sends a transaction and needs no coins.
 */
export type Signer = Pick<LocalAccount, 'address' | 'signTypedData'>;
