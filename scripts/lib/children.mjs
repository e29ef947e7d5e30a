/** Children of the set-up: none of them outlives it. */
const living = new Set();

export function ours(child) {
  living.add(child);
  child.on('close', () => living.delete(child));
  return child;
}

process.on('exit', () => {
  for (const child of living) child.kill('SIGTERM');
});

/** Signals end the set-up, and so its children. Returns how to leave them to someone else. */
export function endOnSignals() {
  const end = () => process.exit(130);
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, end);
  return () => {
    for (const name of names) process.off(name, end);
  };
}
