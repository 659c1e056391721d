/** Field types that several frames share, as strict as upstream's. */
import { z } from 'zod';

export const u32 = z.int().min(0).max(0xffff_ffff);

/** Comes back as a bigint, so that it is echoed exactly. */
export const u64 = z
  .union([z.int().min(0), z.bigint().min(0n).max(0xffff_ffff_ffff_ffffn)])
  .transform((value) => BigInt(value));

/** A number, or a bigint where a number would round it. */
export const i64 = z.union([
  z.int(),
  z
    .bigint()
    .min(-(2n ** 63n))
    .max(2n ** 63n - 1n),
]);

/** Unix seconds. */
export const unixSeconds = z.int().min(0);

/** Any JSON value. May be null, must not be missing. */
export const json = z.custom<unknown>((value) => value !== undefined, 'is missing');

/** Upstream's `Option`: absent reads as null and is written as null. */
export const option = <T extends z.ZodType>(schema: T) => schema.nullable().default(null as never);

type Variant = z.ZodObject<{ kind: z.ZodLiteral<string> }>;

const unknown = z.object({ kind: z.literal('unknown') });

/** A union by `kind` in which a kind from the future reads as `{ kind: 'unknown' }` instead of failing the frame. */
export function openUnion<const V extends readonly [Variant, ...Variant[]]>(variants: V) {
  const kinds = new Set(variants.map((variant) => variant.shape.kind.value));
  const hideUnknown = (value: unknown) =>
    isObjectWithKind(value) && !kinds.has(value.kind) ? { kind: 'unknown' as const } : value;
  const known = z.discriminatedUnion('kind', [...variants, unknown]);
  return { known, open: z.preprocess(hideUnknown, known) };
}

function isObjectWithKind(value: unknown): value is { kind: string } {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}
