import type { Duration } from '../duration.js';
import { isIdentifier } from '../identifier.js';
import { checkedLifetime } from '../issue/lifetime.js';
import type { IssuedToken } from '../issue/issued-token.js';
import { TokenService } from '../token.service.js';
import { loadAppModule } from './app-module.js';
import { argumentsOf, notEmpty, required } from './arguments.js';
import { CommandFailure, type Print, UsageError } from './command.js';
import { StartedApp } from './started-app.js';

const FLAGS = {
  for: { type: 'string' },
  permissions: { type: 'string', multiple: true },
  name: { type: 'string' },
  lifetime: { type: 'string' },
  module: { type: 'string' },
} as const;

interface Wish {
  readonly id: string;
  readonly permissions?: readonly string[];
  readonly name?: string;
  readonly lifetime?: Duration;
}

/** Makes a token for development, with the settings of the app. */
export async function token(args: readonly string[], print: Print): Promise<number> {
  const { values } = argumentsOf(args, FLAGS);
  const wish: Wish = {
    id: subjectOf(required(values.for, '--for')),
    permissions: values.permissions?.flatMap(permissionsOf),
    name: notEmpty(values.name, '--name'),
    lifetime: lifetimeOf(values.lifetime),
  };
  refuseProduction();
  const module = await loadAppModule(notEmpty(values.module, '--module'));
  return StartedApp.use(module, print, async (app) => {
    // The app may have read its environment from a file by now.
    refuseProduction();
    const { identify } = app.settings;
    const { token: text, expiresAt } = await issued(app.get(TokenService), wish);
    print.answer(text);
    print.remark(`For ${wish.id}, ${mayDo(wish)}, until ${expiresAt.toISOString()}.`);
    if (identify.load) print.remark(`The app loads who ${wish.id} is: its answer counts, unless freshness is 'token'.`);
    return 0;
  });
}

async function issued(tokens: TokenService, { lifetime, ...subject }: Wish): Promise<IssuedToken> {
  try {
    return await tokens.issue(subject, { lifetime });
  } catch (error) {
    throw new CommandFailure((error as Error).message, { cause: error });
  }
}

function refuseProduction(): void {
  if (process.env.NODE_ENV !== 'production') return;
  throw new CommandFailure('NODE_ENV is production, where nobody gets a token without logging in.');
}

function subjectOf(id: string): string {
  if (isIdentifier(id)) return id;
  throw new UsageError('--for is not a text of 1 to 256 characters.');
}

function permissionsOf(list: string): string[] {
  const names = list.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new UsageError('--permissions has an empty name: write for example view,edit.');
}

function lifetimeOf(lifetime: string | undefined): Duration | undefined {
  try {
    if (lifetime !== undefined) checkedLifetime(lifetime, '--lifetime');
    return lifetime as Duration | undefined;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function mayDo({ permissions }: Wish): string {
  return permissions === undefined ? 'without permissions' : `with ${permissions.join(', ')}`;
}
