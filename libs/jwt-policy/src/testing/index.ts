export { revocationStoreContract, sharedRevocationStoreContract } from './revocation-store-contract.js';
export type {
  ContractCase,
  RevocationStoreFactory,
  SharedRevocationStoreFactory,
} from './revocation-store-contract.js';
export { sessionStoreContract, sharedSessionStoreContract } from './session-store-contract.js';
export type { SessionStoreFactory, SharedSessionStoreFactory } from './session-store-contract.js';
