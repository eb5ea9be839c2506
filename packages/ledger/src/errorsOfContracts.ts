/** What an error says, and what to do next. */
export interface ErrorText {
  /** `{name}` stands for the argument of this name, `{name:time}` and the like for its form; see `errorsFormat.ts`. */
  readonly message: string;
  readonly hint: string;
}

/*
 * Every error that a contract can answer. No mask of categories, classes or purposes is named: it would say what kind of
 * care somebody asked about. Addresses of subjects are pseudonyms, and whoever meets the error has sent them.
 */
const ROWS = {
  Directory_UnknownOrganization: [
    'No organisation has the identifier {id}.',
    'Look the identifier up in the Directory; the first organisation has 1.',
  ],
  Directory_WrongStatus: [
    'The organisation {id} is {status:status}, and this needs one that is {expected:status}.',
    'Look at its present status; somebody may have done this already.',
  ],
  Directory_NotOperator: [
    '{caller} is not the current operator key of an active organisation.',
    'Send from the key that the Directory names. If that has ended or the organisation is suspended, ask the consortium.',
  ],
  Directory_OperatorTaken: [
    'The key {operator} is, or once was, the operator key of organisation {id}.',
    'Make a new key: one that acted once is never used for anything else.',
  ],
  Directory_InvalidOperator: ['The zero address cannot be an operator key.', 'Name the address of the new key.'],
  Directory_InvalidExpiry: [
    'The operator key would have ended at {operatorUntil:time}; now it is {time:time}.',
    'Choose an end in the future, three years ahead at most.',
  ],
  Directory_ExpiryTooFar: [
    'An operator key may act until {latest:time} at the latest, not until {operatorUntil:time}.',
    'Choose an earlier end, and renew the key before it comes.',
  ],
  Directory_NotProposed: [
    'The organisation {id} is offered to {proposed}, not to {caller}.',
    'Have the present operator propose this key first (proposeOperator), then accept from this very key.',
  ],
  Directory_ProposerEnded: [
    'The key {proposer}, which offered organisation {id}, no longer acts for it.',
    'Ask the consortium to replace the operator key.',
  ],
  Directory_InvalidJurisdiction: [
    '{jurisdiction} is not a numeric country code.',
    'Give the ISO 3166-1 numeric code, 1 to 999, such as 620 for Portugal.',
  ],
  Subjects_NotController: [
    'The key {caller} does not decide for subject {subject}; {controller} does.',
    'Sign with the key that decides. If it is lost, ask the guardians for a recovery.',
  ],
  Subjects_InvalidSignature: [
    'The signature is not that of {controller}, which decides for subject {subject}, over its message number {nonce}.',
    'Read the subject again and sign anew: another act may have come first, and each raises the number.',
  ],
  Subjects_DeadlinePassed: [
    'The signed message for subject {subject} was to arrive by {deadline:time}; it arrived at {time:time}.',
    'Sign it again with a later deadline.',
  ],
  Subjects_InvalidController: [
    'The zero address cannot decide for subject {subject}.',
    'Name the address of the new key.',
  ],
  Guardians_WrongSet: [
    'These are not the guardians who are in force for subject {subject}.',
    'Use the set, with its salt, that was named last; a change takes effect after seven days.',
  ],
  Guardians_InvalidSet: [
    'A set of {count} guardians of whom {threshold} must sign, with a delay of {delay:duration}, cannot act.',
    'Name guardians anew: 1 to 15 of them, a threshold that they can reach, a delay of 1 to 90 days.',
  ],
  Guardians_NotAscending: [
    'The guardian {guardian} is named twice, or out of order.',
    'Name guardians anew, different ones in ascending order of their addresses.',
  ],
  Guardians_WrongSignatureCount: [
    'There are {given} signatures for {expected} guardians.',
    'Give one entry for each guardian in the order of the set, empty for those who did not sign.',
  ],
  Guardians_InvalidSignature: [
    'The signature in the place of guardian {guardian} is not that guardian’s, or not of this message.',
    'Have this guardian sign again, or leave the entry empty if enough others signed.',
  ],
  Guardians_TooFewSignatures: [
    '{given} guardians signed; {threshold} are needed.',
    'Collect more signatures of the same message before its deadline.',
  ],
  Guardians_RecoveryPending: [
    'A recovery of subject {subject} to {newController} is waiting already; it is ready at {readyAt:time}.',
    'Wait and execute it, or have the controller veto it.',
  ],
  Guardians_NoRecovery: [
    'No recovery of subject {subject} is waiting.',
    'None was started, the patient has acted since, or it has lapsed after 30 days: if it is still needed, the guardians sign anew.',
  ],
  Guardians_DeadlineTooFar: [
    'Signatures for a recovery of subject {subject} end at {latest:time} at the latest; these end at {deadline:time}.',
    'Have the guardians sign with a deadline within 30 days.',
  ],
  Guardians_NotReady: [
    'The recovery of subject {subject} is ready at {readyAt:time}; now it is {time:time}.',
    'Wait until then. The patient is told and can veto until it is executed.',
  ],
  Consents_NotController: [
    'The key {caller} neither is subject {subject} nor decides for it; {controller} does.',
    'Refuse with the subject’s own key or the key that decides, or hand the signed refusal to the custodian.',
  ],
  Consents_InvalidRevocation: [
    'The refusal of consent number {index} is signed neither by subject {subject} nor by the key that decides for it.',
    'Sign the refusal again, for this chain and these contracts.',
  ],
  Consents_InvalidRevocations: [
    'The refusals of subject {subject} are signed neither by it nor by the key that decides for it.',
    'Sign the refusals again, for this chain and these contracts.',
  ],
  Consents_InvalidSignature: [
    'The consent {id} is not signed by {signer}, whose signature it needs.',
    'Ask for the consent again: terms may have been changed after signing, or the key may have been rotated.',
  ],
  Consents_Revoked: [
    'The consent {id} has been refused (number {index} of {subject}).',
    'A refusal is final. Ask the patient for a new consent, which gets a new number.',
  ],
  Consents_WrongEpoch: [
    'The consent {id} was signed in epoch {epoch}; the subject is in epoch {current}.',
    'All consents of earlier epochs were refused at once. Ask the patient for a new one.',
  ],
  Consents_NotYetValid: [
    'The consent {id} holds from {validFrom:time} on; the request is of {time:time}.',
    'Wait until then.',
  ],
  Consents_Expired: [
    'The consent {id} held until {validUntil:time}; the request is of {time:time}.',
    'Ask the patient for a new consent.',
  ],
  Consents_WrongGrantee: [
    'The consent {id} is for organisation {grantee}, not for organisation {requested}.',
    'Use a consent for the organisation that asks.',
  ],
  Consents_InactiveGrantee: [
    'The consent {id} is for organisation {grantee}, which is not active.',
    'The organisation was suspended or never admitted: ask the consortium.',
  ],
  Consents_WrongRecipient: [
    'The consent {id} is for another person at the organisation.',
    'Have the named person ask, or ask the patient for a consent without a name.',
  ],
  Consents_InvalidRequest: [
    'The request under consent {id} does not say what it is for.',
    'Name at least one category, one action and exactly one purpose.',
  ],
  Consents_CategoriesNotCovered: [
    'The consent {id} does not cover everything that is asked for.',
    'Ask for the categories that its terms name, or ask the patient for more.',
  ],
  Consents_SensitiveNotCovered: [
    'The consent {id} withholds records that are labelled sensitive.',
    'Ask without them, or ask the patient to include the class by name.',
  ],
  Consents_PurposeNotCovered: [
    'The consent {id} does not allow this purpose of use.',
    'Ask for a purpose that its terms name, or ask the patient.',
  ],
  Consents_ActionNotCovered: [
    'The consent {id} does not allow this action.',
    'Reading and contributing are allowed separately: ask the patient.',
  ],
  Proxies_InvalidDepth: [
    'The chain has {depth} sets of proxy terms.',
    'Between a patient and the one who acts there are one to three.',
  ],
  Proxies_WrongSubject: [
    'The proxy terms {id} are about {subject}, not about {expected}.',
    'Give the terms that were signed for this patient.',
  ],
  Proxies_WrongEpoch: [
    'The proxy terms {id} were signed in epoch {epoch}; the subject is in epoch {current}.',
    'All that was signed in earlier epochs is void: have the terms signed anew.',
  ],
  Proxies_WrongParent: [
    'The proxy terms {id} stand on {parent}, not on {expected}, which come before them.',
    'Give the chain in order, from the patient downwards.',
  ],
  Proxies_Revoked: [
    '{id} has been refused (number {index} of {space}).',
    'A refusal is final. Whoever signed it may sign new terms with a new number.',
  ],
  Proxies_InvalidSignature: [
    'The proxy terms {id} are not signed by {signer}, on whom they stand.',
    'Have the terms signed again: they may have been changed, or the key may have been rotated.',
  ],
  Proxies_Broader: [
    '{id} allows more than {within}, on which it stands.',
    'Sign narrower terms, within what the proxy itself was given.',
  ],
  Proxies_Longer: [
    '{id} holds at times outside {validFrom:time} to {validUntil:time}, within which {within} may act.',
    'Sign terms that begin and end within that time.',
  ],
  Proxies_NotInForce: [
    'The proxy under {id} may act from {validFrom:time} to {validUntil:time}; now it is {time:time}.',
    'Wait for the beginning; after the end the patient, or another proxy, must act.',
  ],
  Proxies_InvalidRevocation: [
    'The refusal of number {index} under {link} is not signed by the proxy {proxy}.',
    'Send it from the proxy’s key, or with its signature over this very refusal.',
  ],
  Emergencies_NotOperator: [
    '{caller} is not the current operator key of an active organisation.',
    'Send from the key that the Directory names. If that has ended or the organisation is suspended, ask the consortium.',
  ],
  Emergencies_NotProvider: [
    'Organisation {organization} is not a provider of care, and only those declare emergencies.',
    'Have the provider who treats the patient declare it.',
  ],
  Emergencies_NoSuchSlot: [
    'Organisation {organization} has {quota} emergency slots, numbered from 0; there is no slot {slot}.',
    'Use a lower number, or ask the consortium for a larger quota.',
  ],
  Emergencies_InvalidReason: [
    'The reason is not one of the table.',
    'Choose a number of the reasons in spec/codes.json.',
  ],
  Emergencies_InvalidHours: ['An emergency cannot be open for {boxHours} hours.', 'Choose 1 to 24 hours.'],
  Emergencies_NotReviewed: [
    'The emergency of {declaredAt:time} in slot {slot} of organisation {organization} has not been reviewed.',
    'Use another slot now, and ask an ethics board or a regulator for the review.',
  ],
  Emergencies_NotRefilled: [
    'Slot {slot} of organisation {organization} is free again at {freeAt:time}; now it is {time:time}.',
    'Use another slot.',
  ],
  Emergencies_NotOpen: [
    'No emergency is open in slot {slot} of organisation {organization}.',
    'It has ended already, or it is in another slot.',
  ],
  Emergencies_NotReviewer: [
    'Organisation {reviewer} is neither a regulator nor an ethics board.',
    'Have one of those review the emergency.',
  ],
  Emergencies_OwnReview: [
    'Organisation {organization} cannot review its own emergency.',
    'Have another organisation review it.',
  ],
  Emergencies_OtherDeclaration: [
    'Slot {slot} of organisation {organization} holds the emergency of {declaredAt:time}, not the one of {judged:time}.',
    'Look at the slot again and review what it holds now.',
  ],
  Emergencies_StillOpen: [
    'The emergency in slot {slot} of organisation {organization} is open until {until:time}.',
    'Review it when it is over.',
  ],
  Emergencies_AlreadyReviewed: [
    'The emergency in slot {slot} of organisation {organization} has been reviewed: {outcome:outcome}.',
    'Nothing more is to be done: a review is final.',
  ],
  Emergencies_InvalidOutcome: ['A review must decide.', 'Say justified or not justified.'],
  Checkpoints_NotOperator: [
    '{caller} is not the current operator key of an active organisation.',
    'Post from the key that the Directory names. If that has ended or the organisation is suspended, ask the consortium.',
  ],
  Checkpoints_NotGrowing: [
    'Log {stream} of organisation {organization} has been posted with {size} entries; {next} are not more.',
    'If you did not post that, another process uses your key, or your database is an older one: stop and compare before anything else.',
  ],
  Checkpoints_TooLarge: [
    'Log {stream} of organisation {organization} cannot be posted with {next} entries: a log ends below 2^40.',
    'Check the size; no real log is as long.',
  ],
  Checkpoints_NothingToPost: [
    'There is no checkpoint of organisation {organization} to post.',
    'Name at least one log.',
  ],
  Checkpoints_NotSignedByOperator: [
    'The checkpoint of log {stream} is signed by {signer}, which never was an operator key of organisation {organization}.',
    'Check organisation, log, chain and contract: the signature is over all of them.',
  ],
  Checkpoints_NoContradiction: [
    'The checkpoints of log {stream} of organisation {organization}, with {size} and {otherSize} entries, do not contradict each other.',
    'Two roots need one size; a replaced leaf needs two sizes; for a post it must be the last one.',
  ],
  Checkpoints_SameLeaf: [
    'Both checkpoints of log {stream} of organisation {organization} hold the same entry at {index}.',
    'Show an entry that differs.',
  ],
  Checkpoints_InvalidProof: [
    'The proof does not lead from entry {index} of log {stream} of organisation {organization} to the root {root}.',
    'Ask for the proof for exactly this size.',
  ],
  Checkpoints_AlreadyRecorded: [
    'A contradiction of log {stream} of organisation {organization} is on record since {time:time}.',
    'Nothing more is to be done: one is enough, and nobody can take it back.',
  ],
  Authority_Paused: [
    'The verb {selector} of {target} is paused until {until:time}.',
    'Try again after the pause. Refusing is never paused.',
  ],
  Authority_NotPausable: [
    'The verb {scope} of {target} can never be paused.',
    'Name one that can be, or 0 for all of them.',
  ],
  Authority_CoolingDown: [
    'The guardian can pause {target} again from {next:time} on.',
    'A running pause can be prolonged by the council (renewPause).',
  ],
  Authority_NotPaused: ['Nothing of {target} is paused.', 'Nothing is to be done: a pause ends by itself.'],
  Authority_NoticeTooShort: [
    'The successor of {core} cannot begin at {from:time}; the earliest is {earliest:time}.',
    'Announce it 90 days ahead or more.',
  ],
  Authority_AlreadySucceeded: [
    'The successor {successor} of {core} has taken over at {from:time}.',
    'Announce the next one as the successor of that contract.',
  ],
  Council_NotOperator: [
    '{caller} is not the current operator key of an active organisation.',
    'Vote from the key that the Directory names; a suspended organisation has no vote.',
  ],
  Council_AlreadyProposed: [
    'The proposal {id} exists already.',
    'Vote for it, or propose the same action with another salt.',
  ],
  Council_WrongStage: [
    'The proposal {id} is {stage:stage}, and this cannot be done now.',
    'Look at its stage: if it is void or lapsed, propose the action anew with another salt.',
  ],
  Council_SameVote: [
    'Organisation {organization} has voted so on {id} already.',
    'Nothing is to be done; a vote is changed by the opposite one.',
  ],
  AccessManagedInvalidAuthority: ['The address {authority} is not an authority contract.', 'Check the address.'],
  AccessManagedRequiredDelay: [
    'The consortium has set a delay of {delay:duration} for what {caller} wants to do.',
    'Schedule it first, and execute it when the delay is over.',
  ],
  AccessManagedUnauthorized: ['Only the consortium may do this, and {caller} is not it.', 'Propose it to the council.'],
  AccessManagerAlreadyScheduled: [
    'The operation {operationId} is already scheduled.',
    'Wait for its time, then execute it.',
  ],
  AccessManagerBadConfirmation: ['A role is given up only by its holder.', 'Send from the account that holds it.'],
  AccessManagerExpired: [
    'The operation {operationId} was not carried out within a week after its time.',
    'Schedule it again.',
  ],
  AccessManagerInvalidInitialAdmin: ['The zero address cannot be the first administrator.', 'Name the council.'],
  AccessManagerLockedFunction: [
    'The function {selector} of the authority cannot be given to another role.',
    'Nothing can be done: this is laid down in code.',
  ],
  AccessManagerLockedRole: ['The role {roleId} cannot be changed.', 'Nothing can be done: this is laid down in code.'],
  AccessManagerNotReady: ['The delay of operation {operationId} has not passed.', 'Wait until it has.'],
  AccessManagerNotScheduled: [
    'The operation {operationId} is not scheduled.',
    'Schedule exactly this call first; the guardian may have cancelled it.',
  ],
  AccessManagerUnauthorizedAccount: [
    'The account {msgsender} lacks the role {roleId}.',
    'Have the holder of the role do it.',
  ],
  AccessManagerUnauthorizedCall: [
    'The account {caller} may not call {selector} of {target}.',
    'Have the council do it.',
  ],
  AccessManagerUnauthorizedCancel: [
    'The account {msgsender} may not cancel what {caller} has scheduled.',
    'Ask the guardian, or the one who scheduled it.',
  ],
  AccessManagerUnauthorizedConsume: [
    'Only the contract that is called may use up a scheduled operation, not {target}.',
    'Use execute instead.',
  ],
  AddressEmptyCode: ['There is no contract at {target}.', 'Check the address and the chain.'],
  FailedCall: ['A call inside the transaction failed without a reason.', 'Check the target and the call.'],
  InsufficientBalance: ['The balance is {balance}; {needed} is needed.', 'No verb here needs value: send none.'],
  InvalidShortString: ['A text constant of the contract is malformed.', 'Report this: it cannot happen by a call.'],
  SafeCastOverflowedUintDowncast: ['The number {value} does not fit into {bits} bits.', 'Give a smaller number.'],
  StringTooLong: ['A text is too long.', 'Report this: it cannot happen by a call.'],
  Error: ['A contract refused: {message}.', 'Look at what the contract says.'],
  Panic: [
    'A contract stopped at an impossible calculation (code {code}).',
    'Check the numbers given; if they are right, report this.',
  ],
} as const satisfies Readonly<Record<string, readonly [message: string, hint: string]>>;

/** What each error of the contracts means to a person, and what to do next. Tested to be complete. */
export const CONTRACT_ERRORS: Readonly<Record<string, ErrorText>> = Object.fromEntries(
  Object.entries(ROWS).map(([name, [message, hint]]) => [name, { message, hint }]),
);
