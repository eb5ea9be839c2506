import { type Check, checks, parseJson } from '@anamnesis/protocol';
import type { LogFindings } from '../verbs/getLogFindings.ts';
import { type AccountingFile, readAccounting } from './accountingFile.ts';

/** How an emergency access of the period stands, by the node's word; its declaration and its reads are among the entries. */
export interface ReportedEmergency {
  readonly id: string;
  /** Seconds since 1970. */
  readonly declaredAt: number;
  readonly state: string;
  readonly outcome: string | null;
}

/** What an auditor takes with her: the whole access log of a period with proofs, emergencies and findings, signed by the node: what `GET /api/v1/report` gives. */
export interface ReportFile extends Omit<AccountingFile, 'format' | 'patient'> {
  readonly format: 'anamnesis-report/1';
  readonly emergencies: readonly ReportedEmergency[];
  /** What is wrong with logs, as the node knew it when it made the report. */
  readonly findings: LogFindings['findings'];
}

const { fail, list, nullable, object, text, whole } = checks('report-malformed');
const readEmergencies = list(
  object<ReportedEmergency>({
    id: text(1, 100),
    declaredAt: whole(0, Number.MAX_SAFE_INTEGER),
    state: text(1, 40),
    outcome: nullable(text(1, 40)),
  }),
  1_000_000,
);
const readFindings = list((value, path) => {
  const finding = value as LogFindings['findings'][number] | null;
  return typeof finding === 'object' && finding !== null ? finding : fail(path, 'a finding');
}, 100_000) as Check<LogFindings['findings']>;

/**
 * A report from outside: every part of its form. It is not verified here (see `verifyReport`).
 * @throws AnamnesisError `report-malformed` or `accounting-malformed`, naming the part.
 */
export function checkReportFile(value: unknown): ReportFile {
  if (typeof value !== 'object' || value === null) return fail('report', 'an object');
  const { format, emergencies, findings, ...rest } = value as Record<string, unknown>;
  if (format !== 'anamnesis-report/1') return fail('report.format', 'anamnesis-report/1');
  if ('patient' in rest) return fail('report.patient', 'absent: it is about everybody');
  const { patient: _, ...same } = readAccounting({ ...rest, format: 'anamnesis-accounting/1', patient: '*' }, 'report');
  return {
    ...same,
    format,
    emergencies: readEmergencies(emergencies, 'report.emergencies'),
    findings: readFindings(findings, 'report.findings'),
  };
}

/** Reads a report's text. Throws `json-malformed` and as {@link checkReportFile}. */
export function parseReportFile(content: string): ReportFile {
  return checkReportFile(parseJson(content, { maxLength: Number.POSITIVE_INFINITY }));
}
