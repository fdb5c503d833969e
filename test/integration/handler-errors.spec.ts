import { channel } from 'node:diagnostics_channel';
import { type ArgumentsHost, Catch, Controller, type ExceptionFilter, Get, Param, Res } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import {
  AmbiguousToken,
  type DecisionEvent,
  InvalidToken,
  PolicyUnavailable,
  Public,
  type RefusalCode,
} from 'nestjs-jwt-policy';
import { PolicyErrorFilter } from '../../libs/jwt-policy/src/respond/policy-error.filter.js';
import { Responder } from '../../libs/jwt-policy/src/respond/responder.service.js';
import { GuardedShop } from '../support/guarded-shop.js';
import { PLATFORMS } from '../support/platforms.js';
import { refusal } from '../support/refusals.js';

const ERRORS: Readonly<Record<string, () => Error>> = {
  ERR_TOKEN_INVALID: () => new InvalidToken('ERR_TOKEN_INVALID', 'hidden reason'),
  ERR_TOKEN_EXPIRED: () => new InvalidToken('ERR_TOKEN_EXPIRED', 'hidden reason'),
  ERR_TOKEN_REVOKED: () => new InvalidToken('ERR_TOKEN_REVOKED', 'hidden reason'),
  ERR_SUBJECT_UNKNOWN: () => new InvalidToken('ERR_SUBJECT_UNKNOWN', 'hidden reason'),
  ERR_TOKEN_AMBIGUOUS: () => new AmbiguousToken(),
  ERR_POLICY_UNAVAILABLE: () => new PolicyUnavailable('hidden reason'),
};

@Controller('fails')
@Public()
class FailingController {
  @Get('late')
  late(@Res() response: { send(body: string): void }): never {
    response.send('done');
    throw new InvalidToken('ERR_TOKEN_INVALID', 'too late');
  }

  @Get(':code')
  fail(@Param('code') code: string): never {
    throw (ERRORS[code] ?? (() => new Error('of the app')))();
  }
}

let told: unknown[] = [];

/** Tells of everything, as an app may. */
@Catch()
class TellingFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    told.push(exception);
    const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): void } }>();
    response.status(418).send('told');
  }
}

describe.each(PLATFORMS)('what a handler lets through on %s', (_name, adapter) => {
  let shop: GuardedShop;
  beforeAll(async () => {
    shop = await GuardedShop.open(adapter, {}, { controllers: [FailingController] });
  });
  afterAll(() => shop.close());

  it.each(Object.keys(ERRORS) as RefusalCode[])('is answered as the guard would answer it: %s', async (code) => {
    const answer = await shop.get(`/fails/${code}`);
    expect(answer).toMatchObject(refusal(code));
    expect(JSON.stringify(answer.body)).not.toContain('hidden');
  });

  it('is told of without the name of a route, which nobody knows', async () => {
    const events: DecisionEvent[] = [];
    const listen = (event: unknown): void => void events.push(event as DecisionEvent);
    channel('nestjs-jwt-policy:decision').subscribe(listen);
    await shop.get('/fails/ERR_TOKEN_EXPIRED');
    channel('nestjs-jwt-policy:decision').unsubscribe(listen);
    expect(events).toMatchObject([
      { route: 'FailingController.fail', decision: { allowed: true } },
      { route: undefined, decision: { code: 'ERR_TOKEN_EXPIRED', reason: 'hidden reason' } },
    ]);
  });

  it('changes nothing of an answer that has left', async () => {
    expect(await shop.get('/fails/late')).toMatchObject({ status: 200, body: 'done', challenge: null });
    expect(await shop.get('/open')).toMatchObject({ status: 200 });
  });

  it('is none of ours when it is an error of the app', async () => {
    expect(await shop.get('/fails/otherwise')).toMatchObject({ status: 500, challenge: null });
  });

  it('reaches a filter of the app that wants everything', async () => {
    told = [];
    const other = await GuardedShop.open(
      adapter,
      {},
      { controllers: [FailingController] },
      (app) => void app.useGlobalFilters(new TellingFilter()),
    );
    expect(await other.get('/fails/ERR_TOKEN_INVALID')).toMatchObject({ status: 418 });
    expect(told).toMatchObject([{ code: 'ERR_TOKEN_INVALID' }]);
    await other.close();
  });
});

describe('what a handler outside of HTTP lets through', () => {
  it('is handed on as a refusal', () => {
    const filter = new PolicyErrorFilter(new Responder('shop-api'), {} as never);
    const host = new ExecutionContextHost([]);
    host.setType('rpc');
    expect(() => filter.catch(new InvalidToken('ERR_TOKEN_EXPIRED', 'hidden reason'), host)).toThrow(
      expect.objectContaining({ status: 401, decision: expect.objectContaining({ code: 'ERR_TOKEN_EXPIRED' }) }),
    );
  });
});
