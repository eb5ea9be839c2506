import { AnamnesisError } from '@anamnesis/protocol';
import { BaseError, decodeErrorResult, type Hex, HttpRequestError, isHex, TimeoutError } from 'viem';
import { errorAbi } from './abi.ts';

/** What each error of the contracts means to a person. Tested to be complete. */
export const CONTRACT_ERRORS: Readonly<Record<string, string>> = {
  Directory_UnknownOrganization: 'No organisation has this identifier.',
  Directory_WrongStatus: 'The organisation is not in the state that this needs.',
  Directory_NotOperator: 'Only the current operator key of an active organisation may do this.',
  Directory_OperatorTaken: 'This key is, or once was, the operator key of an organisation.',
  Directory_InvalidOperator: 'The zero address cannot be an operator key.',
  Directory_InvalidExpiry: 'An operator key must end in the future.',
  Directory_ExpiryTooFar: 'An operator key ends after three years at the latest: choose an earlier end.',
  Directory_NotProposed: 'The organisation is not offered to this key: its present operator must propose it first.',
  Directory_ProposerEnded: 'The key that made the offer no longer acts for the organisation.',
  Directory_InvalidJurisdiction: 'The jurisdiction is not an ISO 3166-1 numeric country code.',
  Subjects_NotController: 'Only the key that decides for this subject may do this.',
  Subjects_InvalidSignature: 'The signature is not that of the key that decides for this subject.',
  Subjects_DeadlinePassed: 'The signed message arrived after its deadline.',
  Subjects_InvalidController: 'The zero address cannot decide for a subject.',
  Guardians_WrongSet: 'These are not the guardians who are in force for this subject.',
  Guardians_InvalidSet:
    'A set has 1 to 15 guardians, of whom enough can sign, and a delay of 1 to 90 days. Name guardians anew.',
  Guardians_NotAscending: 'The guardians must be different and in ascending order. Name guardians anew.',
  Guardians_WrongSignatureCount: 'There must be one entry per guardian, empty for those who did not sign.',
  Guardians_InvalidSignature: 'A signature is not that of the guardian in its place. Collect it again.',
  Guardians_TooFewSignatures: 'More guardians must sign.',
  Guardians_RecoveryPending: 'A recovery of this subject is waiting already.',
  Guardians_NoRecovery: 'No recovery is waiting: none was started, the patient has acted since, or it has lapsed.',
  Guardians_NotReady: 'The delay of this recovery is not over yet.',
  Consents_NotController: 'Only the subject, or the key that decides for it, may refuse its consents.',
  Consents_InvalidRevocation: 'The refusal is signed neither by the subject nor by the key that decides for it.',
  Consents_InvalidRevocations: 'The refusals are signed neither by the subject nor by the key that decides for it.',
  Consents_InvalidSignature: 'The consent is not signed by the key that decides for the subject, or acts for it.',
  Consents_Revoked: 'The consent has been refused.',
  Consents_WrongEpoch: 'The consent is from a time whose consents were all refused.',
  Consents_NotYetValid: 'The consent does not hold yet.',
  Consents_Expired: 'The consent has expired.',
  Consents_WrongGrantee: 'The consent is for another organisation.',
  Consents_InactiveGrantee: 'The consent is for an organisation that is not, or no longer, active.',
  Consents_WrongRecipient: 'The consent is for another person.',
  Consents_InvalidRequest: 'A request names at least one category, one action and exactly one purpose.',
  Consents_CategoriesNotCovered: 'The consent does not cover these categories.',
  Consents_SensitiveNotCovered: 'The consent withholds these sensitive records.',
  Consents_PurposeNotCovered: 'The consent does not cover this purpose.',
  Consents_ActionNotCovered: 'The consent does not cover this action.',
  Proxies_InvalidDepth: 'Between a patient and the one who acts there are one to three sets of proxy terms.',
  Proxies_WrongSubject: 'The proxy terms are about another patient.',
  Proxies_WrongEpoch: 'The proxy terms are from a time whose consents were all refused. They must be signed anew.',
  Proxies_WrongParent: 'The proxy terms do not stand on those before them.',
  Proxies_Revoked: 'What was signed has been refused: the consent, or the right to act.',
  Proxies_InvalidSignature: 'The proxy terms are not signed by the one on whom they stand.',
  Proxies_Broader: 'This allows more than the proxy itself may.',
  Proxies_Longer: 'This holds at times at which the proxy itself may not act.',
  Proxies_NotInForce: 'The proxy may not act at this time.',
  Proxies_InvalidRevocation: 'The refusal is not signed by the proxy.',
  Emergencies_NotOperator: 'Only the current operator key of an active organisation may do this.',
  Emergencies_NotProvider: 'Only a provider of care can declare an emergency.',
  Emergencies_NoSuchSlot: 'The organisation has no emergency slot of this number.',
  Emergencies_InvalidReason: 'The reason is not one of the table.',
  Emergencies_InvalidHours: 'An emergency is open for 1 to 24 hours.',
  Emergencies_NotReviewed: 'The last emergency in this slot waits for its review. Use another slot.',
  Emergencies_NotRefilled: 'The last emergency in this slot is less than 24 hours old. Use another slot.',
  Emergencies_NotOpen: 'No emergency is open in this slot.',
  Emergencies_NotReviewer: 'Only a regulator or an ethics board can review an emergency.',
  Emergencies_OwnReview: 'An organisation cannot review its own emergency.',
  Emergencies_OtherDeclaration: 'The slot holds another emergency by now. Look at it again.',
  Emergencies_StillOpen: 'The emergency is still open. It is reviewed when it is over.',
  Emergencies_AlreadyReviewed: 'The emergency has been reviewed.',
  Emergencies_InvalidOutcome: 'A review says justified or not justified.',
  Checkpoints_NotOperator: 'Only the current operator key of an active organisation may post its checkpoints.',
  Checkpoints_NotGrowing: 'The log has already been posted with this size or a larger one.',
  Checkpoints_TooLarge: 'The log has more entries than a checkpoint can state.',
  Checkpoints_NothingToPost: 'There is no checkpoint to post.',
  Checkpoints_NotSignedByOperator:
    'The checkpoint is not signed by a key that is or was an operator of the organisation.',
  Checkpoints_NoContradiction: 'The two checkpoints do not contradict each other.',
  Checkpoints_SameLeaf: 'Both checkpoints hold the same entry at this place.',
  Checkpoints_InvalidProof: 'The proof does not lead from the entry to the root of the checkpoint.',
  Checkpoints_AlreadyRecorded: 'A contradiction of this log is on record already.',
  Authority_Paused: 'This is paused for a few days at most: try again after the pause.',
  Authority_NotPausable: 'This can never be paused.',
  Authority_CoolingDown:
    'The guardian paused this contract not long ago; only the council can prolong a running pause.',
  Authority_NotPaused: 'Nothing of this contract is paused.',
  Authority_NoticeTooShort: 'A successor must be announced 90 days ahead.',
  Authority_AlreadySucceeded: 'The successor has taken over already.',
  Council_NotOperator: 'Only the current operator key of an active organisation may propose and vote.',
  Council_AlreadyProposed: 'This action was proposed with this salt already: choose another.',
  Council_WrongStage: 'The proposal is not at a stage in which this can be done.',
  Council_SameVote: 'The vote of the organisation is this already.',
  AccessManagedInvalidAuthority: 'The address is not an authority contract.',
  AccessManagedRequiredDelay: 'The consortium has set a delay for this: schedule it first.',
  AccessManagedUnauthorized: 'Only the consortium may do this.',
  AccessManagerAlreadyScheduled: 'This operation is already scheduled.',
  AccessManagerBadConfirmation: 'A role is given up only by its holder.',
  AccessManagerExpired: 'The scheduled operation was not carried out in time.',
  AccessManagerInvalidInitialAdmin: 'The zero address cannot be the first administrator.',
  AccessManagerLockedFunction: 'This function of the authority cannot be given to another role.',
  AccessManagerLockedRole: 'This role cannot be changed.',
  AccessManagerNotReady: 'The delay of this operation has not passed yet.',
  AccessManagerNotScheduled: 'This operation is not scheduled.',
  AccessManagerUnauthorizedAccount: 'The account lacks the role for this.',
  AccessManagerUnauthorizedCall: 'The account may not call this.',
  AccessManagerUnauthorizedCancel: 'The account may not cancel this operation.',
  AccessManagerUnauthorizedConsume: 'Only the contract itself may use up a scheduled operation.',
  AddressEmptyCode: 'There is no contract at this address.',
  FailedCall: 'A call inside the transaction failed.',
  InsufficientBalance: 'The balance is too small.',
  InvalidShortString: 'A text constant of the contract is malformed.',
  SafeCastOverflowedUintDowncast: 'A number is too large.',
  StringTooLong: 'A text is too long.',
};

/** A contract said no. `reason` is the name of its error, `args` the values that it gave. */
export class LedgerRevert extends AnamnesisError {
  override readonly name = 'LedgerRevert';
  readonly reason: string;
  readonly args: readonly unknown[];

  constructor(reason: string, args: readonly unknown[], options?: { cause?: unknown }) {
    super(codeOf(reason), CONTRACT_ERRORS[reason] ?? 'A contract refused the transaction.', options);
    this.reason = reason;
    this.args = args;
  }
}

/** `Consents_WrongEpoch` → `consents-wrong-epoch`. */
function codeOf(name: string): string {
  return name
    .replace('_', '-')
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

/**
 * Turns whatever viem throws into an AnamnesisError: a LedgerRevert with the contract's own error, `ledger-reverted` when a
 * contract refused without a known error, `ledger-unreachable`, or `ledger-error`.
 */
export function ledgerError(error: unknown): AnamnesisError {
  if (error instanceof AnamnesisError) return error;
  const data = revertData(error);
  const decoded = data && decodeRevert(data);
  if (decoded) return new LedgerRevert(decoded.errorName, decoded.args ?? [], { cause: error });
  const isUnreachable = (cause: unknown) => cause instanceof HttpRequestError || cause instanceof TimeoutError;
  if (error instanceof BaseError && error.walk(isUnreachable)) {
    return new AnamnesisError('ledger-unreachable', 'The ledger does not answer.', { cause: error });
  }
  if (data !== undefined || (error instanceof Error && /revert/i.test(error.message))) {
    return new AnamnesisError('ledger-reverted', 'A contract refused the transaction.', { cause: error });
  }
  return new AnamnesisError('ledger-error', 'The ledger answered with an error.', { cause: error });
}

function decodeRevert(data: Hex) {
  try {
    return decodeErrorResult({ abi: errorAbi, data }) as { errorName: string; args?: readonly unknown[] };
  } catch {
    return undefined;
  }
}

/** Nodes put the data of a revert into different corners of their answer; viem keeps them along the chain of causes. */
function revertData(error: unknown): Hex | undefined {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    const { raw, data } = at as { raw?: unknown; data?: unknown };
    const inner = typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : undefined;
    for (const candidate of [raw, data, inner]) if (isHex(candidate)) return candidate;
  }
  return undefined;
}
