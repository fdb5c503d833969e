import type { Finding } from './finding.js';

/** Two lines for each finding, and one for all of them. */
export function report(findings: readonly Finding[]): string {
  const weak = findings.filter(({ grade }) => grade === 'weak').length;
  const summary = `${weak} weak, ${findings.length - weak} advice.`;
  return [...findings.map(lines), summary].join('\n');
}

function lines({ code, grade, option, problem, fix }: Finding): string {
  return `${grade.padEnd(6)}  ${code}  ${option}: ${problem}.\n        ${fix}.`;
}
