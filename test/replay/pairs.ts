/**
 * Ids that we draw ourselves: the nth that we say stands for the nth that was said. What the other side says is put into
 * our words, so that its answer is one to us.
 */
import type { Side } from '../protocol/recording.js';
import type { Conversation } from './conversation.js';

const DRAWN = [/"kind":"channel_seq","stream":(\d+),"seq":1,/, /"kind":"rpc_request","request_id":"([^"]+)"/];

export class Pairs {
  readonly #recorded: string[][];
  readonly #ours = DRAWN.map(() => [] as string[]);

  constructor({ said }: Conversation, us: Side) {
    const words = said.filter(({ by, via }) => by === us && via === 'channel');
    this.#recorded = DRAWN.map((form) => words.flatMap(({ text }) => form.exec(text)?.[1] ?? []));
  }

  weSaid(text: string): void {
    for (const [index, form] of DRAWN.entries()) {
      const id = form.exec(text)?.[1];
      if (id !== undefined) this.#ours[index]!.push(id);
    }
  }

  inOurWords(text: string): string {
    let result = text;
    for (const [index, ids] of this.#ours.entries()) {
      for (const [n, id] of ids.entries()) {
        const recorded = this.#recorded[index]![n];
        if (recorded !== undefined) result = result.replaceAll(recorded, id);
      }
    }
    return result;
  }
}
