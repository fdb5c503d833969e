import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config.js';
import { hashPassword, isPassword } from '../users/password.js';
import { normalizeUserName } from '../users/user-name.js';
import { type Account, UsersRepository } from '../users/users.repository.js';
import { BoundedWork } from './bounded-work.js';
import { FailureLimit } from './failure-limit.js';
import type { Credentials } from './login.schema.js';

@Injectable()
export class LoginService implements OnModuleInit {
  private readonly perAccount: FailureLimit;
  private readonly perAddress: FailureLimit;
  private readonly hashing: BoundedWork;
  private hashOfNobody = '';

  constructor(
    private readonly users: UsersRepository,
    { logIn }: Config,
  ) {
    this.perAccount = new FailureLimit(logIn.failuresPerAccount, logIn.windowSeconds);
    this.perAddress = new FailureLimit(logIn.failuresPerAddress, logIn.windowSeconds);
    this.hashing = new BoundedWork(logIn.hashesAtOnce, logIn.hashesWaiting);
  }

  async onModuleInit(): Promise<void> {
    this.hashOfNobody = await hashPassword(randomBytes(32).toString('hex'));
  }

  /** The points are taken when a hash is about to be made, so log-ins that only wait never run each other out. */
  logIn(credentials: Credentials, address: string): Promise<Account | undefined> {
    return this.hashing.run(() =>
      this.perAddress.attempt(address, () =>
        this.perAccount.attempt(normalizeUserName(credentials.username), () => this.check(credentials)),
      ),
    );
  }

  /** Unknown, wrong and disabled take the same work and give the same answer. */
  private async check({ username, password }: Credentials): Promise<Account | undefined> {
    const account = await this.users.findAccount(username);
    const matches = await isPassword(password, account?.passwordHash ?? this.hashOfNobody);
    return matches && account?.disabled === false ? account : undefined;
  }
}
