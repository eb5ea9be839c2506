/** A whole consortium on one machine: ledger, contracts, six organisations, their cast. Used by tests and by `npm start`. */
export { startTestbed, type Testbed, type TestbedNode, type TestbedOptions } from './testbed.ts';
