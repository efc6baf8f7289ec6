/** The few kinds of field that settings consist of, each with what to do when it is missing. */
import * as z from "zod";
import { ARCHITECTURES } from "./words";

/** Variables of the environment: a platform may say that one stands for what the settings leave out. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The message for a value that is not there at all; any other mistake keeps the general message. */
function missing(remedy: string): (issue: { readonly input?: unknown }) => string | undefined {
  return (issue) => (issue.input === undefined ? `missing; ${remedy}` : undefined);
}

/** A text that must be given; `remedy` says what to write: `name the libvirt storage pool`. */
export function text(remedy: string) {
  return z.string({ error: missing(remedy) }).min(1, { error: `empty; ${remedy}` });
}

/** A text of one form; `what` ends the sentence `"x" is not ...`. */
export function textLike(pattern: RegExp, remedy: string, what: string) {
  return text(remedy).refine((value) => value === "" || pattern.test(value), {
    error: (issue) => `${JSON.stringify(issue.input)} is not ${what}; ${remedy}`,
  });
}

/** An address of a service, http or https; what others would take for its credentials or leave out is refused, and not shown. */
export function serviceAddress(example: string) {
  return z
    .url({
      protocol: /^https?$/,
      error: ({ input }) => (input === undefined ? undefined : `is not an address; write e.g. ${example}`),
    })
    .superRefine((value, context) => {
      if (!URL.canParse(value)) return;
      const { username, password, search, hash } = new URL(value);
      const problem = (message: string) => context.addIssue({ code: "custom", message });
      if (username + password !== "") {
        problem("has credentials in it, which settings would show to everybody; leave them out, and change them");
      }
      if (search + hash !== "") problem(`has parameters; leave out what follows ${search === "" ? "#" : "?"}`);
    });
}

/** For a check of several fields: it is made beside whatever else is wrong. */
export const WHENEVER = {
  when: ({ value }: { readonly value: unknown }) => typeof value === "object" && value !== null,
};

/** Two fields that exclude each other: the mistake is the first one's. @param why ends with a full clause, the remedy is here */
export function notBoth(one: string, other: string, why: string) {
  return z.superRefine((value: Readonly<Record<string, unknown>>, context) => {
    if (value[one] === undefined || value[other] === undefined) return;
    context.addIssue({ code: "custom", path: [one], message: `${why}; leave out one of the two` });
  }, WHENEVER);
}

/** A whole number of something that there is at least one of. */
export function count(least = 1) {
  return z.int().min(least);
}

/** Minutes after which a worker powers itself off, whatever happens to this machine. */
export const lifetimeMinutes = count().default(180);

export const arch = z.enum(ARCHITECTURES, { error: missing(`use one of ${ARCHITECTURES.join(", ")}`) });

/** Tags or labels: a map of texts. */
export const tags = z.record(z.string(), z.string()).default({});

/** A list without doubles. */
export function distinct<T>(members: z.ZodType<T[]>) {
  return members.check(
    z.superRefine((list, context) => {
      for (const [index, member] of list.entries()) {
        const first = list.indexOf(member);
        if (first === index) continue;
        const message = `${JSON.stringify(member)} is [${first}] too; remove one`;
        context.addIssue({ code: "custom", path: [index], message });
      }
    }),
  );
}

/**
 * A list whose members differ in one field, because that field becomes a part of a name.
 * Looks even when members have other mistakes, so that all are reported together.
 */
export function uniqueBy<T>(members: z.ZodType<T[]>, field: keyof T & string) {
  return members.check(
    z.superRefine(
      (list, context) => {
        const seen = new Map<unknown, number>();
        for (const [index, member] of list.entries()) {
          const value = (member as Partial<T> | undefined)?.[field];
          const first = seen.get(value);
          if (value === undefined) continue;
          if (first === undefined) seen.set(value, index);
          else {
            const message = `${JSON.stringify(value)} is the ${field} of [${first}] too; give each its own`;
            context.addIssue({ code: "custom", path: [index, field], message });
          }
        }
      },
      { when: (payload) => Array.isArray(payload.value) },
    ),
  );
}
