import type { FhirResource, FullIdentifier } from '../records/index.ts';

/** A record as a message tells it, before it is known whether it is there already. */
export interface Draft {
  /** What other drafts' references to it say: `urn:intake:…`. */
  readonly link: string;
  /** Without an id. Its patient is `PATIENT`. */
  readonly resource: FhirResource;
  /** By which it is found. */
  readonly key: FullIdentifier;
  /**
   * `put`: what the message says is stored. `ensure`: only when there is no such record. `find`: never; where it is not there, what refers to it keeps
   * its identifier alone. `amend`: changed where it is there, and not made.
   */
  readonly write: 'put' | 'ensure' | 'amend' | 'find';
  /** What becomes of the stored record, where there is one; default: the draft replaces it. */
  readonly merge?: (stored: FhirResource, brought: FhirResource) => FhirResource;
}

/** A draft of the message's Patient. */
export interface PatientDraft {
  readonly resource: FhirResource;
  /** The identifier of the configured assigner: the only thing that matches a patient. */
  readonly key: FullIdentifier;
  readonly merge?: Draft['merge'];
}

/** Link of the message's Patient. */
export const PATIENT = 'urn:intake:patient';
/** Link of the Binary with the original. */
export const ORIGINAL = 'urn:intake:original';

/** What one message comes to. */
export interface Intake {
  /** Who says it, and its id there: what is sent again has the same two. */
  readonly sender: string;
  readonly message: string;
  readonly original: { readonly contentType: string; readonly bytes: Uint8Array };
  /** What has to be the same for two messages to be one, whatever their ids. */
  readonly content: Uint8Array;
  /** What the message did, for its Provenance: a code of HL7 v3 DataOperation. */
  readonly activity: 'CREATE' | 'UPDATE';
  /** When it was said, as FHIR instant or dateTime; null where it does not say. */
  readonly saidAt: string | null;
  readonly patient: PatientDraft;
  /** The record that `patient` replaces. */
  readonly prior?: PatientDraft;
  /** Of a document: the set of its versions, none of which may be newer. */
  readonly newest?: { readonly set: FullIdentifier; readonly saidAt: string };
  readonly drafts: readonly Draft[];
}

/** Collects drafts: each record of a message once, by its identifier. */
export class Drafts {
  readonly #drafts = new Map<string, Draft>();

  /** Adds a draft. @returns the link by which others refer to it. */
  add(draft: Omit<Draft, 'link'>): string {
    const { resourceType } = draft.resource;
    const name = `${resourceType}\n${draft.key.system}\n${draft.key.value}`;
    const known = this.#drafts.get(name);
    if (known !== undefined && rank(known.write) >= rank(draft.write)) return known.link;
    const link = known?.link ?? `urn:intake:${resourceType}:${this.#drafts.size}`;
    this.#drafts.set(name, { ...draft, link });
    return link;
  }

  get all(): Draft[] {
    return [...this.#drafts.values()];
  }
}

function rank(write: Draft['write']): number {
  return ['find', 'amend', 'ensure', 'put'].indexOf(write);
}

/** An object without the members that say nothing: undefined, '', [] and objects without members. */
export function compact<T extends object>(value: T): T {
  const kept = Object.entries(value).filter(([, one]) => {
    if (one === undefined || one === null || one === '') return false;
    return typeof one !== 'object' || Object.keys(one).length > 0;
  });
  return kept.length === Object.keys(value).length
    ? value
    : (Object.assign(Object.fromEntries(kept), symbolsOf(value)) as T);
}

/** The digits of decimals stand under a symbol. */
function symbolsOf(value: object): object {
  return Object.fromEntries(Object.getOwnPropertySymbols(value).map((one) => [one, (value as never)[one]]));
}
