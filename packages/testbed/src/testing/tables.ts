/**
 * What each table of a node's database is to somebody who tampers with it. The suite reads the tables off the database's own catalogue and fails for one that
 * is not here: whoever adds a table says what becomes of a lie in it.
 */
export type Standing =
  /** The logs commit to it, or a patient signed it: every change of every column is told, with the record named. */
  | { readonly kind: 'committed' }
  /** Made from what is committed: a lie is told, and making it anew repairs it. */
  | { readonly kind: 'derived' }
  /** What the ledger says, as the node followed it: reading the ledger anew repairs it; verifiers ask the ledger and not the node. */
  | { readonly kind: 'ledger' }
  /** Signed by others or by this node: a changed row fails its signature and counts for nothing. */
  | { readonly kind: 'signed'; readonly by: string }
  /** Who may come in. A lie lets somebody in, under a name that the access log then tells; it opens no log and no other node. */
  | { readonly kind: 'admission'; readonly then: string }
  /** On its way, or kept for a while: a lie costs work or a message, never a record. */
  | { readonly kind: 'passing'; readonly then: string };

const admission = (then: string): Standing => ({ kind: 'admission', then });
const passing = (then: string): Standing => ({ kind: 'passing', then });
const signed = (by: string): Standing => ({ kind: 'signed', by });

export const TABLES: Readonly<Record<string, Standing>> = {
  resource: { kind: 'committed' },
  resource_version: { kind: 'committed' },
  access_entry: { kind: 'committed' },
  log: { kind: 'committed' },
  log_node: { kind: 'committed' },
  content_key: { kind: 'committed' },
  consent: { kind: 'committed' },
  search_token: { kind: 'derived' },
  search_string: { kind: 'derived' },
  search_date: { kind: 'derived' },
  search_quantity: { kind: 'derived' },
  search_reference: { kind: 'derived' },
  search_other: { kind: 'derived' },
  search_index: { kind: 'derived' },
  ledger_scope: { kind: 'ledger' },
  ledger_block: { kind: 'ledger' },
  ledger_event: { kind: 'ledger' },
  ledger_organization: { kind: 'ledger' },
  ledger_subject: { kind: 'ledger' },
  ledger_revocation: { kind: 'ledger' },
  ledger_checkpoint: { kind: 'ledger' },
  ledger_emergency: { kind: 'ledger' },
  erasure: signed('this node: a receipt of another signature erases nothing (self-check: receipt-invalid)'),
  erased_leaf: signed('the receipt that names the leaf (self-check: erasure-unproven)'),
  refusal: signed('the patient: her device has it, and the ledger once it was relayed'),
  consent_state: passing(
    'a process may rely on a refusal or a change of the ledger late; a restart reads it anew, and other nodes never rely on it',
  ),
  refusal_of_all: signed('the patient: her device has it, and the ledger once it was relayed'),
  received: signed('the custodian: each record is verified again against the ledger by its proof'),
  received_grant: signed('the patient: the terms are judged again at every look'),
  signed_checkpoint: signed('this node: witnesses and the ledger hold what it signed'),
  cosignature: signed('the witness: a line of another key counts for nothing'),
  witnessed: signed(
    'the log that it is of: a lie in it makes this node refuse to cosign, or is caught by other witnesses',
  ),
  peer_profile: signed('the Directory, which pins its hash'),
  client: admission('reads and writes are in the access log under its name'),
  session: admission('reads are in the access log as the patient’s own'),
  session_nonce: admission('a session might be opened twice with one signature, within its quarter of an hour'),
  subject: admission('a patient’s key that was not linked at the desk has no entry of its linking in the access log'),
  access_token: admission('a peer’s requests are decided on anew by the patient’s signed consent'),
  assertion_jti: admission('an assertion might be used twice, within its five minutes'),
  smart_app: admission('what an app does is in the access log with its id'),
  smart_user: admission('what a person does is in the access log under her name'),
  smart_passkey: admission('who signs in with it is in the access log'),
  staff_session: admission('what a person does is in the access log under her name'),
  account: signed('the patient: encrypted under a key from her seed, which no node has; a changed one does not open'),
  account_lock: signed(
    'the patient: a lock that was changed does not open her seed; another lock, or a guardian, does',
  ),
  account_guardians: signed('the patient: the set is a commitment on the ledger, which her key signed'),
  account_guardian: signed('the patient: a share that was changed does not open, and the others do'),
  recovery: passing('the ledger keeps delay and veto; who is concerned is told'),
  recovery_approval: signed('the guardian: shares are sealed to the new key, and checked against the seed'),
  subscription: passing('whom it tells is decided on anew, within what its owner may see, at each event'),
  subscription_event: passing('places in the log; what is at them is decided on anew when it is sent'),
  event: passing('a notice more or less; what it is about stands elsewhere'),
  emergency: admission(
    'what another organisation reads is judged by its declaration on the ledger; what staff read here is in the access log',
  ),
  access_request: passing('encrypted; what grants access is a signed consent alone'),
  peer_message: passing('encrypted; the peer verifies what it gets'),
  intake_message: passing('a message might be taken in twice: both are versions in the record log'),
  schema_version: passing('a node that cannot migrate does not start'),
  smart_entry: passing('encrypted: a changed one is as if it were not there'),
  smart_attempt: passing('somebody may try more or fewer passphrases'),
  outbox: passing('what the ledger takes it checks itself: signatures, sizes, roles'),
  operator_handover: passing('the ledger says which key acts; who changed it is in the access log'),
  checkpoint_intent: passing('a root that is not the log’s is told by the next check of the node, and by everybody'),
  log_finding: passing('every monitor finds it again'),
  rollback_decision: passing('others measure by the ledger, whatever the node decided'),
  export_job: passing('encrypted, made anew on request'),
  export_part: passing('places in the log; what is at them is decided on anew when the file is asked for'),
};
