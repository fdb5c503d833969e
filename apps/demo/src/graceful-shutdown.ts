import { Server } from 'node:http';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

const GRACE_MS = 2_000;

/** Requests may finish, but a client that keeps its connection busy or unused does not hold up the end. */
@Injectable()
export class GracefulShutdown implements BeforeApplicationShutdown {
  constructor(private readonly host: HttpAdapterHost) {}

  beforeApplicationShutdown(): void {
    // There is none where the shop is started without listening.
    const server: unknown = this.host.httpAdapter?.getHttpServer();
    setTimeout(() => {
      if (server instanceof Server) server.closeAllConnections();
    }, GRACE_MS).unref();
  }
}
