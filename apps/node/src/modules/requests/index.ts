/** Requests for access between organisations: asked by a clinician, answered by the patient, told to both nodes. */
export { answerRequest } from './answer.ts';
export { askForAccess, withdrawRequest } from './ask.ts';
export { type Courier, openCourier } from './courier.ts';
export { noticeEndingConsents } from './ending.ts';
export { eraseRequests } from './erase.ts';
export { type RequestErrorCode, RequestsError } from './errors.ts';
export { listRequests, readRequest } from './list.ts';
export { type LedgerNews, openLedgerNews } from './news.ts';
export { takeMessage } from './take.ts';
