import { PolicyConfigurationError } from '../errors.js';
import { isIdentifier } from '../identifier.js';
import { Key } from '../keys/key.js';
import { KeyRing } from '../keys/ring/key-ring.js';
import { RemoteJwks } from '../keys/remote/remote-jwks.js';
import { audienceOf, exactText, refuseUnknown } from '../option-checks.js';
import { type ClaimNames, USUAL_NAMES } from './claim-names.js';
import { type IssuerRules, mediaType } from './issuer-verifier.js';

/** Somebody else whose tokens are accepted: an identity provider, or another service of yours. */
export interface TrustedIssuer {
  /** `iss` of its tokens: compared exactly. */
  issuer: string;
  /**
   * `aud` of its tokens: one of these must be named in a token.
   * @defaultValue the `audience` of the module
   */
  audience?: string | readonly string[];
  /** What verifies its tokens, and no others: `remoteJwks()`, `discoveredJwks()`, or keys that you have. */
  keys: Key | KeyRing | RemoteJwks;
  /**
   * `typ` of its tokens (RFC 9068, section 2.1). Many write `'JWT'`, on tokens of other kinds as well: only the audience
   * tells them apart then.
   * @defaultValue `'at+jwt'`
   */
  type?: string;
  /**
   * Where its tokens say what ours say in `jti`, `user_name` and `permissions`.
   * @defaultValue as in ours
   */
  claims?: ClaimNames;
  /**
   * Stands before `sub` in `identity.id`, so that nobody of this issuer is taken for somebody of yours with the same number.
   * Give `''` if the same `sub` is the same person in both.
   * @defaultValue the issuer and a bar: `'https://login.example|'`
   */
  subjectPrefix?: string;
}

export type VerifyingKeys = KeyRing | RemoteJwks;

const NAMES = ['issuer', 'audience', 'keys', 'type', 'claims', 'subjectPrefix'];
const CLAIM_NAMES = ['id', 'name', 'permissions'];

/** @throws {PolicyConfigurationError} naming the option at fault and the fix. */
export function trustedIssuers(
  issuers: unknown = [],
  ownIssuer: string,
  shared: Pick<IssuerRules, 'audience' | 'leeway' | 'maxLifetime'>,
): IssuerRules[] {
  if (!Array.isArray(issuers)) {
    throw new PolicyConfigurationError('verify.issuers', 'is not a list', 'give [{ issuer, keys }]');
  }
  const rules = issuers.map((issuer: TrustedIssuer, index) => trusted(issuer, `verify.issuers[${index}]`, shared));
  const names = [ownIssuer, ...rules.map(({ issuer }) => issuer)];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined) return rules;
  throw new PolicyConfigurationError(
    'verify.issuers',
    `names ${twice} twice`,
    'give every issuer once, with all its keys',
  );
}

function trusted(
  options: TrustedIssuer,
  option: string,
  shared: Pick<IssuerRules, 'audience' | 'leeway' | 'maxLifetime'>,
): IssuerRules {
  refuseUnknown(options, option, NAMES);
  const { audience, claims = {} } = options;
  const issuer = exactText(options.issuer, `${option}.issuer`);
  return {
    ...shared,
    issuer,
    ...(audience === undefined ? {} : { audience: audienceOf(audience, `${option}.audience`) }),
    keys: keysOf(options.keys, issuer, `${option}.keys`),
    type: typeOf(options.type, `${option}.type`),
    names: claimNamesOf(claims, `${option}.claims`),
    idPrefix: `${issuer}|`,
    subjectPrefix: prefixOf(options.subjectPrefix ?? `${issuer}|`, `${option}.subjectPrefix`),
  };
}

/** @throws {PolicyConfigurationError} when there is no key, or those of another issuer. */
export function keysOf(keys: unknown, issuer: string, option: string): VerifyingKeys {
  if (keys instanceof Key) return new KeyRing({ active: keys });
  if (!(keys instanceof KeyRing) && !(keys instanceof RemoteJwks)) {
    throw new PolicyConfigurationError(
      option,
      'holds no key',
      'give secretKey(process.env.JWT_SECRET), keyPair(), publicKey(), keyRing(), remoteJwks() or discoveredJwks()',
    );
  }
  if (!(keys instanceof RemoteJwks) || keys.issuer === undefined || keys.issuer === issuer) return keys;
  throw new PolicyConfigurationError(option, `are discovered from ${keys.issuer}`, `that is not the issuer, ${issuer}`);
}

/** @throws {PolicyConfigurationError} when it is not a media type. */
export function typeOf(type: unknown = 'at+jwt', option: string): string {
  const media = mediaType(type);
  if (media !== null && /^[a-z0-9!#$&^_.+-]{1,127}$/.test(media)) return media;
  throw new PolicyConfigurationError(option, 'is not a media type', `write for example 'at+jwt'`);
}

/** @throws {PolicyConfigurationError} when one of them cannot be the name of a claim. */
export function claimNamesOf(claims: ClaimNames, option: string): Required<ClaimNames> {
  refuseUnknown(claims, option, CLAIM_NAMES);
  const names = { ...USUAL_NAMES, ...claims };
  for (const [what, name] of Object.entries(names)) {
    if (isIdentifier(name) || (what === 'permissions' && typeof name === 'function')) continue;
    throw new PolicyConfigurationError(`${option}.${what}`, 'is not the name of a claim', `write for example 'scope'`);
  }
  return names;
}

function prefixOf(prefix: unknown, option: string): string {
  if (prefix === '' || (isIdentifier(prefix) && prefix.length <= 128)) return prefix;
  throw new PolicyConfigurationError(
    option,
    'is not a text of up to 128 characters',
    `write for example 'staff:', or '' if the same text means the same person`,
  );
}
