import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

/** User present and verified; with attested credential data. */
const FLAGS = { get: 0x05, create: 0x45 };

/** A passkey that really signs (WebAuthn Level 3, ES256, attestation none), with a PRF: what a platform authenticator does, in a test. */
export class Authenticator {
  readonly id = randomBytes(16);
  readonly #key: KeyObject;
  readonly #public: { x: string; y: string };
  readonly #secret = randomBytes(32);
  readonly #origin: string;
  readonly #rpId: string;

  constructor(publicUrl: string) {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = pair.privateKey;
    this.#public = pair.publicKey.export({ format: 'jwk' }) as { x: string; y: string };
    this.#origin = new URL(publicUrl).origin;
    this.#rpId = new URL(publicUrl).hostname;
  }

  get credentialId(): string {
    return b64(this.id);
  }

  /** `navigator.credentials.create()`. */
  create({ challenge }: { challenge: string }) {
    const clientData = this.#clientData('webauthn.create', challenge);
    const key = new Map<number, number | Uint8Array>([
      ...([
        [1, 2],
        [3, -7],
        [-1, 1],
      ] as [number, number][]),
      [-2, Uint8Array.from(Buffer.from(this.#public.x, 'base64url'))],
      [-3, Uint8Array.from(Buffer.from(this.#public.y, 'base64url'))],
    ]);
    const length = Buffer.from([0, this.id.length]);
    const attested = Buffer.concat([Buffer.alloc(16), length, this.id, isoCBOR.encode(key)]);
    const authData = Buffer.concat([this.#head(FLAGS.create), attested]);
    const attestation = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', Uint8Array.from(authData)],
    ]);
    return this.#response({
      clientDataJSON: b64(clientData),
      attestationObject: b64(isoCBOR.encode(attestation as never)),
      transports: ['internal'],
    });
  }

  /** `navigator.credentials.get()`. */
  get({ challenge }: { challenge: string }) {
    const clientData = this.#clientData('webauthn.get', challenge);
    const authData = this.#head(FLAGS.get);
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.#key);
    const parts = { clientDataJSON: b64(clientData), authenticatorData: b64(authData), signature: b64(signature) };
    return this.#response(parts);
  }

  /** The PRF output for an input, as `get()` gives it with the extension. */
  prf(input: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#secret).update(input).digest();
  }

  #clientData(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false }));
  }

  #head(flags: number): Buffer {
    return Buffer.concat([sha256(this.#rpId), Buffer.from([flags]), Buffer.alloc(4)]);
  }

  #response(response: object) {
    const id = this.credentialId;
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }
}
