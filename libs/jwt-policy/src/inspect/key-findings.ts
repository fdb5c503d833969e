import type { Finding } from './finding.js';
import { canRotate, heldKeys, isSecret, type Policy } from './policy.js';

// By its place, not its name: a name that is a thumbprint tells whoever guesses a weak secret that the guess is right.
const PLACES = ['the secret that signs', 'a secret that does not sign'];

export function keyFindings({ own, others }: Policy): Finding[] {
  const findings: Finding[] = [];
  const keys = heldKeys(own.keys);
  const typed = keys.findIndex((key) => key.looksTyped);
  if (typed !== -1) findings.push(weakSecret('keys', PLACES[Math.min(typed, 1)], keys[typed].alg));
  if (own.audience.length > 1 && keys.some(isSecret)) {
    findings.push({
      code: 'SHARED_HMAC',
      grade: 'weak',
      option: 'keys',
      problem: `a secret verifies tokens for ${own.audience.join(', ')}: each of them can make tokens for all`,
      fix: 'sign with a pair, and give the others its public half: npx nestjs-jwt-policy keys new --alg ES256',
    });
  }
  for (const { issuer, keys: source } of others) {
    const secret = heldKeys(source).find(isSecret);
    if (!secret) continue;
    findings.push({
      code: 'SHARED_HMAC',
      grade: 'weak',
      option: 'verify.issuers',
      problem: `the tokens of ${issuer} are verified with a secret, and so can be made here, too`,
      fix: 'have them signed with a pair, and take its public half: publicKey() or remoteJwks()',
    });
    if (secret.looksTyped) findings.push(weakSecret('verify.issuers', `the secret of ${issuer}`, secret.alg));
  }
  if (!canRotate(own.keys)) {
    findings.push({
      code: 'NO_ROTATION',
      grade: 'advice',
      option: 'keys',
      problem:
        'there is no key to follow the one that signs, so that changing it refuses people until every instance has the new one',
      fix: 'have the next one known beforehand: keyRing({ active, upcoming: [next] })',
    });
  }
  return findings;
}

function weakSecret(option: string, which: string, alg: string): Finding {
  return {
    code: 'WEAK_SECRET',
    grade: 'weak',
    option,
    problem: `${which} reads like words, which can be guessed by whoever has one token`,
    fix: `draw one by lot: npx nestjs-jwt-policy keys new --alg ${alg}`,
  };
}
