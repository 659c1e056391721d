/** Field types that several frames share, as strict as upstream's. */
import { z } from 'zod';

export const u32 = z.int().min(0).max(0xffff_ffff);

const numberOrBigint = (min: bigint, max: bigint) => z.union([z.int().min(Number(min)), z.bigint().min(min).max(max)]);
const anyU64 = numberOrBigint(0n, 2n ** 64n - 1n);

/** Comes back as a bigint, so that it is echoed exactly. */
export const u64 = anyU64.transform((value) => BigInt(value));

/** A number, or a bigint where a number would round it. */
export const i64 = numberOrBigint(-(2n ** 63n), 2n ** 63n - 1n);

/** Unix seconds; a bigint where a number would round them, which is nonsense and yet no reason to refuse a frame. */
export const unixSeconds = anyU64;

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
