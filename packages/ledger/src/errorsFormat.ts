/** The parameters of an error, as its ABI names them. */
export interface ErrorInput {
  readonly name?: string;
  readonly type: string;
}

/** How numbers of a kind are said; a number that is none of a list is said as a number. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  status: ['unknown', 'active', 'suspended'],
  stage: ['unknown', 'open', 'passed', 'queued', 'executed', 'lapsed', 'void'],
  outcome: ['not reviewed', 'justified', 'not justified'],
};

/** Every form that a placeholder can ask for. */
export const ERROR_FORMS: readonly string[] = ['time', 'duration', ...Object.keys(LISTS)];

/** A placeholder of a message: `{name}` or `{name:form}`. */
export const PLACEHOLDER = /\{(\w+)(?::(\w+))?\}/g;

/** The message with the values of the error. A value that is not there is left out as "?". */
export function fillMessage(message: string, inputs: readonly ErrorInput[], args: readonly unknown[]): string {
  return message.replaceAll(PLACEHOLDER, (_all, name: string, form: string | undefined) => {
    const at = inputs.findIndex((input) => input.name === name);
    const value = args[at];
    return value === undefined ? '?' : say(value, form);
  });
}

function say(value: unknown, form: string | undefined): string {
  if (form === 'time') return sayTime(Number(value));
  if (form === 'duration') return sayDuration(Number(value));
  return (form === undefined ? undefined : LISTS[form]?.[Number(value)]) ?? String(value);
}

/** Seconds since 1970 as a date; beyond the year 9999 there is no end. */
function sayTime(seconds: number): string {
  if (seconds > 253_402_300_799) return 'no end';
  return new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
}

function sayDuration(seconds: number): string {
  const [days, hours] = [seconds / 86_400, seconds / 3_600];
  if (Number.isInteger(days) && days > 0) return days === 1 ? '1 day' : `${days} days`;
  if (Number.isInteger(hours) && hours > 0) return hours === 1 ? '1 hour' : `${hours} hours`;
  return `${seconds} s`;
}
