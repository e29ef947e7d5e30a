import type { Checks } from './checks.ts';

/** I2 from outside: each input reaches the program at most once and in order, and only what did is confirmed. */
export class InputOracle {
  private readonly checks: Checks;
  private readonly taken = new Set<string>();
  private readonly highest = new Map<string, number>();

  constructor(checks: Checks) {
    this.checks = checks;
  }

  typed(life: string, client: string, sequence: number): void {
    const input = `${client} ${sequence}`;
    const place = `${life} ${client}`;
    const before = this.highest.get(place) ?? 0;
    this.checks.hold(
      'I2',
      !this.taken.has(input) && sequence > before,
      () => `input ${input} came to the program after ${before}`,
    );
    this.taken.add(input);
    this.highest.set(place, sequence);
    this.highest.set(client, Math.max(this.highest.get(client) ?? 0, sequence));
  }

  confirmed(client: string, sequence: number): void {
    const highest = this.highest.get(client) ?? 0;
    this.checks.hold(
      'I2',
      sequence <= highest,
      () => `${sequence} of ${client} is confirmed, not ${highest}`,
    );
  }
}
