import type { Position } from '@muster/protocol';
import type { StreamInput } from '../../agent-runner/src/keeper/stream/stream.ts';

/** Whether an input without an effect leaves the core of a keeper another than before. */
export class News {
  private acked: Position | null = null;

  isNews(input: StreamInput): boolean {
    if (input.type === 'drained' || input.type === 'tick') return false;
    if (input.type !== 'room') return true;
    if (input.message.type !== 'stream:ack') return input.message.type === 'room:welcome';
    const { epoch, sequence } = input.message.payload;
    const news = this.acked === null || this.acked.epoch !== epoch || this.acked.sequence < sequence;
    if (news) this.acked = { epoch, sequence };
    return news;
  }
}
