import { type Duration, millisecondsWithin } from '../../duration.js';
import { PolicyConfigurationError } from '../../errors.js';
import { refuseUnknownTo } from '../../option-checks.js';
import { ALGORITHMS, isAlgorithm, type PairAlgorithm } from '../algorithms.js';

export interface RemoteJwksOptions {
  /**
   * The algorithms that the issuer signs with, and no other. A key that does not name its own is for the first of these
   * that fits it.
   */
  algorithms: readonly PairAlgorithm[];
  /**
   * How long a fetch may take, discovery included; a millisecond to a minute.
   * @defaultValue `'5s'`
   */
  timeout?: Duration;
  /**
   * How long after a fetch, good or failed, no other is made, however many tokens name unknown keys; 100 ms to an hour.
   * @defaultValue `'30s'`
   */
  cooldown?: Duration;
  /**
   * From which age on the keys are fetched again in the background; a second to a day. A key that the issuer has withdrawn
   * counts until then.
   * @defaultValue `'10m'`
   */
  maxAge?: Duration;
}

/** The options checked, in milliseconds. */
export interface RemoteJwksSettings {
  readonly algorithms: readonly PairAlgorithm[];
  readonly timeout: number;
  readonly cooldown: number;
  readonly maxAge: number;
}

const NAMES = ['algorithms', 'timeout', 'cooldown', 'maxAge'];
const PAIR_ALGORITHMS = Object.keys(ALGORITHMS).filter(isPairAlgorithm);

/** @throws {PolicyConfigurationError} naming the option at fault, as one of `builder`. */
export function checkRemoteJwksOptions(options: RemoteJwksOptions, builder: string): RemoteJwksSettings {
  refuseUnknownTo(builder, options, NAMES);
  const { algorithms, timeout = '5s', cooldown = '30s', maxAge = '10m' } = options;
  const length = (value: unknown, name: string, bounds: readonly [number, number], words: string): number =>
    millisecondsWithin(value, `${builder}: ${name}`, bounds, `is not between ${words}`, `write for example '30s'`);
  return {
    algorithms: checkAlgorithms(algorithms, `${builder}: algorithms`),
    timeout: length(timeout, 'timeout', [1, 60_000], 'a millisecond and a minute'),
    cooldown: length(cooldown, 'cooldown', [100, 3_600_000], '100 ms and an hour'),
    maxAge: length(maxAge, 'maxAge', [1_000, 86_400_000], 'a second and a day'),
  };
}

function checkAlgorithms(algorithms: unknown, option: string): readonly PairAlgorithm[] {
  // A copy, because the list could change after the check.
  const names: unknown[] = Array.isArray(algorithms) ? [...algorithms] : [];
  if (names.length > 0 && names.every(isPairAlgorithm)) return names;
  throw new PolicyConfigurationError(
    option,
    'is not a list of algorithms with public keys',
    `list those that the issuer uses, out of ${PAIR_ALGORITHMS.join(', ')}`,
  );
}

/** A public key that anybody can fetch is no secret to sign with (RFC 8725, section 2.1). */
function isPairAlgorithm(name: unknown): name is PairAlgorithm {
  return isAlgorithm(name) && ALGORITHMS[name].kty !== 'oct';
}
