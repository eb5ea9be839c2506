import {
  type AccessWish,
  AnamnesisError,
  CATEGORIES,
  checks,
  isNameOf,
  maskOf,
  namesOf,
  PURPOSES,
  SENSITIVE,
} from '@anamnesis/protocol';

const { address, fail, list, nullable, object, oneOf, text, whole } = checks('request-malformed');
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PRACTITIONER = /^Practitioner\/[A-Za-z0-9.-]{1,64}$/;
/** A line or a few: no control characters but the newline. */
const plain =
  (max: number) =>
  (value: unknown, path: string): string => {
    const said = text(0, max)(value, path);
    return /^(\P{Cc}|\n)*$/u.test(said) && said.isWellFormed() ? said : fail(path, 'plain text');
  };
const named =
  (table: typeof CATEGORIES | typeof SENSITIVE, least: number) =>
  (value: unknown, path: string): string[] => {
    const names = list(text(1, 40), 32)(value, path);
    try {
      if (names.length < least) return fail(path, 'at least one');
      return namesOf(table, maskOf(table, names));
    } catch (error) {
      if (error instanceof AnamnesisError && error.code === 'code-unknown')
        return fail(path, 'names of spec/codes.json');
      throw error;
    }
  };

/** A wish from another node. Throws AnamnesisError `request-malformed`. */
export const checkWish = object<AccessWish>({
  id: (value, path) => (typeof value === 'string' && ID.test(value) ? value : fail(path, 'a random UUID')),
  subject: address,
  purpose: (value, path) =>
    typeof value === 'string' && isNameOf(PURPOSES, value) ? value : fail(path, 'a PurposeOfUse'),
  categories: named(CATEGORIES, 1),
  sensitive: named(SENSITIVE, 0),
  preset: oneOf('visit', 'episode', 'ongoing'),
  practitioner: nullable(
    object<NonNullable<AccessWish['practitioner']>>({
      reference: (value, path) =>
        typeof value === 'string' && PRACTITIONER.test(value)
          ? value
          : fail(path, 'a reference such as Practitioner/7'),
      name: plain(200),
    }),
  ),
  note: plain(2000),
  expiresAt: whole(0, 2 ** 48 - 1),
});
