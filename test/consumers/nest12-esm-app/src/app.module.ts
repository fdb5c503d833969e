import './permissions.js';
import { Module } from '@nestjs/common';
import { JwtPolicyModule, secretKey } from 'nestjs-jwt-policy';
import { BasketController } from './basket.controller.js';
import { LoginController } from './login.controller.js';

@Module({
  imports: [
    JwtPolicyModule.forRoot({
      issuer: 'https://shop.example',
      audience: 'shop-api',
      keys: secretKey(process.env.JWT_SECRET),
    }),
  ],
  controllers: [LoginController, BasketController],
})
export class AppModule {}
