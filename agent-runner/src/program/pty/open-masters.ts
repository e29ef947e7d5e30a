/**
 * node-pty's master descriptors are inherited by every later child of this process, which would keep
 * a terminal open beyond its keeper. A program on pipes gets something harmless in their
 * place; another terminal still inherits them, which one keeper per agent confines.
 */
const open = new Set<number>();

export function registerMaster(fd: number): void {
  open.add(fd);
}

export function unregisterMaster(fd: number): void {
  open.delete(fd);
}

/** Descriptors that a child must not get. */
export function openMasters(): ReadonlySet<number> {
  return open;
}
