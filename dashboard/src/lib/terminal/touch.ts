import { glide, type Sample, velocityOf } from './fling.ts';

/** Moves what is shown by so many px, at a place of the page. */
export type Pan = (
  dx: number,
  dy: number,
  at: { readonly clientX: number; readonly clientY: number },
) => void;

/** px a finger may tremble before it is no tap any more. */
const SLOP_PX = 8;

export interface Touches {
  /** Stops a glide that is under way. */
  halt(): void;
  dispose(): void;
}

/** One finger moves the screen, and throws it; two are the browser's, to make the page larger. */
export function panByTouch(box: HTMLElement, pan: Pan): Touches {
  let samples: Sample[] = [];
  let moving = false;
  let frame = 0;

  const sampleOf = ({ clientX, clientY }: Touch, at: number): Sample => ({ at, x: clientX, y: clientY });
  const halt = () => cancelAnimationFrame(frame);
  const start = (event: TouchEvent) => {
    halt();
    const [touch] = event.touches;
    moving = false;
    samples = touch !== undefined && event.touches.length === 1 ? [sampleOf(touch, event.timeStamp)] : [];
  };
  const move = (event: TouchEvent) => {
    const [touch] = event.touches;
    const last = samples.at(-1);
    if (touch === undefined || last === undefined || event.touches.length > 1) return;
    const [dx, dy] = [touch.clientX - last.x, touch.clientY - last.y];
    if (!moving && Math.hypot(dx, dy) < SLOP_PX) return;
    moving = true;
    if (event.cancelable) event.preventDefault();
    samples = [...samples.slice(-20), sampleOf(touch, event.timeStamp)];
    pan(dx, dy, touch);
  };
  const end = (event: TouchEvent) => {
    const last = samples.at(-1);
    if (!moving || last === undefined || event.touches.length > 0) return;
    // No click follows what was no tap.
    if (event.cancelable) event.preventDefault();
    moving = false;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    let velocity = velocityOf(samples, event.timeStamp);
    let before = performance.now();
    const at = { clientX: last.x, clientY: last.y };
    const go = (now: number) => {
      const step = glide(velocity, Math.max(0, now - before));
      before = now;
      if (step === null) return;
      velocity = step.velocity;
      pan(step.moved.x, step.moved.y, at);
      frame = requestAnimationFrame(go);
    };
    frame = requestAnimationFrame(go);
  };
  const passive = { passive: true, capture: true };
  const active = { passive: false, capture: true };
  box.addEventListener('touchstart', start, passive);
  box.addEventListener('touchmove', move, active);
  box.addEventListener('touchend', end, active);
  box.addEventListener('touchcancel', start, passive);
  const dispose = () => {
    halt();
    box.removeEventListener('touchstart', start, passive);
    box.removeEventListener('touchmove', move, active);
    box.removeEventListener('touchend', end, active);
    box.removeEventListener('touchcancel', start, passive);
  };
  return { halt, dispose };
}
