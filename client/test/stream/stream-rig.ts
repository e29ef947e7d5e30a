import type { StreamInput } from '../../src/sync/index.ts';
import { batchesOf, ModelRoom, ModelViewer } from './stream-model.ts';
import { epochOf } from './support.ts';

export const A = epochOf(1);

export type Step =
  | { readonly type: 'produce' | 'overflow' | 'forget'; readonly count: number }
  | { readonly type: 'cut' | 'restart' }
  | { readonly type: 'epoch'; readonly lostEnd: boolean };

/** Runs a reader beside a room, with `link` on everything live and `answer` on what a subscription brings. */
export function live(
  script: readonly Step[],
  link: (inputs: readonly StreamInput[]) => readonly StreamInput[],
  answer: (inputs: readonly StreamInput[]) => readonly StreamInput[],
): { readonly room: ModelRoom; readonly viewer: ModelViewer } {
  const room = new ModelRoom();
  const viewer = new ModelViewer({ epoch: A, sequence: 0 });
  const answerOne = () => {
    const wanted = viewer.wanted;
    viewer.wanted = null;
    if (wanted !== null) viewer.take(...answer(room.subscribe(wanted.after, 3)));
  };
  viewer.take({ type: 'attach' });
  for (const step of script) {
    answerOne();
    if (step.type === 'produce') viewer.take(...link(room.produce(step.count, 4)));
    else if (step.type === 'overflow') viewer.take(...link(room.overflow(step.count)));
    else if (step.type === 'forget') {
      const { current } = room;
      current.dropped = Math.min(current.last, Math.max(current.dropped, step.count));
    } else if (step.type === 'epoch') viewer.take(...room.open(step.lostEnd));
    else if (step.type === 'restart') {
      const { epoch, last, dropped } = room.current;
      viewer.take(...batchesOf(epoch, Math.max(dropped, last - 6) + 1, last, 5));
    } else {
      viewer.take({ type: 'detach' });
      if (step.type === 'cut') room.produce(5, 4);
      viewer.take({ type: 'attach' });
    }
  }
  viewer.take({ type: 'detach' }, { type: 'attach' });
  viewer.settle(room, 3);
  return { room, viewer };
}
