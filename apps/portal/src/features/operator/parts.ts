import type { Condition, LogFindings, NodeHealth } from '@anamnesis/sdk';
import type { TFunction } from 'i18next';
import { dateText } from '../../chart/text.ts';
import { durationText } from './duration.ts';

/** A part of the node as the page shows it. */
export interface Part {
  readonly name: 'ledger' | 'sealing' | 'runway' | 'keys' | 'peers' | 'witnesses' | 'database' | 'jobs';
  readonly condition: Condition;
  /** How it is and what that means, in a sentence. */
  readonly text: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Whether something waits that can be tried now. */
  readonly waits?: boolean;
}

const ORDER: readonly Condition[] = ['failing', 'warning', 'ok'];

/** The worst of several. */
export function worst(conditions: readonly Condition[]): Condition {
  return ORDER.find((one) => conditions.includes(one)) ?? 'ok';
}

/** What others saw of this node's log: how many signed its newest checkpoint, and what they or we found wrong. */
export interface Witnessed {
  readonly cosigned: number;
  readonly findings: LogFindings['findings'];
}

/** All parts in words, what fails first. */
export function partsOf(health: NodeHealth, seen: Witnessed, t: TFunction<'operator'>, language: string): Part[] {
  const count = (value: number): string => value.toLocaleString(language);
  const long = (ms: number | null): string => (ms === null ? t('never') : durationText(ms, language));
  const { ledger, sealing, operator, keys, peers, database, jobs } = health;
  const age = long(ledger.ageMs);
  const waiting = sealing.logs.reduce((sum, log) => sum + log.waiting, 0);
  const oldest = Math.max(0, ...sealing.logs.map(({ waitingMs }) => waitingMs ?? 0));
  const away = peers.filter(({ condition }) => condition !== 'ok');
  const open = jobs.reduce((sum, job) => sum + job.waiting, 0);
  const standing = seen.findings.filter(({ goneAt }) => goneAt === null);
  const sealingText = sealing.rolledBack
    ? 'rolledBack'
    : sealing.problem !== null
      ? 'problem'
      : waiting > 0
        ? 'waiting'
        : 'ok';
  const runwayText =
    operator.address === null ? 'none' : operator.free ? 'free' : operator.posts === null ? 'unknown' : 'posts';
  const parts: Part[] = [
    {
      name: 'ledger',
      condition: ledger.condition,
      text: t(`ledger.${ledger.stale ? 'stale' : ledger.problem !== null ? 'silent' : 'ok'}`, { age }),
      facts: [
        [t('ledger.block'), ledger.block === null ? t('never') : count(ledger.block)],
        [t('ledger.age'), age],
      ],
    },
    {
      name: 'sealing',
      condition: sealing.condition,
      text: t(`sealing.${sealingText}`, { number: count(waiting), age: long(oldest) }),
      facts: [
        ...sealing.logs.map(
          (log) =>
            [
              t(`log.${log.log}`),
              t(log.waiting > 0 ? 'sealing.open' : 'sealing.all', {
                size: count(log.size),
                number: count(log.waiting),
                age: long(log.waitingMs),
              }),
            ] as const,
        ),
        [t('sealing.outbox'), count(sealing.outbox)],
      ],
    },
    {
      name: 'runway',
      condition: operator.condition,
      text: t(`runway.${runwayText}`, { number: count(operator.posts ?? 0) }),
      facts: operator.address === null ? [] : [[t('runway.address'), operator.address]],
    },
    {
      name: 'keys',
      condition: worst(keys.map(({ condition }) => condition)),
      text: t(`keys.${worst(keys.map(({ condition }) => condition))}`),
      facts: keys.map(({ name, until }) => [
        t(`key.${name}`, name),
        until === null
          ? t('keys.noEnd')
          : t('keys.until', { date: dateText(new Date(until * 1000).toISOString(), language) }),
      ]),
    },
    {
      name: 'peers',
      condition: away.length > 0 ? 'warning' : 'ok',
      text: t(away.length > 0 ? 'peers.away' : 'peers.ok', { number: count(away.length), all: count(peers.length) }),
      facts: away.map(({ id, name, reachable }) => [
        name ?? t('peers.number', { id }),
        t(reachable ? 'peers.unverified' : 'peers.silent'),
      ]),
    },
    {
      name: 'witnesses',
      condition: standing.length > 0 ? 'failing' : 'ok',
      text: t(standing.length > 0 ? 'witnesses.found' : seen.cosigned > 0 ? 'witnesses.ok' : 'witnesses.none', {
        number: count(seen.cosigned),
      }),
      facts: standing.map(({ organization, log, kind, size }) => [
        `${t('peers.number', { id: organization })}, ${t(`log.${log}`)}`,
        `${kind}, ${count(size)}`,
      ]),
    },
    {
      name: 'database',
      condition: database.condition,
      text: t(`database.${database.condition}`),
      facts: [
        [t('database.engine'), database.engine],
        [t('database.latency'), `${count(database.latencyMs)} ms`],
      ],
    },
    {
      name: 'jobs',
      condition: worst(jobs.map(({ condition }) => condition)),
      text: t(open > 0 ? 'jobs.waiting' : 'jobs.ok', { number: count(open) }),
      facts: [],
      waits: open > 0,
    },
  ];
  return parts.toSorted((a, b) => ORDER.indexOf(a.condition) - ORDER.indexOf(b.condition));
}
