import { Controller, Get } from '@nestjs/common';
import { Public } from 'nestjs-jwt-policy';

@Controller('health')
export class HealthController {
  @Get()
  @Public()
  show() {
    return { status: 'ok' };
  }
}
