import { CommandFailure } from './command.js';

/** Why an app does not start: a mistake in its policy in its own words, anything else with the place where it happened. */
export function appFailure(error: unknown): CommandFailure {
  if (!(error instanceof Error)) return new CommandFailure(`The app does not start: ${String(error)}`);
  // By its code: the app may have another copy of the class.
  if ('code' in error && error.code === 'ERR_POLICY_CONFIGURATION') return new CommandFailure(error.message);
  return new CommandFailure(`The app does not start: ${String(error.stack)}`);
}
