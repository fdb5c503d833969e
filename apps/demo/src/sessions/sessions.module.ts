import { Module } from '@nestjs/common';
import { RefreshController } from './refresh.controller.js';
import { SessionsController } from './sessions.controller.js';

@Module({ controllers: [RefreshController, SessionsController] })
export class SessionsModule {}
