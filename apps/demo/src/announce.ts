import type { Config } from './config.js';
import { examplePeople } from './database/example-people.js';

/** What someone who has just started the shop wants to know. */
export function announce(config: Config, url: string): void {
  const parts = [
    config.platform,
    config.databaseUrl === undefined ? 'embedded database' : 'PostgreSQL',
    ...(config.redisUrl === undefined ? [] : ['revocations in Redis']),
  ];
  for (const warning of config.warnings) console.warn(`Warning: ${warning}`);
  const opening = `The shop is open at ${url} (${parts.join(', ')}). Ctrl-C closes it.`;
  console.log(config.examplePeople ? `${opening}\n${invitation(url)}` : opening);
}

function invitation(url: string): string {
  const [joe] = examplePeople;
  const people = examplePeople.map(({ name, password, permissions }) =>
    ['', name.padEnd(6), password.padEnd(20), permissions.join(', ') || '(nothing)'].join('  '),
  );
  const login = `curl -s ${url}/login -H 'Content-Type: application/json' -d '${JSON.stringify({ username: joe.name, password: joe.password })}'`;
  const token = `node -p 'JSON.parse(require("fs").readFileSync(0)).token'`;
  return `
  who     password              may
${people.join('\n')}

Log in as ${joe.name} and look into the basket:

  curl -s ${url}/basket -H "Authorization: Bearer $(${login} | ${token})"
`;
}
