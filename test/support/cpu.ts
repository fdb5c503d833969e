/** The CPU time that some work takes, in milliseconds: the median of several runs, after one to warm up. */
export async function cpuMilliseconds(work: () => unknown, runs = 9): Promise<number> {
  await work();
  const measured: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    measured.push((user + system) / 1000);
  }
  return measured.toSorted((a, b) => a - b)[Math.floor(runs / 2)];
}
