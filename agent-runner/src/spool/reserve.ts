import { createHash } from 'node:crypto';
import { type Volume, VolumeFullError } from './volume.ts';

const NAME = 'reserve';

/** Space that is set aside while there is some, for what must be written when the disk is full (battery 19). */
export class Reserve {
  readonly #volume: Volume;
  readonly #bytes: number;
  #isSet: boolean;
  #wasTried = false;

  /** `bytes`: 0 sets nothing aside. */
  constructor(volume: Volume, bytes: number) {
    this.#volume = volume;
    this.#bytes = bytes;
    this.#isSet = bytes > 0 && volume.list().get(NAME) === bytes;
  }

  /** Since it was opened. */
  get wasTried(): boolean {
    return this.#wasTried;
  }

  /** False: there is no room for it now. */
  set(): boolean {
    this.#wasTried = true;
    if (this.#isSet || this.#bytes === 0) return true;
    // Zeros would take no space where the file system packs them.
    const bytes = createHash('shake256', { outputLength: this.#bytes }).update(NAME).digest();
    try {
      this.#volume.replace(NAME, bytes, { durable: false });
    } catch (error) {
      if (error instanceof VolumeFullError) return false;
      throw error;
    }
    this.#isSet = true;
    return true;
  }

  /** False: there was nothing to give back. */
  release(): boolean {
    if (!this.#isSet) return false;
    this.#volume.remove(NAME, { durable: false });
    this.#isSet = false;
    return true;
  }
}
