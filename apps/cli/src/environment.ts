/** Everything that the command reads from its environment; no other file does. Flags go before it, defaults after. */
export interface Environment {
  /** ANAMNESIS_TOKEN: a bearer token. Secrets are never flags: those stand in process lists and shell histories. */
  readonly token: string | undefined;
  /** ANAMNESIS_TOKEN_FILE: a file that holds one. */
  readonly tokenFile: string | undefined;
  /** ANAMNESIS_PASSPHRASE_FILE: a file that holds the passphrase of an account file. */
  readonly passphraseFile: string | undefined;
  /** ANAMNESIS_NODE: address of the node. */
  readonly node: string | undefined;
  /** ANAMNESIS_RPC: RPC URLs of the ledger, separated by commas. */
  readonly rpc: readonly string[];
  /** ANAMNESIS_DEPLOYMENT: file that says where the contracts are. */
  readonly deployment: string | undefined;
  /** NO_COLOR (https://no-color.org): any value turns colours off. */
  readonly noColor: boolean;
}

/** Reads the environment; an empty value counts as none. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const value = (name: string): string | undefined => variables[name]?.trim() || undefined;
  return {
    token: value('ANAMNESIS_TOKEN'),
    tokenFile: value('ANAMNESIS_TOKEN_FILE'),
    passphraseFile: value('ANAMNESIS_PASSPHRASE_FILE'),
    node: value('ANAMNESIS_NODE'),
    rpc:
      value('ANAMNESIS_RPC')
        ?.split(/[,\s]+/)
        .filter((url) => url !== '') ?? [],
    deployment: value('ANAMNESIS_DEPLOYMENT'),
    noColor: value('NO_COLOR') !== undefined,
  };
}
