/** Who can do a thing; the columns of the table. */
export const ACTORS = [
  'patient',
  'proxy',
  "patient's guardians",
  'operator',
  'council',
  "consortium's guardian",
  'anyone',
] as const;

export type Actor = (typeof ACTORS)[number];

/**
 * How: `sends` the transaction itself; `signs`, and anyone may carry it; `delay` or `at once`, as the Authority lays down for the
 * council; `itself`: about its own role, schedule or proposal only.
 */
export type How = 'sends' | 'signs' | 'delay' | 'at once' | 'itself';

export interface Verb {
  readonly who: Partial<Readonly<Record<Actor, How>>>;
  readonly does: string;
  readonly pausable?: true;
}

const ADMIN = { council: 'delay' } as const;

/** Every state-changing function of every contract; compared with the ABIs. */
export const VERBS: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  subjects: {
    rotate: { who: { patient: 'sends' }, does: 'gives the subject another key; voids all consents' },
    rotateBySig: { who: { patient: 'signs' }, does: 'the same' },
    revokeAll: { who: { patient: 'sends' }, does: 'voids all consents' },
    revokeAllBySig: { who: { patient: 'signs' }, does: 'the same' },
    setGuardians: { who: { patient: 'sends' }, does: 'names guardians by a commitment; a change waits 7 days' },
    setGuardiansBySig: { who: { patient: 'signs' }, does: 'the same' },
    startRecovery: { who: { "patient's guardians": 'signs' }, does: 'starts a recovery, which waits 1 to 90 days' },
    vetoRecovery: { who: { patient: 'sends' }, does: 'ends a waiting recovery' },
    vetoRecoveryBySig: { who: { patient: 'signs' }, does: 'the same' },
    executeRecovery: { who: { anyone: 'sends' }, does: 'carries out a recovery whose delay is over' },
    revokeAllByGuardians: { who: { "patient's guardians": 'signs' }, does: 'voids all consents' },
  },
  consents: {
    revoke: { who: { patient: 'sends' }, does: 'refuses one consent for good' },
    revokeBySig: { who: { patient: 'signs' }, does: 'the same' },
    revokeMany: { who: { patient: 'sends' }, does: 'refuses up to 256 consents for good' },
    revokeManyBySig: { who: { patient: 'signs' }, does: 'the same' },
    revokeByGuardians: { who: { "patient's guardians": 'signs' }, does: 'refuses one consent for good' },
    revokeAsProxy: {
      who: { proxy: 'signs' },
      does: 'refuses a consent of the patient within the proxy’s scope; shows its terms',
    },
    revokeUnderProxy: { who: { proxy: 'sends' }, does: 'refuses what the proxy itself has signed' },
    revokeUnderProxyBySig: { who: { proxy: 'signs' }, does: 'the same' },
    declareEmergency: {
      who: { operator: 'sends' },
      does: 'declares an emergency, for 1 to 24 hours; of a provider with a free slot',
      pausable: true,
    },
    endEmergency: { who: { operator: 'sends' }, does: 'ends its own emergency early' },
    reviewEmergency: {
      who: { operator: 'sends' },
      does: 'judges one of another organisation; of a regulator or an ethics board',
    },
  },
  checkpoints: {
    post: { who: { operator: 'sends' }, does: 'posts size and root of one of its own logs; sizes only grow' },
    postMany: { who: { operator: 'sends' }, does: 'the same, of several logs' },
    recordTwoRoots: { who: { anyone: 'sends' }, does: 'puts two signed roots of one size on record' },
    recordOtherThanPosted: {
      who: { anyone: 'sends' },
      does: 'puts a signed root on record that is not the one posted last with its size',
    },
    recordLeafReplaced: { who: { anyone: 'sends' }, does: 'puts two signed trees on record that differ at one leaf' },
  },
  directory: {
    admit: { who: { council: 'delay' }, does: 'admits an organisation', pausable: true },
    suspend: { who: { council: 'at once' }, does: 'stops an organisation' },
    reinstate: { who: { council: 'delay' }, does: 'lets it act again' },
    setRoles: { who: { council: 'delay' }, does: 'changes its roles' },
    setEmergencyQuota: { who: { council: 'delay' }, does: 'changes how many emergencies it may declare' },
    replaceOperator: { who: { council: 'delay' }, does: 'gives it a new key when its own is lost or has ended' },
    setAuthority: { who: {}, does: 'only the Authority itself, by `updateAuthority`' },
    proposeOperator: { who: { operator: 'sends' }, does: 'offers its organisation to a new key' },
    withdrawOperatorProposal: { who: { operator: 'sends' }, does: 'takes the offer back' },
    acceptOperator: { who: { operator: 'itself' }, does: 'the offered key takes over', pausable: true },
    renewOperator: { who: { operator: 'sends' }, does: 'sets the end of its own key' },
    setProfile: { who: { operator: 'sends' }, does: 'pins another signed profile' },
  },
  council: {
    propose: { who: { operator: 'sends' }, does: 'proposes a call by the Authority and votes for it' },
    vote: { who: { operator: 'sends' }, does: 'votes, or takes its vote back' },
    queue: { who: { anyone: 'sends' }, does: 'schedules a proposal that passed' },
    execute: { who: { anyone: 'sends' }, does: 'carries out a proposal that passed, when its delay is over' },
  },
  authority: {
    pause: {
      who: { "consortium's guardian": 'sends' },
      does: 'pauses what can be paused, for 72 hours; then 7 days not again',
    },
    renewPause: { who: { council: 'at once' }, does: 'lets a running pause last 72 hours from now' },
    unpause: { who: { council: 'at once' }, does: 'ends a pause' },
    announceSuccessor: { who: ADMIN, does: 'announces a successor of a contract, 90 days ahead at least' },
    schedule: { who: { council: 'itself' }, does: 'starts the delay of a call' },
    execute: { who: { council: 'itself' }, does: 'carries out a call whose delay is over' },
    cancel: {
      who: { council: 'itself', "consortium's guardian": 'sends' },
      does: 'cancels a scheduled call; the guardian any but its own dismissal',
    },
    consumeScheduledOp: { who: {}, does: 'only the contract that is called, while it is called' },
    multicall: { who: { anyone: 'itself' }, does: 'several of these at once, each by its own rule' },
    grantRole: { who: ADMIN, does: 'gives a role' },
    revokeRole: { who: ADMIN, does: 'takes a role away' },
    renounceRole: { who: { council: 'itself', "consortium's guardian": 'itself' }, does: 'gives its own role back' },
    labelRole: { who: ADMIN, does: 'names a role, for people' },
    setGrantDelay: { who: ADMIN, does: 'lets new holders of a role wait' },
    setRoleAdmin: { who: ADMIN, does: 'says who gives a role' },
    setRoleGuardian: { who: ADMIN, does: 'says who else may cancel what a role scheduled' },
    setTargetAdminDelay: { who: ADMIN, does: 'lengthens the delay for a contract' },
    setTargetClosed: { who: ADMIN, does: 'stops the council’s own verbs there, and nothing else' },
    setTargetFunctionRole: {
      who: ADMIN,
      does: 'moves a council verb to another role; the verbs of patients and operators ask no role',
    },
    updateAuthority: { who: ADMIN, does: 'lets the Directory ask another Authority' },
  },
};
