import { createPrivateKey } from 'node:crypto';
import {
  type Algorithm,
  keyPair,
  type PairAlgorithm,
  publicKey,
  type SecretAlgorithm,
  secretKey,
} from 'nestjs-jwt-policy';
import { newKey } from '../../../libs/jwt-policy/src/inspect/new-key.js';
import { ALGORITHMS } from '../../../libs/jwt-policy/src/keys/algorithms.js';
import { parseCompact } from '../../../libs/jwt-policy/src/verify/compact.js';

const names = Object.keys(ALGORITHMS) as Algorithm[];
const isPair = (alg: Algorithm): alg is PairAlgorithm => ALGORITHMS[alg].kty !== 'oct';
const pairs = names.filter(isPair);
const secrets = names.filter((alg): alg is SecretAlgorithm => !isPair(alg));

describe('a new key', () => {
  it.each(pairs)('for %s is accepted by keyPair(), and its public half by publicKey()', (alg) => {
    const { text, publicText, thumbprint } = newKey(alg);
    const signer = keyPair({ privateKey: text, alg });
    const verifier = publicKey({ key: publicText, alg });
    expect([signer.kid, verifier.kid]).toEqual([thumbprint, thumbprint]);
    expect(verifier.hasSigned(parseCompact(signer.sign('at+jwt', Buffer.from('{}')), 8192))).toBe(true);
  });

  it.each(secrets)('for %s is accepted by secretKey(), and looks drawn by lot', (alg) => {
    const { text, publicText } = newKey(alg);
    expect(publicText).toBeUndefined();
    expect(Buffer.from(text, 'base64url')).toHaveLength(ALGORITHMS[alg].minBytes);
    expect(secretKey(text.trimEnd(), { alg })).toMatchObject({ alg, looksTyped: false });
  });

  it('is another one each time', () => {
    expect(newKey('HS256').text).not.toBe(newKey('HS256').text);
    expect(newKey('ES256').text).not.toBe(newKey('ES256').text);
  });

  it('of RSA has 3072 bits', () => {
    expect(createPrivateKey(newKey('RS256').text).asymmetricKeyDetails?.modulusLength).toBe(3072);
  });

  it('can only be read with its passphrase, if it has one', () => {
    const { text } = newKey('ES256', 'correct horse');
    expect(text).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect(() => createPrivateKey({ key: text, passphrase: 'wrong' })).toThrow(/decrypt/);
    expect(keyPair({ privateKey: text, passphrase: 'correct horse', alg: 'ES256' }).canSign).toBe(true);
  });
});
