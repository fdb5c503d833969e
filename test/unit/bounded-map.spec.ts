import { array, assert, constant, integer, oneof, property, tuple } from 'fast-check';
import { BoundedMap } from '../../libs/jwt-policy/src/bounded-map.js';

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
