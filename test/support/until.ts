import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something holds, and says how long that took, in milliseconds. */
export async function until(holds: () => Promise<boolean> | boolean, within = 10_000): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > within) throw new Error(`waited for ${within} ms in vain`);
    await delay(2);
  }
  return performance.now() - began;
}
