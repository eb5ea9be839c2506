import { describe, expect, test } from 'vitest';
import { judgeLog, type LogLook, type LogMemory, NOTHING_SEEN, type TreeState } from './watch.ts';

const at = (size: number, letter = 'a'): TreeState => ({ size, root: `0x${letter.repeat(64)}` });
const memory = (seen: TreeState | null, more: Partial<LogMemory> = {}): LogMemory => ({
  ...NOTHING_SEEN,
  seen,
  ...more,
});
const look = (shown: TreeState | null, more: Partial<LogLook> = {}): LogLook => ({
  ...{ now: 1_000, shown, leaves: shown?.size ?? 0, grown: null },
  posted: { latest: shown, ofShown: shown?.root ?? null, ofSeen: null },
  ...more,
});
const kinds = (before: LogMemory, now: LogLook): string[] => judgeLog(before, now, 60).findings.map(({ kind }) => kind);

describe('judgeLog', () => {
  test('default: a log that grows and seals', () => {
    const first = judgeLog(NOTHING_SEEN, look(at(5)), 60);
    expect(first).toEqual({ memory: memory(at(5)), findings: [] });
    const grown = look(at(9), { grown: true, posted: { latest: at(9), ofShown: at(9).root, ofSeen: at(5).root } });
    expect(judgeLog(first.memory, grown, 60)).toEqual({ memory: memory(at(9)), findings: [] });
  });

  test('behavior: an empty log is signed and never posted; what follows it is no dropped checkpoint', () => {
    const posted = { latest: at(9), ofShown: at(9).root, ofSeen: null };
    expect(kinds(memory(at(0)), look(at(9), { posted }))).toEqual([]);
    expect(kinds(memory(at(5)), look(at(9), { grown: true, posted }))).toEqual(['missing']);
  });

  test('behavior: forks: two roots, no growth, another root than posted now or before', () => {
    expect(kinds(memory(at(5)), look(at(5, 'b')))).toEqual(['fork']);
    const apart = look(at(9), { grown: false, posted: { latest: at(9), ofShown: at(9).root, ofSeen: at(5).root } });
    expect(kinds(memory(at(5)), apart)).toEqual(['fork']);
    const posted = { latest: at(5, 'b'), ofShown: at(5, 'b').root, ofSeen: null };
    expect(kinds(NOTHING_SEEN, look(at(5), { posted }))).toEqual(['fork']);
    const later = { latest: at(9), ofShown: at(9).root, ofSeen: at(5, 'b').root };
    expect(kinds(memory(at(5)), look(at(9), { grown: true, posted: later }))).toEqual(['fork']);
    // What was seen first stays what others are measured by.
    expect(judgeLog(memory(at(5)), apart, 60).memory.seen).toEqual(at(5));
  });

  test('behavior: rollbacks: below what it signed, below what the ledger holds, below what it shows', () => {
    expect(kinds(memory(at(9)), look(at(5)))).toEqual(['rollback']);
    const posted = { latest: at(9), ofShown: at(5).root, ofSeen: null };
    expect(kinds(NOTHING_SEEN, look(at(5), { posted }))).toEqual(['rollback']);
    expect(kinds(NOTHING_SEEN, look(at(9), { leaves: 5 }))).toEqual(['rollback']);
  });

  test('behavior: missing: never posted, not shown, passed over; the first two only after a while', () => {
    const never = look(at(5), { posted: { latest: null, ofShown: null, ofSeen: null } });
    expect(kinds(NOTHING_SEEN, never)).toEqual([]);
    const later = judgeLog(judgeLog(NOTHING_SEEN, never, 60).memory, { ...never, now: 1_060 }, 60);
    expect(later.findings.map(({ kind }) => kind)).toEqual(['missing', 'late']);
    const hidden = look(null, { leaves: 5, posted: { latest: at(5), ofShown: null, ofSeen: null } });
    expect(kinds(NOTHING_SEEN, hidden)).toEqual([]);
    expect(kinds(memory(null, { absentSince: 940 }), hidden)).toEqual(['missing']);
    const passed = { latest: at(9), ofShown: at(9).root, ofSeen: null };
    expect(kinds(memory(at(5)), look(at(9), { grown: true, posted: passed }))).toEqual(['missing']);
  });

  test('behavior: late: the same leaves wait; leaves that are sealed in time and followed by others do not', () => {
    const waiting = look(at(5), { leaves: 7 });
    const first = judgeLog(NOTHING_SEEN, waiting, 60).memory;
    expect(first.waiting).toEqual({ size: 7, since: 1_000 });
    expect(kinds(first, { ...waiting, now: 1_059 })).toEqual([]);
    expect(kinds(first, { ...waiting, now: 1_060 })).toEqual(['late']);
    const busy = look(at(7), {
      now: 1_060,
      leaves: 8,
      grown: true,
      posted: { latest: at(7), ofShown: null, ofSeen: at(5).root },
    });
    expect(judgeLog({ ...first, seen: at(5) }, busy, 60)).toMatchObject({
      memory: { waiting: { size: 8, since: 1_060 } },
      findings: [],
    });
  });
});
