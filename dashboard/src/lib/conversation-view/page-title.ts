/** A page's title, with how many requests wait for an answer before it: `(3) Agents · Muster`. */
export const titleOf = (name: string, waiting: number): string =>
  `${waiting > 0 ? `(${waiting}) ` : ''}${name} · Muster`;
