export { revocationStoreContract, sharedRevocationStoreContract } from './revocation-store-contract.js';
export type {
  ContractCase,
  RevocationStoreFactory,
  SharedRevocationStoreFactory,
} from './revocation-store-contract.js';
