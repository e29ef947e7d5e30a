import type { StreamOutput } from '@muster/client/sync';
import { type Epoch, textOf } from '@muster/protocol';
import { BLANK, drawn, type Screen } from './screen.ts';
import type { Frame } from './truth.ts';
import type { ViewerOracle, ViewerSetting } from './viewer.ts';

/** S14: what a viewer draws from a snapshot and all after it is what one would who saw the whole. */
export class ScreenOracle implements ViewerOracle {
  private readonly setting: ViewerSetting;
  private at: { epoch: Epoch; sequence: number } | null = null;
  /** null: it began in the middle, or lost something, and cannot know. */
  private screen: Screen | null = null;
  /** It knew nothing when it subscribed, and was given no snapshot yet. */
  private fresh = false;

  constructor(setting: ViewerSetting) {
    this.setting = setting;
  }

  delivered(output: StreamOutput, tampered: number, live: boolean): void {
    const { checks, history, hadSnapshot } = this.setting;
    switch (output.type) {
      case 'snapshot':
        return this.jump(output.snapshot);
      case 'output':
        for (const { sequence, stream, data } of output.frames)
          this.draw(output.epoch, sequence, { kind: 'output', stream, data });
        return;
      case 'event': {
        const cols = output.event.type === 'program:resized' ? output.event.cols : null;
        return this.draw(output.epoch, output.sequence, { kind: 'event', cols });
      }
      case 'gap':
        return this.lose(output);
      case 'replaying':
        // What the room had when it was asked: until then a new epoch that prints may take the snapshot away (S6a).
        if (live && tampered === 0)
          checks.hold('S14', !this.fresh || !hadSnapshot(), () => 'its screen never came');
        return;
      case 'subscribe':
        this.fresh = history === 'screen' && this.at === null && output.after === null;
    }
  }

  private jump({ epoch, sequence, data }: Extract<StreamOutput, { type: 'snapshot' }>['snapshot']): void {
    const { checks, truth, history } = this.setting;
    const { at } = this;
    checks.hold('S6', history === 'screen', () => 'a reader of everything was given a snapshot');
    const ahead = at?.epoch !== epoch || sequence > at.sequence;
    checks.hold('S14', ahead, () => `a snapshot at ${sequence} after ${at?.sequence}`);
    const screen = Number(textOf(data));
    const right = screen === truth.screenAt(epoch, sequence);
    checks.hold('S14', right, () => `the snapshot at ${epoch}/${sequence} is of another place`);
    this.at = { epoch, sequence };
    this.screen = screen;
    this.fresh = false;
  }

  private draw(epoch: Epoch, sequence: number, told: Frame): void {
    const { checks, truth, history } = this.setting;
    if (history !== 'screen') return;
    const before = sequence === 1 ? BLANK : this.at?.epoch === epoch ? this.screen : null;
    this.screen = before === null ? null : drawn(before, told);
    this.at = { epoch, sequence };
    if (this.screen === null) return;
    const right = this.screen === truth.screenAt(epoch, sequence);
    checks.hold('S14', right, () => `the screen at ${epoch}/${sequence} is not what the whole gives`);
  }

  /** Output that the host lost is in nobody's screen; output that only a viewer missed makes that viewer's screen differ. */
  private lose({ epoch, from, to }: Extract<StreamOutput, { type: 'gap' }>): void {
    if (epoch === null || to === null) return;
    for (let sequence = from; sequence <= to; sequence += 1) {
      const told = this.setting.truth.at(epoch, sequence);
      if (told?.kind === 'gap') this.draw(epoch, sequence, told);
      else this.screen = null;
    }
    this.at = { epoch, sequence: to };
  }
}
