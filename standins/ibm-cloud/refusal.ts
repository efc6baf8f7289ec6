/** A refusal as VPC's API writes it. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Field that it is about. */
    readonly field?: string,
  ) {
    super(message);
  }

  body(trace: string): object {
    const target = this.field === undefined ? {} : { target: { name: this.field, type: "field" } };
    const more = `https://cloud.ibm.com/docs/vpc?topic=vpc-rias-error-messages#${this.code}`;
    return { errors: [{ code: this.code, message: this.message, more_info: more, ...target }], trace };
  }
}
