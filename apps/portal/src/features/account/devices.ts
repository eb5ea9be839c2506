import type { AccountContents, Lock } from '@anamnesis/sdk';

/**
 * What the account file remembers of its locks, by the lock's id: `device.…` a day and a name, for people to tell them apart; `signs.…` of a passkey that
 * signs in but opens nothing, since its device gives no PRF output.
 */
type Settings = Readonly<Record<string, string>>;

export interface LockNote {
  /** Day on which it was added, as YYYY-MM-DD. */
  readonly since?: string;
  readonly name?: string;
  /** False: it signs in, and another lock opens the account. */
  readonly opens: boolean;
}

/** What to remember of a new lock. */
export function noteFor({ id, kind }: Lock, opens: boolean): Settings {
  const day = new Date().toISOString().slice(0, 10);
  return {
    [`device.${id}`]: kind === 'passkey' ? `${day} ${deviceName(navigator.userAgent)}` : day,
    ...(!opens && { [`signs.${id}`]: 'only' }),
  };
}

export function noteOf({ settings = {} }: Pick<AccountContents, 'settings'>, { id }: Lock): LockNote {
  const [since, ...name] = (settings[`device.${id}`] ?? '').split(' ');
  return {
    ...(since && { since }),
    ...(name.length > 0 && { name: name.join(' ') }),
    opens: settings[`signs.${id}`] === undefined,
  };
}

/** The settings without what was remembered of a lock. */
export function withoutNote(settings: Settings, id: string): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !key.endsWith(`.${id}`)));
}

/** Whether the account can still be opened without this lock. */
export function mayGo(contents: AccountContents, locks: readonly Lock[], id: string): boolean {
  return locks.some((lock) => lock.id !== id && noteOf(contents, lock).opens);
}

const BROWSERS = [
  ['Edg', 'Edge'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const;
const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux'] as const;

/** Browser and system, in the names that they give themselves. */
export function deviceName(agent: string): string {
  const browser = BROWSERS.find(([word]) => agent.includes(word))?.[1];
  return [SYSTEMS.find((word) => agent.includes(word)), browser].filter(Boolean).join(' · ');
}
