import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { array, assert, constant, integer, oneof, property, tuple } from 'fast-check';
import { BoundedMap } from '../../libs/jwt-policy/src/bounded-map.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a bounded map', () => {
  it('holds the entries that were set last, whatever was set, replaced and deleted before', () => {
    const key = integer({ min: 0, max: 12 }).map(String);
    const step = oneof(tuple(constant('set' as const), key), tuple(constant('delete' as const), key));
    assert(
      property(integer({ min: 0, max: 6 }), array(step, { maxLength: 300 }), (most, steps) => {
        const map = new BoundedMap<number>(most);
        let model: [string, number][] = [];
        for (const [index, [kind, name]] of steps.entries()) {
          model = model.filter(([known]) => known !== name);
          if (kind === 'set') {
            map.set(name, index);
            model = most === 0 ? [] : [...model, [name, index] as [string, number]].slice(-most);
          } else {
            map.delete(name);
          }
          for (let one = 0; one <= 12; one += 1) {
            expect(map.get(String(one))).toBe(model.find(([known]) => known === String(one))?.[1]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [
      'the same few keys are set over and over',
      (map: BoundedMap<object>, index: number) => map.set(`key-${index % 100}`, {}),
    ],
    [
      'one key is set and deleted over and over',
      (map: BoundedMap<object>) => {
        map.set('key', {});
        map.delete('key');
      },
    ],
    [
      'it was full once, and has had no new key since',
      (map: BoundedMap<object>, index: number) => map.set(`key-${index < 1_001 ? index : index % 1_000}`, {}),
    ],
  ])('lets go of what was replaced when %s', async (_case, change) => {
    const map = new BoundedMap<object>(1_000);
    const gone = { count: 0 };
    const registry = new FinalizationRegistry(() => (gone.count += 1));
    const watched: BoundedMap<object> = Object.assign(Object.create(map) as BoundedMap<object>, {
      set: (key: string, value: object) => {
        registry.register(value, undefined);
        map.set(key, value);
      },
      delete: (key: string) => map.delete(key),
    });
    for (let index = 0; index < 50_000; index += 1) change(watched, index);
    for (let time = 0; time < 20 && gone.count < 40_000; time += 1) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(gone.count).toBeGreaterThan(40_000);
    expect(map.get('nothing')).toBeUndefined();
  });

  it('makes room in no more time after a hundred thousand others', () => {
    const map = new BoundedMap<number>(10_000);
    const microseconds = (from: number): number => {
      const before = process.cpuUsage();
      for (let index = from; index < from + 20_000; index += 1) map.set(`key-${index}`, index);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 20_000;
    };
    for (let round = 0; round < 5; round += 1) microseconds(round * 20_000);
    expect(microseconds(100_000)).toBeLessThan(5);
  });
});
