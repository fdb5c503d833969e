import { loadAppModule } from './app-module.js';
import { argumentsOf, notEmpty } from './arguments.js';
import type { Print } from './command.js';
import { findingsOf } from './findings.js';
import { Policy } from './policy.js';
import { report } from './report.js';
import { routesOf } from './routes.js';
import { StartedApp } from './started-app.js';

const FLAGS = { strict: { type: 'boolean' }, json: { type: 'boolean' } } as const;

/** Says what is weak in the policy of an app, to people or to programs. */
export async function doctor(args: readonly string[], print: Print): Promise<number> {
  const { values, words } = argumentsOf(args, FLAGS, 1);
  const [named] = words;
  const module = await loadAppModule(notEmpty(named, '<module>'));
  return StartedApp.use(module, print, async (app) => {
    const findings = findingsOf(new Policy(app.settings, routesOf(app)));
    print.answer(values.json ? JSON.stringify(findings, null, 2) : report(findings));
    return findings.some(({ grade }) => grade === 'weak' || values.strict) ? 1 : 0;
  });
}
