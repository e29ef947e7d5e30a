import { type PreviousRun, PreviousRunSchema, type Run, type RunCause } from '@muster/protocol';

/** P7: what a change of a program's state means for its runs. */
export type RunStep =
  | { readonly type: 'begins'; readonly by: RunCause }
  | { readonly type: 'up'; readonly startedAt: number }
  | ({ readonly type: 'ended' } & Pick<PreviousRun, 'exitCode' | 'signal' | 'reason'>)
  /** It ended while no keeper was there. */
  | { readonly type: 'lost'; readonly reason: string };

/** Where the last run is kept, so that the next keeper knows it. */
export interface LastRunFile {
  read(): string | null;
  save(text: string): void;
}

/** P7: remembers a program's last run. If it cannot be written to disk, the next keeper does not know it. */
export class Runs {
  readonly #file: LastRunFile;
  #last: PreviousRun | undefined;

  constructor(file: LastRunFile) {
    this.#file = file;
    this.#last = parsed(file.read());
  }

  /** `now`: ms since 1970. Returns the run that begins, where one does. */
  follow(step: RunStep, terminal: Run['terminal'], now: number): Run | undefined {
    switch (step.type) {
      case 'begins': {
        const previous = this.#last;
        this.#last = {};
        return {
          by: step.by,
          ...(terminal === undefined ? {} : { terminal }),
          ...(previous === undefined ? {} : { previous }),
        };
      }
      case 'up':
        this.#keep({ startedAt: step.startedAt });
        return undefined;
      case 'ended': {
        const { type: _, ...end } = step;
        this.#keep({ ...this.#last, ...end, endedAt: now });
        return undefined;
      }
      case 'lost':
        this.#keep({ ...this.#last, reason: step.reason });
        return undefined;
    }
  }

  #keep(last: PreviousRun): void {
    this.#last = last;
    this.#file.save(JSON.stringify(last));
  }
}

function parsed(text: string | null): PreviousRun | undefined {
  if (text === null) return undefined;
  try {
    return PreviousRunSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
