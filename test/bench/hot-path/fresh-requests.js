import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { FIRST_ROUTE } from './contenders/shelves.js';

const SOCKET = new Socket();

/** What each platform makes of Node's request and response before a guard sees them. */
const DRESSERS = {
  express:
    ({ request, response }) =>
    (message, answer) => [Object.setPrototypeOf(message, request), Object.setPrototypeOf(answer, response)],
  fastify: (instance) => {
    const [Request, Reply] = ['fastify.Request', 'fastify.Reply'].map((name) => instance[symbolOf(instance, name)]);
    return (message, answer) => {
      const request = new Request('req-1', {}, message, {}, instance.log, undefined);
      return [request, new Reply(answer, request, instance.log)];
    };
  },
};

/**
 * Makes what Nest hands to a guard, of the classes of Node and of the platform. Every text is new, as it is when a
 * parser has read it: one that was seen before would know its hash.
 */
export function contextMaker(app, platform) {
  const dressed = DRESSERS[platform](app.getHttpAdapter().getInstance());
  return (token, { controller, handler }) => {
    const message = received(token);
    const [request, response] = dressed(message, new ServerResponse(message));
    const context = new ExecutionContextHost([request, response, undefined], controller, handler);
    context.setType('http');
    return context;
  };
}

function received(token) {
  const message = new IncomingMessage(SOCKET);
  const lines = headers(token);
  // oxlint-disable-next-line no-underscore-dangle -- it is what Node's parser calls
  message._addHeaderLines(lines, lines.length);
  message.method = 'GET';
  message.url = FIRST_ROUTE;
  // Express, Fastify and their body parsers have looked into them by then.
  void message.headers;
  return message;
}

function headers(token) {
  const lines = ['Host', '127.0.0.1:3000', 'Connection', 'keep-alive'];
  if (token !== undefined) lines.push('Authorization', `Bearer ${token}`);
  lines.push('Accept', '*/*', 'User-Agent', 'node', 'Accept-Encoding', 'gzip, deflate');
  return lines.map((text) => Buffer.from(text, 'latin1').toString('latin1'));
}

function symbolOf(object, description) {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}
