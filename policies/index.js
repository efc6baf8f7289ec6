// Where Pulumi starts the pack. Its runner would compile TypeScript with a copy of ts-node that is older than our
// compiler; tsx, which runs everything else here, takes its place before the first TypeScript file is read.
require("tsx/cjs");
require("./pack");
