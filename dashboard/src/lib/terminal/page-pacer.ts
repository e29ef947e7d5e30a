import { Pacer } from './pacer.ts';

let pacer: Pacer | undefined;

/** The one frame loop that all terminals of this page share. In the browser only. */
export function pagePacer(): Pacer {
  pacer ??= new Pacer();
  return pacer;
}
