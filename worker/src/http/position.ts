import { type Position, PositionSchema } from '@muster/protocol';

/** `<epoch>:<sequence>`, of which its form was checked. */
export function positionOf(text: string): Position {
  const [epoch, sequence] = text.split(':');
  return PositionSchema.parse({ epoch, sequence: Number(sequence) });
}
