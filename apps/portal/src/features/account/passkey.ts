import { fromBase64Url } from '@anamnesis/protocol';
import { PRF_INPUT } from '@anamnesis/sdk';

type CreationJson = Parameters<typeof PublicKeyCredential.parseCreationOptionsFromJSON>[0];
type RequestJson = Parameters<typeof PublicKeyCredential.parseRequestOptionsFromJSON>[0];

/** A new passkey: its id (base64url), and what the node verifies it by. */
export interface MadePasskey {
  readonly id: string;
  readonly credential: unknown;
}

/** What a passkey answered. */
export interface PasskeyAnswer extends MadePasskey {
  /** The 32 bytes that open a lock; null from a device that has none to give. They never leave this page. */
  readonly prf: Uint8Array | null;
}

/** Has the device make a passkey. Throws a DOMException: `NotAllowedError` when the prompt was cancelled, `InvalidStateError` when it has one already. */
export async function makePasskey(options: unknown): Promise<MadePasskey> {
  const parsed = PublicKeyCredential.parseCreationOptionsFromJSON(options as CreationJson);
  const publicKey = { ...parsed, extensions: { prf: {} } };
  return told(await navigator.credentials.create({ publicKey }));
}

/** Asks a passkey: whichever the person chooses, or `only` one. Throws a DOMException as {@link makePasskey} does. */
export async function askPasskey(options: unknown, only?: string): Promise<PasskeyAnswer> {
  const parsed = PublicKeyCredential.parseRequestOptionsFromJSON(options as RequestJson);
  const id = only === undefined ? null : fromBase64Url(only);
  const answer = await navigator.credentials.get({
    publicKey: {
      ...parsed,
      ...(id && { allowCredentials: [{ type: 'public-key', id: new Uint8Array(id) }] }),
      extensions: { prf: { eval: { first: new Uint8Array(PRF_INPUT) } } },
    },
  });
  const made = told(answer);
  const first = (answer as PublicKeyCredential).getClientExtensionResults().prf?.results?.first;
  return { ...made, prf: first === undefined ? null : bytesOf(first) };
}

/** The JSON form without what extensions gave: the PRF output is in there, and the node must not have it. */
function told(credential: Credential | null): MadePasskey {
  if (credential === null) throw new DOMException('No passkey was chosen', 'NotAllowedError');
  const json = (credential as PublicKeyCredential).toJSON() as object;
  return { id: credential.id, credential: { ...json, clientExtensionResults: {} } };
}

function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
}
