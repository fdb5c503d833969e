import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TokenEvent } from 'nestjs-jwt-policy';

const CHANNEL = 'nestjs-jwt-policy:token';

/** What is published about tokens from now on. Stop it when it is enough. */
export function recordTokenEvents(): { readonly events: TokenEvent[]; stop(): void } {
  const events: TokenEvent[] = [];
  const keep = (event: unknown): void => void events.push(event as TokenEvent);
  subscribe(CHANNEL, keep);
  return { events, stop: () => void unsubscribe(CHANNEL, keep) };
}
