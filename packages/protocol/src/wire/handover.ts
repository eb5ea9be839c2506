/** How far a hand-over is: the new key is offered, given what it needs to pay with, takes over, is waited for until nothing can undo it; or the offer is taken back. */
export type HandoverStep = 'proposing' | 'funding' | 'accepting' | 'confirming' | 'withdrawing';

/** An organisation's operator key, and its hand-over to a new one. Addresses are checksummed; times in milliseconds since 1970. */
export interface OperatorHandover {
  /** Of the key that this node acts with. */
  readonly operator: string;
  /** Null while no hand-over is under way. */
  readonly underWay: {
    readonly newOperator: string;
    readonly step: HandoverStep;
    readonly askedAt: number | null;
    /** Who asked; null when the key came with the key file. */
    readonly askedBy: string | null;
    /** Why it waits, in words; null while it goes on. */
    readonly problem: string | null;
    /** Whether it can still be taken back: until the new key sets out to take over. */
    readonly mayWithdraw: boolean;
  } | null;
  /** The key before, until everything that it signed is final; null when it is erased. */
  readonly former: string | null;
  /** The last one that was finished; null when there was none. */
  readonly last: {
    readonly from: string;
    readonly to: string;
    readonly at: number;
    readonly erasedAt: number | null;
  } | null;
}
