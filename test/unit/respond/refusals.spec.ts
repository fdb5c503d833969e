import { channel } from 'node:diagnostics_channel';
import { Logger } from '@nestjs/common';
import { type DecisionEvent, type Identity, InvalidToken, PolicyException, type RefusalCode } from 'nestjs-jwt-policy';
import { granted, refused } from '../../../libs/jwt-policy/src/decide/decision.js';
import { challenge } from '../../../libs/jwt-policy/src/respond/challenge.js';
import { rejectionFor } from '../../../libs/jwt-policy/src/respond/rejection.js';
import { Responder } from '../../../libs/jwt-policy/src/respond/responder.service.js';

describe('a challenge', () => {
  it.each([
    [challenge('shop', null, []), 'Bearer realm="shop"'],
    [challenge('shop', 'invalid_token', []), 'Bearer realm="shop", error="invalid_token"'],
    [
      challenge('shop', 'insufficient_scope', ['view', 'a:b']),
      'Bearer realm="shop", error="insufficient_scope", scope="view a:b"',
    ],
    [challenge('shop', 'insufficient_scope', ['two words']), 'Bearer realm="shop", error="insufficient_scope"'],
    [challenge('shop', 'insufficient_scope', ['a"b']), 'Bearer realm="shop", error="insufficient_scope"'],
    [challenge('shop', 'insufficient_scope', ['view', 'größe']), 'Bearer realm="shop", error="insufficient_scope"'],
    [challenge('a"b\\c\r\nd é', null, []), 'Bearer realm="a\\"b\\\\c??d ?"'],
  ])('is spelt %s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe('a rejection', () => {
  it.each<[RefusalCode, number, string | undefined]>([
    ['ERR_TOKEN_MISSING', 401, 'Bearer realm="shop"'],
    ['ERR_TOKEN_INVALID', 401, 'Bearer realm="shop", error="invalid_token"'],
    ['ERR_TOKEN_EXPIRED', 401, 'Bearer realm="shop", error="invalid_token"'],
    ['ERR_SUBJECT_UNKNOWN', 401, 'Bearer realm="shop", error="invalid_token"'],
    ['ERR_TOKEN_AMBIGUOUS', 400, 'Bearer realm="shop", error="invalid_request"'],
    ['ERR_PERMISSION_MISSING', 403, 'Bearer realm="shop", error="insufficient_scope", scope="view"'],
    ['ERR_ROUTE_UNDECLARED', 403, undefined],
    ['ERR_CROSS_SITE', 403, undefined],
    ['ERR_POLICY_UNAVAILABLE', 503, undefined],
  ])('for %s has status %i and the challenge %s', (code, status, expected) => {
    const rejection = rejectionFor(refused(code, 'secret reason', ['view']), 'shop');
    expect(rejection).toMatchObject({ status, body: { statusCode: status, code } });
    expect(rejection.challenge).toBe(expected);
    expect(JSON.stringify(rejection.body)).not.toContain('secret reason');
  });
});

const logTo = (write: (line: string) => void): void =>
  Logger.overrideLogger({
    log: write,
    warn: write,
    debug: write,
    error: (line: string, stack?: string) => write(`${line} ${stack ?? ''}`),
  });

describe('the responder', () => {
  const responder = new Responder('shop');
  const identity = { id: 'joe', token: { id: 'token-1' } } as unknown as Identity;
  let lines: string[];
  beforeEach(() => {
    lines = [];
    Logger.overrideLogger(['verbose', 'debug', 'log', 'warn', 'error', 'fatal']);
    logTo((line) => lines.push(line));
  });
  afterAll(() => Logger.overrideLogger(false));

  it('lets an allowed request pass without a line in the log', () => {
    expect(responder.conclude(granted('AUTHENTICATED', 'fine'), {})).toBe(true);
    expect(lines).toEqual([]);
  });

  it('throws a refusal that carries the decision, and logs the exact reason', () => {
    const decision = refused('ERR_PERMISSION_MISSING', 'lacks "edit"', ['edit']);
    expect(() => responder.conclude(decision, { route: 'Basket.add', identity })).toThrow(
      expect.objectContaining({ decision }),
    );
    expect(lines).toEqual(['Basket.add: ERR_PERMISSION_MISSING (lacks "edit") for "joe"']);
  });

  it('names Passport where no route is known', () => {
    responder.rejection(new InvalidToken('ERR_TOKEN_EXPIRED', 'expired'), {});
    expect(lines).toEqual(['AuthGuard: ERR_TOKEN_EXPIRED (expired)']);
  });

  it('names whoever else asks', () => {
    responder.rejection(new InvalidToken('ERR_TOKEN_EXPIRED', 'expired'), { asker: 'A handler' });
    expect(lines).toEqual(['A handler: ERR_TOKEN_EXPIRED (expired)']);
  });

  it('hands on a refusal that was already made', () => {
    const exception = new PolicyException(
      refused('ERR_ROUTE_UNDECLARED', 'x'),
      rejectionFor(refused('ERR_ROUTE_UNDECLARED', 'x'), 'shop'),
    );
    expect(responder.rejection(exception, {})).toBe(exception);
    expect(lines).toEqual([]);
  });

  it('logs an outage as an error, with the stack of its origin', () => {
    const origin = new Error('connection lost');
    expect(responder.rejection(new Error('wrapped', { cause: origin }), { route: 'A.b' }).getStatus()).toBe(503);
    expect(lines[0]).toContain('A.b: ERR_POLICY_UNAVAILABLE (an unexpected error) Error: connection lost');
    responder.rejection(origin, {});
    expect(lines[1]).toContain('Error: connection lost');
    responder.rejection('thrown text', {});
    expect(lines[2]).toBe('AuthGuard: ERR_POLICY_UNAVAILABLE (an unexpected error) ');
  });

  it('writes no refusals when the log is not at debug level', () => {
    Logger.overrideLogger(['error']);
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    responder.rejection(new InvalidToken('ERR_TOKEN_EXPIRED', 'expired'), {});
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
  });

  it('still refuses when the log cannot be written', () => {
    logTo(() => {
      throw new Error('disk full');
    });
    expect(responder.rejection(new InvalidToken('ERR_TOKEN_EXPIRED', 'expired'), {}).getStatus()).toBe(503);
  });

  it('publishes every decision to those who listen', () => {
    const events: unknown[] = [];
    const listen = (event: unknown): void => void events.push(event);
    channel('nestjs-jwt-policy:decision').subscribe(listen);
    const decision = granted('PERMISSION_GRANTED', 'fine');
    responder.conclude(decision, { route: 'Basket.show', identity });
    channel('nestjs-jwt-policy:decision').unsubscribe(listen);
    const expected: DecisionEvent = {
      decision,
      route: 'Basket.show',
      subject: 'joe',
      tokenId: 'token-1',
      cause: undefined,
    };
    expect(events).toEqual([expected]);
  });
});
