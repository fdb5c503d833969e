const ASK_AGAIN_AFTER = 100;

/** A way to Redis that is not asked in vain: while it fails, one question at a time finds out whether it still does. */
export class Line {
  private failedAt: number | null = null;
  private trying = false;

  /** @throws what the question throws; at once, when another one has failed just now. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.failedAt === null) return this.put(question);
    if (this.trying || performance.now() - this.failedAt < ASK_AGAIN_AFTER) {
      throw new Error('Redis did not answer a moment ago');
    }
    this.trying = true;
    try {
      return await this.put(question);
    } finally {
      this.trying = false;
    }
  }

  private async put<T>(question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      this.failedAt = null;
      return answer;
    } catch (error) {
      this.failedAt = performance.now();
      throw error;
    }
  }
}
