import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hashPassword, isPassword } from '../users/password.js';
import { type Account, UsersRepository } from '../users/users.repository.js';
import type { Credentials } from './login.schema.js';

@Injectable()
export class LoginService implements OnModuleInit {
  private hashOfNobody = '';

  constructor(private readonly users: UsersRepository) {}

  async onModuleInit(): Promise<void> {
    this.hashOfNobody = await hashPassword(randomBytes(32).toString('hex'));
  }

  /** Unknown, wrong and disabled take the same work and give the same answer. */
  async logIn({ username, password }: Credentials): Promise<Account | undefined> {
    const account = await this.users.findAccount(username);
    const matches = await isPassword(password, account?.passwordHash ?? this.hashOfNobody);
    return matches && account?.disabled === false ? account : undefined;
  }
}
