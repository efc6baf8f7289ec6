/** What only the official plugin serves is refused by name, not ignored. */
export const unserved = "is served by the official plugin of @pulumi/aws only, not by the stand-in standins/aws-plugin";
