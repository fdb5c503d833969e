import { randomBytes, randomInt } from 'node:crypto';
import { looksTyped } from '../../../libs/jwt-policy/src/keys/typed-secrets.js';

const drawnFrom = (characters: string, length: number): string =>
  Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const PRINTABLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');

const RANDOM: [string, () => string | Buffer][] = [
  ['bytes', () => randomBytes(64)],
  ['base64url', () => randomBytes(64).toString('base64url')],
  ['base64', () => randomBytes(64).toString('base64')],
  ['hex', () => randomBytes(64).toString('hex')],
  ['hex in capitals', () => randomBytes(64).toString('hex').toUpperCase()],
  ['base32', () => `${drawnFrom(`${LETTERS.toUpperCase()}234567`, 103)}=`],
  ['letters and digits', () => drawnFrom(`${LETTERS}0123456789`, 64)],
  ['letters of both cases', () => drawnFrom(LETTERS + LETTERS.toUpperCase(), 128)],
  ['all that a keyboard has', () => drawnFrom(PRINTABLE, 64)],
];

describe('a secret looks typed', () => {
  it.each([
    'my very secret key for the shop, please do not tell anybody about it',
    'my-very-secret-key-for-the-shop-please-do-not-tell-anybody-2026',
    'ThisIsMySuperSecretKeyForTheShopThatNobodyKnowsAboutYet2026',
    'MY_SECRET_KEY_FOR_PRODUCTION_DO_NOT_SHARE_IT_WITH_ANYONE',
    'MYSECRETKEYFORPRODUCTIONDONOTSHAREITWITHANYONE2026',
    'correct horse battery staple',
    'qwertyuiopasdfghjklzxcvbnm1234567890',
    'мой очень секретный ключ для магазина',
    'sähköinen salasana on tässä, älä kerro sitä kenellekään',
    '我的秘密密钥不要告诉任何人我的商店的钥匙在这里谢谢你',
    '3141592653589793238462643383279502884197169399375105820974944592',
  ])('when it is %s', (secret) => {
    expect(looksTyped(Buffer.from(secret))).toBe(true);
  });

  it('when it has few different bytes, whatever they are', () => {
    expect(looksTyped(Buffer.from(drawnFrom('aZ3_x', 64)))).toBe(true);
    expect(looksTyped(Buffer.from([...randomBytes(64)].map((byte) => 0xf0 | (byte % 8))))).toBe(true);
  });

  // The odds that a random one looks typed are less than one in a hundred each.
  it.each(RANDOM)('but hardly when it is random %s', (_form, draw) => {
    const typed = Array.from({ length: 200 }, draw).filter((secret) => looksTyped(Buffer.from(secret)));
    expect(typed.length).toBeLessThan(10);
  });
});
