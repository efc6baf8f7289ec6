/**
 * What a person can mend: a setting, a file, a machine, an account. Every program prints the message and what caused it, without the
 * stack trace, which helps with our own faults alone.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
}
