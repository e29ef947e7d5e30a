import { EpochSchema } from '@muster/protocol';
import { Terminal } from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { type Redrawing, redraw } from '../../src/lib/terminal/redraw.ts';
import { TerminalWriter } from '../../src/lib/terminal/writer.ts';

const text = (value: string) => new TextEncoder().encode(value);
const SNAPSHOT = {
  epoch: EpochSchema.parse('00000000000000e1'),
  sequence: 7,
  cols: 20,
  rows: 4,
  data: text('\u001b[1;31mred'),
  modes: text('\u001b[?25l\u001b(0'),
  pending: text('\u001b['),
};

/** A page whose emulator has something on it, and a record of its input. */
function page() {
  const terminal = new Terminal({ allowProposedApi: true, cols: 10, rows: 2 });
  const writer = new TerminalWriter(
    { add: () => () => {}, wake: (reader) => void reader.pump(1e9) },
    () => {},
  );
  const told: string[] = [];
  const redrawing: Redrawing = {
    begin: ({ cols, rows }) => {
      told.push(`begin ${terminal.buffer.active.getLine(0)?.translateToString(true)}`);
      terminal.resize(cols, rows);
    },
    end: () => told.push(`end ${terminal.buffer.active.getLine(0)?.translateToString(true)}`),
  };
  const parsed = (bytes: string) =>
    new Promise<void>((resolve) => {
      writer.write(text(bytes));
      writer.write(resolve);
    });
  const line = (at: number) => terminal.buffer.active.getLine(at)?.translateToString(true);
  return { terminal, writer, told, redrawing, parsed, line };
}

describe('a redraw', () => {
  test('[S14] makes the terminal what the snapshot says, whatever was on it, and goes on behind it', async () => {
    const { terminal, writer, told, redrawing, parsed, line } = page();
    writer.open(terminal);
    await parsed('old\u001b[?1049h\u001b[2;2r\u001b[44mhalf of \u001b[3');
    redraw(writer, SNAPSHOT, redrawing);
    await parsed('\u001b[1;2Hx\u001b[34mq');
    expect([terminal.cols, terminal.rows, terminal.buffer.active.type]).toEqual([20, 4, 'normal']);
    // `modes` has the line drawing on.
    expect(line(0)).toBe('r│─');
    const cell = terminal.buffer.active.getLine(0)?.getCell(0);
    expect([cell?.getFgColor(), cell?.isBold() === 0, cell?.isBgDefault()]).toEqual([1, false, true]);
    expect(terminal.modes.synchronizedOutputMode).toBe(false);
    expect(told).toEqual(['begin ', 'end red']);
  });

  test('[S14] takes the place of what waits, but a thing to be done is still done', async () => {
    const { terminal, writer, redrawing, parsed, line } = page();
    let done = false;
    writer.write(text('never seen'));
    writer.write(() => {
      done = true;
    });
    redraw(writer, SNAPSHOT, redrawing);
    writer.open(terminal);
    await parsed('');
    expect([line(0), done]).toEqual(['red', true]);
  });

  test('draws nothing until it is whole', async () => {
    const { terminal, writer, redrawing, parsed } = page();
    const modes: boolean[] = [];
    writer.open({
      write: (data, done) =>
        terminal.write(data, () => {
          modes.push(terminal.modes.synchronizedOutputMode);
          done?.();
        }),
    });
    redraw(writer, SNAPSHOT, redrawing);
    await parsed('');
    expect(modes.slice(0, 1)).toEqual([true]);
    expect(modes.at(-1)).toBe(false);
  });
});
