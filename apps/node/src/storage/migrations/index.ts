import type { Migration } from '../types.ts';
import * as records from './001-records.ts';
import * as audit from './002-audit.ts';
import * as ledgerOutbox from './003-ledger-outbox.ts';
import * as consent from './004-consent.ts';
import * as search from './005-search.ts';
import * as exchange from './006-exchange.ts';
import * as searchValues from './007-search-values.ts';
import * as smart from './008-smart.ts';
import * as exports from './009-export.ts';
import * as signIn from './010-sign-in.ts';
import * as accounts from './011-accounts.ts';
import * as transparency from './012-transparency.ts';
import * as intake from './013-intake.ts';
import * as subscriptions from './014-subscriptions.ts';
import * as requests from './015-requests.ts';
import * as erasure from './016-erasure.ts';
import * as append from './017-append.ts';
import * as recovery from './018-recovery.ts';
import * as directives from './019-consent.ts';
import * as consentState from './020-consent-state.ts';
import * as emergencyReview from './021-emergency-review.ts';
import * as entryInline from './022-entry-inline.ts';
import * as handover from './023-handover.ts';

/** Every step of the schema, in the order of application. A feature adds a file and a line here. */
export const MIGRATIONS: readonly Migration[] = [
  records,
  audit,
  ledgerOutbox,
  consent,
  search,
  exchange,
  searchValues,
  smart,
  exports,
  signIn,
  accounts,
  transparency,
  intake,
  subscriptions,
  requests,
  erasure,
  append,
  recovery,
  directives,
  consentState,
  emergencyReview,
  entryInline,
  handover,
];
