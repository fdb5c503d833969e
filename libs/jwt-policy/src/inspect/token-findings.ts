import { FROM_TOKEN } from '../identify/freshness.js';
import { MemoryRevocations } from '../stores/memory-revocations.js';
import type { IssuerRules } from '../verify/issuer-verifier.js';
import type { Finding } from './finding.js';
import type { Policy } from './policy.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function tokenFindings(policy: Policy): Finding[] {
  const { own, others, settings } = policy;
  const { verify, identify } = settings;
  const findings = lifetimeFindings(policy);
  if (identify.staleness !== FROM_TOKEN && identify.staleness > HOUR) {
    findings.push({
      code: 'LONG_STALENESS',
      grade: 'advice',
      option: 'identify.freshness',
      problem: `a permission that is taken away still counts for up to ${lengthOf(identify.staleness)}`,
      fix: `shorten maxStale, or call TokenService.forget() whenever permissions change`,
    });
  }
  if (verify.leeway * 1000 > MINUTE) {
    findings.push({
      code: 'LONG_LEEWAY',
      grade: 'weak',
      option: 'verify.leeway',
      problem: `tokens are accepted for ${lengthOf(verify.leeway * 1000)} after their end`,
      fix: `set the clocks (NTP), and leave at most '60s'`,
    });
  }
  if (own.maxLifetime === undefined) {
    findings.push({
      code: 'NO_MAX_LIFETIME',
      grade: 'advice',
      option: 'verify.maxLifetime',
      problem: 'a token may live for ever, and so must what revokeAll() leaves behind',
      fix: 'set it to the longest lifetime that is issued',
    });
  }
  if (own.type !== 'at+jwt') findings.push(otherType('verify.type', own));
  for (const issuer of others) {
    if (issuer.type !== 'at+jwt') findings.push(otherType('verify.issuers', issuer));
  }
  if (identify.revocations instanceof MemoryRevocations) {
    findings.push({
      code: 'MEMORY_REVOCATIONS',
      grade: 'advice',
      option: 'identify.revocations',
      problem: 'revocations end with this process, and other instances do not hear of them',
      fix: 'share them: redisRevocations(client) of nestjs-jwt-policy/redis',
    });
  }
  return findings;
}

function lifetimeFindings({ settings, routes, isIssuer }: Policy): Finding[] {
  if (!isIssuer) return [];
  const now = new Date();
  const lifetime = settings.issue.expiry(now).getTime() - now.getTime();
  const readers = routes.filter(({ readsToken }) => readsToken).map(({ name }) => name);
  const isFromToken = settings.identify.staleness === FROM_TOKEN || readers.length > 0;
  const common = { code: 'LONG_LIFETIME', option: 'issue.lifetime' } as const;
  if (lifetime > DAY && isFromToken) {
    const where = settings.identify.staleness === FROM_TOKEN ? '' : ` by ${readers.join(', ')}`;
    return [
      {
        ...common,
        grade: 'weak',
        problem: `tokens live for ${lengthOf(lifetime)}, and their permissions are believed${where} all that time`,
        fix: `shorten it ('15m' is the default), or look permissions up: identify.load, with freshness 'live'`,
      },
    ];
  }
  if (lifetime <= HOUR || !settings.identify.load) return [];
  return [
    {
      ...common,
      grade: 'advice',
      problem: `a stolen token is good for ${lengthOf(lifetime)}, unless somebody revokes it`,
      fix: `shorten it ('15m' is the default)`,
    },
  ];
}

function otherType(option: string, { type, issuer }: IssuerRules): Finding {
  return {
    code: 'OTHER_TOKEN_TYPE',
    grade: 'advice',
    option,
    problem: `with the type '${type}', tokens of ${issuer} that are meant for something else may be taken for access tokens`,
    fix: `leave it out, for 'at+jwt' (RFC 9068), if the issuer can`,
  };
}

/** Rounded, for people. */
function lengthOf(milliseconds: number): string {
  const units = { days: DAY, hours: HOUR, minutes: MINUTE, seconds: 1000 };
  const [unit, size] = Object.entries(units).find(([, one]) => milliseconds > one) ?? ['seconds', 1000];
  return `${Math.round((milliseconds / size) * 10) / 10} ${unit}`;
}
