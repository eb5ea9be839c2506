/** What happened that somebody should see, live or later: kinds and ids, never health data. */
export { announce, pruneEvents } from './announce.ts';
export { eraseEvents } from './erase.ts';
export type { Audience, EventKind, PortalEvent } from './event.ts';
export { broadcast, listen, type SentEvent, wakeListeners } from './hub.ts';
export { listNotices, type Notice, seeNotice } from './notices.ts';
