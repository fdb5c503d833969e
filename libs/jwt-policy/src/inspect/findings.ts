import type { Finding } from './finding.js';
import { keyFindings } from './key-findings.js';
import type { Policy } from './policy.js';
import { routeFindings } from './route-findings.js';
import { tokenFindings } from './token-findings.js';

/** Everything that could be better, the weak first. */
export function findingsOf(policy: Policy): Finding[] {
  const all = [...keyFindings(policy), ...tokenFindings(policy), ...routeFindings(policy)];
  return [...all.filter(({ grade }) => grade === 'weak'), ...all.filter(({ grade }) => grade === 'advice')];
}
