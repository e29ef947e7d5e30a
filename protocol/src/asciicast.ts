import * as z from 'zod';

/**
 * asciicast v2, as docs.asciinema.org tells it: one JSON text a line, a header and then events. A recording is
 * downloaded as (B11), and played from.
 */
export const CAST_TYPE = 'application/x-asciicast';

export const CastHeaderSchema = z.object({
  version: z.literal(2),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** s since 1970: when the times of the events begin. */
  timestamp: z.number().int().optional(),
  title: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
});
export type CastHeader = z.infer<typeof CastHeaderSchema>;

/** s since the beginning; `o` output, `r` new size as `COLSxROWS`, `m` a marker's label. Others are passed over. */
export const CastEventSchema = z.tuple([z.number().min(0), z.string(), z.string()]);
export type CastEvent = z.infer<typeof CastEventSchema>;
