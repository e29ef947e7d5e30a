/** ms that something stands still before it can be answered: longer than a second press of the same button or key. */
const SETTLE_MS = 500;

/**
 * False while `watched` has just changed. A second press that was meant for what stood here before decides nothing.
 * To be made while a component is set up.
 */
export class Settled {
  now = $state(false);

  constructor(watched: () => unknown) {
    $effect(() => {
      watched();
      this.now = false;
      const timer = setTimeout(() => {
        this.now = true;
      }, SETTLE_MS);
      return () => clearTimeout(timer);
    });
  }
}
