import { DrizzleQueryError } from 'drizzle-orm';
import {
  BadRequestException,
  ConflictException,
  type HttpException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { codeOf } from '../error-code.js';

/** What a failed query means to the client; nothing if the query itself is to blame. */
export function explainDatabaseError(error: unknown): HttpException | undefined {
  if (!(error instanceof DrizzleQueryError)) return undefined;
  const sqlState = /^[0-9A-Z]{5}$/.test(codeOf(error)) ? codeOf(error).slice(0, 2) : undefined;
  switch (sqlState) {
    case '22': // a value PostgreSQL cannot hold
      return new BadRequestException('A value is out of range', { cause: error });
    case '23': // a constraint: what it refers to has just changed
      return new ConflictException('Something else has just changed this', { cause: error });
    case undefined: // not from PostgreSQL: the connection failed
    case '08': // connection exception
    case '53': // out of resources
    case '57': // shutting down, cancelled
    case '58': // system error
      return new ServiceUnavailableException('The shop cannot reach its database, try again later', { cause: error });
    default:
      return undefined;
  }
}
