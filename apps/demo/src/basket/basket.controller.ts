import {
  Body,
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  NotFoundException,
  Param,
  Post,
} from '@nestjs/common';
import { CurrentIdentity, type Identity, RequirePermission } from 'nestjs-jwt-policy';
import { BasketRepository } from './basket.repository.js';
import { type Item, itemSchema, MOST_OF_ONE, skuSchema } from './basket.schema.js';

@Controller('basket')
export class BasketController {
  constructor(private readonly baskets: BasketRepository) {}

  @Get()
  @RequirePermission('view')
  async show(@CurrentIdentity() me: Identity) {
    return { items: await this.baskets.list(Number(me.id)) };
  }

  @Post('items')
  @RequirePermission('edit')
  async add(@CurrentIdentity() me: Identity, @Body({ schema: itemSchema }) item: Item) {
    const added = await this.baskets.add(Number(me.id), item);
    if (added === undefined) throw new ConflictException(`A basket holds at most ${MOST_OF_ONE} of one item`);
    return added;
  }

  @Delete('items/:sku')
  @RequirePermission('edit')
  @HttpCode(HttpStatus.NO_CONTENT)
  async remove(@CurrentIdentity() me: Identity, @Param('sku', { schema: skuSchema }) sku: string) {
    if (!(await this.baskets.remove(Number(me.id), sku))) throw new NotFoundException('The basket has no such item');
  }
}
