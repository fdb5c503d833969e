import { Module } from '@nestjs/common';
import { BasketController } from './basket.controller.js';
import { BasketRepository } from './basket.repository.js';

@Module({
  controllers: [BasketController],
  providers: [BasketRepository],
})
export class BasketModule {}
