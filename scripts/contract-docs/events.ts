/** What a field tells, where it tells the same in every event. */
export const FIELDS: Readonly<Record<string, string>> = {
  subject: 'a pseudonym: an address that one patient has at one custodian and nowhere else',
  epoch: 'how often all consents of this pseudonym were voided',
  nonce: 'how many acts its key has done',
  organization: 'which organisation',
  id: 'which organisation',
  operator: 'its key',
  oldOperator: 'its key so far',
  newOperator: 'its next key',
  operatorUntil: 'when that key ends',
  roles: 'what it is: provider, payer and so on',
  jurisdiction: 'its country',
  profileHash: 'the hash of its public profile',
  profileUrl: 'where the profile is',
  quota: 'how many emergencies it may declare at a time',
  slot: 'a counter of the organisation; nothing about a patient',
  declaredAt: 'when the emergency was declared',
  stream: 'which of its logs',
  root: 'a hash over salted hashes; no record can be guessed from it',
  size: 'how many entries the log has: how busy the organisation is, not with whom',
  time: 'when',
  roleId: 'a role of the consortium',
  account: 'who holds it',
  delay: 'a delay in seconds',
  since: 'from when on it holds',
  target: 'a contract of the consortium',
  operationId: 'a hash of caller, contract and call',
  caller: 'who scheduled it',
  data: 'the call; never one about a patient',
  salt: 'any number',
};

export interface EventText {
  /** About whom it tells something. */
  readonly about: 'a pseudonym' | 'an organisation' | 'the consortium';
  /** Fields whose meaning is special here. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What it does not tell, or who can connect it. */
  readonly hidden: string;
}

const PUBLIC = 'nothing about a patient is near it';
const RULES = { about: 'the consortium', hidden: PUBLIC } as const;
const MEMBER = { about: 'an organisation', hidden: PUBLIC } as const;

/** Every event of every contract; names and fields are compared with the ABIs. */
export const EVENTS: Readonly<Record<string, EventText>> = {
  ConsentRevoked: {
    about: 'a pseudonym',
    fields: {
      index:
        'the number of a bit. Devices draw it at random within a random word, so it does not tell how many consents there were',
    },
    hidden:
      'who may no longer read, what, and until when. A proxy’s refusals stand under a hash instead of the pseudonym',
  },
  ConsentsRevoked: {
    about: 'a pseudonym',
    fields: {
      word: 'a group of 256 numbers',
      bits: 'which of them are refused; unused numbers may be refused too, so not how many consents',
    },
    hidden: 'the same',
  },
  SubjectRotated: {
    about: 'a pseudonym',
    fields: { controller: 'its new key, which nobody has seen elsewhere if the device made it for this' },
    hidden: 'who it is, why, and how many consents there were',
  },
  AllRevoked: {
    about: 'a pseudonym',
    hidden: 'how many consents there were, and whether patient or guardians did it (the transaction shows that)',
  },
  GuardiansSet: {
    about: 'a pseudonym',
    fields: { commitment: 'a salted hash', effectiveFrom: 'from when on it holds' },
    hidden: 'who the guardians are and how many',
  },
  RecoveryStarted: {
    about: 'a pseudonym',
    fields: { newController: 'the key that is to take over', readyAt: 'when it can' },
    hidden: 'who it is. The transaction opens the set: guardians, threshold, delay. Name guardians anew afterwards',
  },
  RecoveryVetoed: { about: 'a pseudonym', hidden: 'why' },
  EmergencyDeclared: {
    about: 'an organisation',
    fields: {
      reason: 'a number of a table of five, such as "no time to ask"',
      until: 'when the box closes',
      commitment: 'a salted hash of patient, custodian, person and justification',
    },
    hidden: 'for which patient, at which custodian, by whom and why in words',
  },
  EmergencyEnded: { about: 'an organisation', fields: { until: 'when it was closed' }, hidden: 'the same' },
  EmergencyReviewed: {
    about: 'an organisation',
    fields: { outcome: 'justified or not', reviewer: 'which organisation judged' },
    hidden: 'the same',
  },
  CheckpointPosted: {
    about: 'an organisation',
    hidden: 'which patient, which record, who read: one post covers all entries since the last',
  },
  EquivocationRecorded: {
    about: 'an organisation',
    fields: {
      contradiction: 'which kind',
      one: 'one signed checkpoint: key, root, size',
      other: 'the other one',
    },
    hidden: 'what the entries were; leaves are salted hashes',
  },
  OrganizationAdmitted: MEMBER,
  OrganizationSuspended: MEMBER,
  OrganizationReinstated: MEMBER,
  RolesChanged: MEMBER,
  EmergencyQuotaChanged: MEMBER,
  OperatorProposed: MEMBER,
  OperatorProposalWithdrawn: MEMBER,
  OperatorRotated: MEMBER,
  ProfileChanged: MEMBER,
  AuthorityUpdated: { ...RULES, fields: { authority: 'the Authority that the Directory asks' } },
  Proposed: {
    ...RULES,
    fields: { id: 'a proposal', data: 'the proposed call', expires: 'until when votes are taken' },
  },
  Voted: { ...RULES, fields: { id: 'a proposal', support: 'for it, or no longer', yes: 'votes for it now' } },
  Queued: { ...RULES, fields: { id: 'a proposal', ready: 'when it can be carried out' } },
  Executed: { ...RULES, fields: { id: 'a proposal' } },
  TargetPaused: {
    ...RULES,
    fields: { scope: 'which verb, or all that can be', until: 'when it ends', reason: 'a code', by: 'who paused' },
  },
  TargetUnpaused: { ...RULES, fields: { until: 'when it ended' } },
  SuccessorAnnounced: {
    ...RULES,
    fields: { core: 'a contract', successor: 'the one that follows', from: 'from when on' },
  },
  OperationScheduled: {
    ...RULES,
    fields: { nonce: 'how often it was scheduled', schedule: 'when it can be carried out' },
  },
  OperationExecuted: { ...RULES, fields: { nonce: 'how often it was scheduled' } },
  OperationCanceled: { ...RULES, fields: { nonce: 'how often it was scheduled' } },
  RoleGranted: { ...RULES, fields: { newMember: 'whether it is new to the role' } },
  RoleRevoked: RULES,
  RoleLabel: { ...RULES, fields: { label: 'its name' } },
  RoleAdminChanged: { ...RULES, fields: { admin: 'the role that gives it' } },
  RoleGuardianChanged: { ...RULES, fields: { guardian: 'the role that may cancel' } },
  RoleGrantDelayChanged: RULES,
  TargetAdminDelayUpdated: RULES,
  TargetClosed: { ...RULES, fields: { closed: 'whether the council’s verbs there are stopped' } },
  TargetFunctionRoleUpdated: { ...RULES, fields: { selector: 'a council verb' } },
  EIP712DomainChanged: { about: 'the consortium', hidden: 'never emitted: the domain is fixed' },
};
