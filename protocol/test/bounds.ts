import * as z from 'zod';

/** A pattern that can match texts of any length has one of these; classes and escapes do not count. */
const REPEATS = /[*+]|\{\d+,\}/;
const isFixed = (pattern: RegExp) => {
  const bare = pattern.source.replace(/\\./g, '').replace(/\[[^\]]*\]/g, '');
  return pattern.source.startsWith('^') && pattern.source.endsWith('$') && !REPEATS.test(bare);
};

/** L: the paths of a schema at which outside data could be as long as it likes. */
export function unbounded(schema: z.ZodType, path = ''): string[] {
  const checks = (schema._zod.def.checks ?? []).map((check) => check._zod.def);
  const hasMax = checks.some(({ check }) => check === 'max_length');
  if (schema instanceof z.ZodString) {
    const fixed = checks.some(
      (def) => 'pattern' in def && def.pattern instanceof RegExp && isFixed(def.pattern),
    );
    return hasMax || fixed ? [] : [`${path}: string`];
  }
  if (schema instanceof z.ZodArray)
    return [...(hasMax ? [] : [`${path}: array`]), ...inner(schema.element, `${path}[]`)];
  if (schema instanceof z.ZodRecord) {
    // A record's maximum is a refinement: zod has none of its own.
    const own = checks.some(({ check }) => check === 'custom') ? [] : [`${path}: record`];
    return [...own, ...inner(schema.keyType, `${path}{key}`), ...inner(schema.valueType, `${path}{}`)];
  }
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([key, value]) => inner(value, `${path}.${key}`));
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option, index) => inner(option, `${path}|${index}`));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return inner(schema.unwrap(), path);
  const plain = [z.ZodNumber, z.ZodBoolean, z.ZodLiteral, z.ZodEnum, z.ZodNull];
  if (plain.some((kind) => schema instanceof kind)) return [];
  // Fields that are passed on unread are bounded by their message (S13).
  if (schema instanceof z.ZodUnknown) return [];
  return [`${path}: ${schema._zod.def.type} is not known to this test`];
}

/** zod types its parts by their core; every one of them was made by this zod. */
const inner = (schema: z.core.$ZodType, path: string): string[] =>
  schema instanceof z.ZodType ? unbounded(schema, path) : [`${path}: not a schema`];
