import { createHmac, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { type Algorithm, type AlgorithmFacts, ALGORITHMS } from './algorithms.js';

export interface JwsKey {
  readonly alg: Algorithm;
  readonly kid: string;
  readonly signing?: KeyObject;
  readonly verifying: KeyObject;
}

/** A text and what is said to be its signature. */
export interface Signed {
  readonly signedText: string;
  readonly signature: Buffer;
}

/** Makes and checks signatures with one key. */
export class Jws {
  private readonly jwt: JwtService;
  private readonly isSignature: (signature: Buffer, text: string) => boolean;

  constructor(private readonly key: JwsKey) {
    // JwtService asks for a secret first and takes a pair only without one.
    const isSecret = key.verifying.type === 'secret';
    this.jwt = new JwtService(isSecret ? { secret: key.verifying } : { privateKey: key.signing });
    this.isSignature = checkOf(key);
  }

  /** Signs a payload as it is (RFC 7515, section 5.1): jsonwebtoken would walk through an object, and stumble over some. */
  sign(type: string, payload: Buffer): string {
    const { alg, signing } = this.key;
    if (!isOkp(alg)) return this.jwt.sign(payload, { algorithm: alg, header: this.header(type) });
    // jsonwebtoken does not know this one.
    const signedText = `${this.headerText(type)}.${payload.toString('base64url')}`;
    return `${signedText}.${sign(null, Buffer.from(signedText), signing as KeyObject).toString('base64url')}`;
  }

  /** The first segment of what `sign` makes. */
  headerText(type: string): string {
    return Buffer.from(JSON.stringify(this.header(type))).toString('base64url');
  }

  /**
   * Whether the signature is one of this key (RFC 7515, section 5.2). Node checks it without a library in between, which
   * would take the token apart once more, for as long again as an HMAC takes.
   */
  verifies({ signedText, signature }: Signed): boolean {
    return this.isSignature(signature, signedText);
  }

  private header(type: string): { alg: Algorithm; typ: string; kid: string } {
    const { alg, kid } = this.key;
    return { alg, typ: type, kid };
  }
}

function isOkp(alg: Algorithm): alg is 'Ed25519' | 'EdDSA' {
  return ALGORITHMS[alg].kty === 'OKP';
}

function checkOf({ alg, verifying }: JwsKey): (signature: Buffer, text: string) => boolean {
  const facts: AlgorithmFacts = ALGORITHMS[alg];
  if (facts.kty === 'oct') {
    return (signature, text) => {
      const expected = createHmac(facts.hash, verifying).update(text, 'latin1').digest();
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    };
  }
  const key = { key: verifying, ...facts.signature };
  return (signature, text) => verify(facts.hash, Buffer.from(text, 'latin1'), key, signature);
}
