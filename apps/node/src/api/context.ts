import type { NoteSigner } from '@anamnesis/crypto';
import type { Sender } from '@anamnesis/ledger/portable';
import type { NodeConfig } from '../config/index.ts';
import type { AccountsContext } from '../modules/accounts/index.ts';
import type { Checkpoints, Transparency } from '../modules/checkpoints/index.ts';
import type { Directory } from '../modules/directory/index.ts';
import type { ExchangeContext } from '../modules/exchange/index.ts';
import type { IntakeContext } from '../modules/intake/index.ts';
import type { Library } from '../modules/library/index.ts';
import type { Handover } from '../modules/operator/index.ts';
import type { Courier } from '../modules/requests/index.ts';
import type { SmartContext } from '../modules/smart/index.ts';

/** What the HTTP side is made of: the modules of one node. */
export interface ApiContext {
  readonly config: NodeConfig;
  readonly context: ExchangeContext;
  /** FHIR's definitions: R4's, and those of loaded packages. */
  readonly library: Library;
  readonly directory: Directory;
  readonly checkpoints: Checkpoints;
  readonly transparency: Transparency;
  readonly sender: Pick<Sender, 'status'>;
  /** The operator's key, and handing over to a new one. */
  readonly handover: Handover;
  readonly smart: SmartContext;
  readonly accounts: AccountsContext;
  /** Where messages and documents of other systems are taken; undefined where intake is not configured. */
  readonly intake?: IntakeContext | undefined;
  /** Brings messages to other organisations. */
  readonly courier: Courier;
  /** The bytes that the Directory pins. */
  readonly profile: Uint8Array;
  readonly logSigner: NoteSigner;
}
