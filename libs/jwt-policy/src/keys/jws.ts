import type { KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import type { Algorithm } from './algorithms.js';

export interface JwsKey {
  readonly alg: Algorithm;
  readonly kid?: string;
  readonly signing?: KeyObject;
  readonly verifying: KeyObject;
}

/** Makes and checks signatures with one key. Claims are checked elsewhere: the library beneath is too kind to them. */
export class Jws {
  private readonly jwt: JwtService;

  constructor(private readonly key: JwsKey) {
    this.jwt = new JwtService({
      // JwtService asks for a secret first and takes a pair only without one.
      ...(key.verifying.type === 'secret'
        ? { secret: key.verifying }
        : { privateKey: key.signing, publicKey: key.verifying }),
      verifyOptions: { algorithms: [key.alg], ignoreExpiration: true, ignoreNotBefore: true },
    });
  }

  /** Signs a payload as it is (RFC 7515, section 5.1): jsonwebtoken would walk through an object, and stumble over some. */
  sign(type: string, payload: Buffer): string {
    const { alg, kid } = this.key;
    const header = kid === undefined ? { alg, typ: type } : { alg, typ: type, kid };
    return this.jwt.sign(payload, { algorithm: alg, header });
  }

  /** Whether the signature is one of this key. */
  verifies(token: string): boolean {
    try {
      this.jwt.verify(token);
      return true;
    } catch {
      // jsonwebtoken says "no" by throwing, with whichever class the cause happens to have.
      return false;
    }
  }
}
