/** Where a command writes. What it answers can be piped into a file or another program, what it remarks is for people. */
export interface Print {
  answer(text: string): void;
  remark(text: string): void;
}

/** @returns the exit status of the process. */
export type Command = (args: readonly string[], print: Print) => Promise<number>;

/** Ends a command with status 2 and nothing but its message. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';
}

/** The command was not written as its usage says, which is shown after the message. */
export class UsageError extends CommandFailure {
  override readonly name = 'UsageError';
}
