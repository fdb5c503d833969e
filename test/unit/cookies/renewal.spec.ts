import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { lastValueFrom, of } from 'rxjs';
import { CookieRenewalInterceptor } from '../../../libs/jwt-policy/src/cookie-renewal.interceptor.js';
import { isDue } from '../../../libs/jwt-policy/src/cookies/renewal.js';
import type { VerifiedToken } from '../../../libs/jwt-policy/src/verify/verified-token.js';
import { stopClock } from '../../support/clock.js';
import { verifiedToken } from '../../support/verified-tokens.js';

const NOW = 1_800_000_000;
const RULES = { after: 300_000, until: 3_600_000 };
const tokenWith = (claims: object): VerifiedToken => verifiedToken({ sid: 's-1', ...claims });

beforeAll(() => stopClock(NOW * 1000));
afterAll(() => jest.useRealTimers());

describe('a token', () => {
  it.each([
    ['of its age', { iat: NOW - 300, auth_time: NOW - 900 }, true],
    ['a second too young', { iat: NOW - 299, auth_time: NOW - 900 }, false],
    ['without a session', { iat: NOW - 300, auth_time: NOW - 900, sid: undefined }, false],
    ['whose log-in was a second within the end', { iat: NOW - 300, auth_time: NOW - 3599 }, true],
    ['whose log-in was at the end', { iat: NOW - 300, auth_time: NOW - 3600 }, false],
    ['that is as old as the end', { iat: NOW - 3600, auth_time: NOW - 3600 }, false],
    ['that was issued at the log-in', { iat: NOW - 300, auth_time: NOW - 300 }, true],
    ['that was issued before the log-in', { iat: NOW - 301, auth_time: NOW - 300 }, false],
    ['whose log-in is not a time', { iat: NOW - 300, auth_time: String(NOW - 300) }, false],
    ['that does not say when the log-in was', { iat: NOW - 300 }, false],
    ['whose log-in is null', { iat: NOW - 300, auth_time: null }, false],
  ])('%s is due, or not', (_case, claims, due) => {
    expect(isDue(tokenWith(claims), RULES)).toBe(due);
  });
});

describe('the interceptor', () => {
  it('leaves alone what is no HTTP', async () => {
    const interceptor = new CookieRenewalInterceptor({} as never, RULES, {} as never, {} as never);
    const context = new ExecutionContextHost([]);
    context.setType('rpc');
    const handled = interceptor.intercept(context, { handle: () => of('handled') });
    await expect(lastValueFrom(handled)).resolves.toBe('handled');
  });
});
