// Where Pulumi starts the pack. Its runner would compile TypeScript with a copy of ts-node that is older than our
// compiler; ours takes its place before the first TypeScript file is read.
require("load-typescript");
require("./pack");
