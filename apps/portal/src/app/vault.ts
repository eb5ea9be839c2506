/**
 * What this device keeps over a reload, encrypted under a key that no script can read (a non-extractable WebCrypto key in IndexedDB). It never holds a
 * seed: that is opened by the passkey and lives in memory only.
 */
const DATABASE = 'anamnesis';
const STORE = 'sealed';
const KEY = 'key';
/** Says that something is kept on this device: who comes for the first time need not wait for a database to be made. */
const MARK = 'anamnesis.kept';

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly bytes: ArrayBuffer;
}

/** Keeps a JSON value under a name. */
export async function keep(name: string, value: unknown): Promise<void> {
  localStorage.setItem(MARK, 'yes');
  const database = await openDatabase();
  try {
    const key = await deviceKey(database);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(value));
    const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: nameBytes(name) }, key, plain);
    await put(database, name, { iv, bytes } satisfies Sealed);
  } finally {
    database.close();
  }
}

/** What was kept under a name; undefined where there is nothing or it cannot be opened. */
export async function kept(name: string): Promise<unknown> {
  if (localStorage.getItem(MARK) === null) return undefined;
  const database = await openDatabase();
  try {
    const sealed = (await get(database, name)) as Sealed | undefined;
    if (sealed === undefined) return undefined;
    const { iv, bytes } = sealed;
    const key = await deviceKey(database);
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: nameBytes(name) }, key, bytes);
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return undefined;
  } finally {
    database.close();
  }
}

export async function forget(name: string): Promise<void> {
  const database = await openDatabase();
  try {
    await done(database.transaction(STORE, 'readwrite').objectStore(STORE).delete(name));
  } finally {
    database.close();
  }
}

/** Forgets whatever is kept of a person: names of that kind have the person after a slash. */
export async function forgetPeople(): Promise<void> {
  if (localStorage.getItem(MARK) === null) return;
  const database = await openDatabase();
  try {
    const names = await done(database.transaction(STORE).objectStore(STORE).getAllKeys());
    const store = database.transaction(STORE, 'readwrite').objectStore(STORE);
    await Promise.all(names.filter((name) => `${name}`.includes('/')).map((name) => done(store.delete(name))));
  } finally {
    database.close();
  }
}

async function deviceKey(database: IDBDatabase): Promise<CryptoKey> {
  const there = (await get(database, KEY)) as CryptoKey | undefined;
  if (there !== undefined) return there;
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  try {
    // `add`: of two tabs that make one at once the first wins.
    await done(database.transaction(STORE, 'readwrite').objectStore(STORE).add(made, KEY));
    return made;
  } catch {
    return (await get(database, KEY)) as CryptoKey;
  }
}

function nameBytes(name: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(name);
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

const put = (database: IDBDatabase, name: string, value: unknown) =>
  done(database.transaction(STORE, 'readwrite').objectStore(STORE).put(value, name));

const get = (database: IDBDatabase, name: string): Promise<unknown> =>
  done(database.transaction(STORE).objectStore(STORE).get(name));

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
