import type { Emergency, EmergencyState } from '@anamnesis/sdk';
import type { IconName } from '../../ui/Icon.tsx';

/** Seconds since 1970 as FHIR writes an instant. */
export function instantOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Milliseconds as hours, minutes and seconds: 3:59:07. */
export function clockText(milliseconds: number): string {
  const left = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${Math.floor(left / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
}

export const STATE_ICONS: Readonly<Record<EmergencyState, IconName>> = {
  pending: 'wait',
  refused: 'cross',
  open: 'warning',
  due: 'wait',
  overdue: 'warning',
  reviewed: 'check',
};

/** What waits for a review, the oldest first, so that what is overdue stands on top; what is open; what is done, newest first. */
export function queueOf(all: readonly Emergency[]) {
  const waiting = all.filter(({ state }) => state === 'due' || state === 'overdue');
  return {
    waiting: waiting.toSorted((a, b) => a.declaredAt - b.declaredAt),
    open: all.filter(({ state }) => state === 'open' || state === 'pending'),
    done: all.filter(({ state }) => state === 'reviewed'),
  };
}
