import { installPlatform, within } from './platform/globals.ts';

installPlatform();
const { REAL_PARTS } = await import('./parts.ts');
const { ShellLobby } = await import('./shell-lobby.ts');
const { ShellRoom } = await import('./shell-room.ts');
const { World } = await import('./world.ts');

const [first = '1', count = '5', steps = '400'] = process.argv.slice(2);
let events = 0;
let violations = 0;
const began = performance.now();
setImmediate(() => {
  for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
    let ids = 0;
    let now = () => 1_000_000;
    const ambient = {
      now: () => now(),
      freshId: () => `${(++ids).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
    };
    within(ambient, () => {
      try {
        const world = new World(seed, {
          ...REAL_PARTS,
          room: (setting) => new ShellRoom(setting) as never,
          lobby: (setting) => new ShellLobby(setting) as never,
        });
        now = () => world.now;
        world.run(Number(steps));
        events += world.events;
      } catch (error) {
        violations += 1;
        console.log(`seed ${seed}:`, process.env['TRACE'] ? error : (error as Error).message.slice(0, 300));
      }
    });
  }
  const s = (performance.now() - began) / 1000;
  console.log(`${events} events, ${violations} violations, ${s.toFixed(1)} s, ${Math.round((events / s) * 60)} a minute`);
});
