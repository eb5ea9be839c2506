/** Bytes from the system's cryptographic random generator, in browser and Node. At most 65,536 at once. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
