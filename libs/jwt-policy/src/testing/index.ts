export { revocationStoreContract } from './revocation-store-contract.js';
export type { ContractCase, RevocationStoreFactory } from './revocation-store-contract.js';
