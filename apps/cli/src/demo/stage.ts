import { AnamnesisError } from '@anamnesis/protocol';
import { type Deployment, type Signer, subjectAccount } from '@anamnesis/sdk';

/**
 * What `@anamnesis/testbed` gives. It is imported only when a demonstration is asked for, since it brings ledger and nodes along; the
 * command itself needs none of them.
 */
export interface Testbed {
  readonly ledger: { readonly rpcUrl: string; readonly deployment: Deployment };
  readonly nodes: Readonly<Record<string, TestbedNode>>;
  readonly cast: {
    readonly maria: { readonly name: string; readonly patient: string; readonly seed: Uint8Array };
    readonly silva: { readonly name: string; readonly practitioner: string };
  };
  /** Changes a stored record behind the node's back, as somebody with access to its database and keys could. */
  tamper(node: string, reference: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TestbedNode {
  readonly url: string;
  readonly organization: number;
  readonly name: string;
  /** Bearer tokens of staff by role. */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface TestbedOptions {
  readonly directory: string;
  /** 0 takes free ports. */
  readonly ports?: { readonly ledger: number; readonly nodes: number };
  /** Whether the nodes serve the portal. */
  readonly portal?: boolean;
  readonly log?: (message: string) => void;
  /** Patients besides the named cast. */
  readonly population?: number;
}

/** Starts ledger, contracts and nodes of the demonstration. Throws `testbed-missing` where only the client parts are installed. */
export async function startTestbed(options: TestbedOptions): Promise<Testbed> {
  const name = '@anamnesis/testbed';
  let testbed: { startTestbed?: (options: TestbedOptions) => Promise<Testbed> };
  try {
    testbed = (await import(name)) as typeof testbed;
  } catch (cause) {
    throw new AnamnesisError('testbed-missing', 'the demonstration is not installed here', { cause });
  }
  if (!testbed.startTestbed) throw new AnamnesisError('testbed-missing', 'the demonstration is not installed here');
  return testbed.startTestbed(options);
}

/** Keys of the two organisations of the story among the testbed's nodes. */
export const CUSTODIAN = 'st-aldhelm';
export const GRANTEE = 'luz-nova';

/** Who and what the story is about. */
export interface Stage {
  readonly rpcUrl: string;
  readonly deployment: Deployment;
  readonly nodes: readonly TestbedNode[];
  readonly custodian: TestbedNode & { readonly token: string };
  readonly grantee: TestbedNode & { readonly token: string };
  readonly patient: { readonly name: string; readonly id: string; readonly signer: Signer };
  readonly clinician: { readonly name: string; readonly practitioner: string };
  tamper(reference: string): Promise<void>;
}

/** The story's view of a testbed. */
export function stageOf(testbed: Testbed): Stage {
  const { ledger, nodes, cast } = testbed;
  const play = (key: string): Stage['custodian'] => {
    const node = nodes[key];
    const token = node && (node.tokens.clinician ?? node.tokens.staff ?? Object.values(node.tokens)[0]);
    if (!node || token === undefined) throw new AnamnesisError('testbed-missing', `the demonstration has no ${key}`);
    return { ...node, token };
  };
  const custodian = play(CUSTODIAN);
  const { chainId } = ledger.deployment;
  return {
    rpcUrl: ledger.rpcUrl,
    deployment: ledger.deployment,
    nodes: Object.values(nodes),
    custodian,
    grantee: play(GRANTEE),
    patient: {
      name: cast.maria.name,
      id: cast.maria.patient,
      signer: subjectAccount(cast.maria.seed, { chainId, organization: custodian.organization }),
    },
    clinician: cast.silva,
    tamper: (reference) => testbed.tamper(CUSTODIAN, reference),
  };
}
