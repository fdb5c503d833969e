import { MemorySessions, type Rotation, type RotationOutcome, type SessionRecord } from 'nestjs-jwt-policy';

type Verb = 'add' | 'find' | 'rotate' | 'list' | 'close';

/** A store in memory that can be taken down, as a whole or for one question. */
export class FaultySessions extends MemorySessions {
  down: readonly Verb[] = [];
  /** How the next questions that are down end: with an error, or not at all. */
  hangs = false;
  /** Is called when a rotation was kept, and before anybody is told. */
  afterRotation: () => Promise<void> = async () => undefined;

  override async add(session: SessionRecord): Promise<void> {
    await this.answer('add');
    return super.add(session);
  }

  override async find(id: string): Promise<SessionRecord | null> {
    await this.answer('find');
    return super.find(id);
  }

  override async rotate(rotation: Rotation): Promise<RotationOutcome> {
    await this.answer('rotate');
    const outcome = await super.rotate(rotation);
    await this.afterRotation();
    return outcome;
  }

  override async list(subject: string, at: Date): Promise<readonly SessionRecord[]> {
    await this.answer('list');
    return super.list(subject, at);
  }

  override async close(id: string): Promise<boolean> {
    await this.answer('close');
    return super.close(id);
  }

  private async answer(verb: Verb): Promise<void> {
    if (!this.down.includes(verb)) return;
    if (this.hangs) await new Promise(() => undefined);
    throw new Error('the store is down');
  }
}
