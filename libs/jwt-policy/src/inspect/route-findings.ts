import type { Finding } from './finding.js';
import type { Policy } from './policy.js';

const EFFECTS = {
  deny: 'refuse everybody',
  authenticated: 'let in whoever has a token, whatever they may do',
  allow: 'are open to everybody',
} as const;
const DECLARE = 'write @RequirePermission(), @Authenticated() or @Public() on each';

export function routeFindings({ settings, routes }: Policy): Finding[] {
  const findings: Finding[] = [];
  const { undeclared } = settings.decide;
  if (undeclared === 'allow') {
    findings.push({
      code: 'OPEN_BY_DEFAULT',
      grade: 'weak',
      option: 'decide.undeclared',
      problem: 'whoever forgets to declare a route opens it to everybody',
      fix: `leave it out, for 'deny', and write @Public() on what is meant to be open`,
    });
  }
  if (settings.guard === 'manual') {
    findings.push({
      code: 'MANUAL_GUARD',
      grade: 'advice',
      option: 'guard',
      problem: 'whoever forgets @UseGuards(PermissionsGuard) on a controller opens it to everybody',
      fix: `leave it out, for 'global', and write @Public() on what is meant to be open`,
    });
    return findings;
  }
  const names = routes.filter(({ isDeclared }) => !isDeclared).map(({ name }) => name);
  if (names.length > 0) {
    findings.push({
      code: 'UNDECLARED_ROUTES',
      grade: undeclared === 'allow' ? 'weak' : 'advice',
      option: 'decide.undeclared',
      problem: `${names.length} route(s) declare nothing and ${EFFECTS[undeclared]}: ${names.join(', ')}`,
      fix: DECLARE,
    });
  }
  return findings;
}
