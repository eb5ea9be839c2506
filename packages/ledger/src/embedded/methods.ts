/*
 * What the embedded ledger answers from outside: reading, and signed transactions. Everything that could change time,
 * balances or blocks (anvil_*, evm_*, hardhat_*, debug_*), or sign for somebody, is for tests only.
 */
const READING = new Set([
  'eth_blockNumber',
  'eth_call',
  'eth_chainId',
  'eth_createAccessList',
  'eth_estimateGas',
  'eth_feeHistory',
  'eth_gasPrice',
  'eth_getBalance',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getBlockReceipts',
  'eth_getBlockTransactionCountByHash',
  'eth_getBlockTransactionCountByNumber',
  'eth_getCode',
  'eth_getLogs',
  'eth_getProof',
  'eth_getStorageAt',
  'eth_getTransactionByBlockHashAndIndex',
  'eth_getTransactionByBlockNumberAndIndex',
  'eth_getTransactionByHash',
  'eth_getTransactionCount',
  'eth_getTransactionReceipt',
  'eth_maxPriorityFeePerGas',
  'eth_syncing',
  'net_listening',
  'net_peerCount',
  'net_version',
  'web3_clientVersion',
]);

/** How a JSON-RPC method is treated: passed through, put through the journal, serialised (tests only) or refused. */
export function classifyMethod(method: string, testing: boolean): 'read' | 'send' | 'cheat' | 'refuse' {
  if (method === 'eth_sendRawTransaction') return 'send';
  if (READING.has(method)) return 'read';
  return testing && /^(anvil|evm|hardhat|debug|trace|txpool)_/.test(method) ? 'cheat' : 'refuse';
}

/** Whether a Host header names this machine: another name means that a web page has been led here by DNS rebinding. */
export function isLoopbackHost(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '');
}
