/**
 * Lets contenders take turns within every round, so that whatever else the machine does meets them all.
 *
 * @param turn Measures a contender once.
 * @returns for every contender what was measured, by round.
 */
export async function inRounds(contenders, rounds, turn) {
  const measured = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let place = 0; place < contenders.length; place += 1) {
      const index = (round + place) % contenders.length;
      measured[index].push(await turn(contenders[index]));
    }
  }
  return measured;
}
