/** Where a node's own interface stands below its address. */
export const API_BASE = '/api/v1';
