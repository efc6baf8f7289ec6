/** What names of AWS regions look like, of every partition: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. */
export const AWS_REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;
